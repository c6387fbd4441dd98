"""A run as one HTML page that needs nothing but itself."""

from carrel.eval.report.page import report_page

__all__ = ["report_page"]
