"""The pages: each module draws one."""

from carrel.ui.pages.ask import ask
from carrel.ui.pages.document import document
from carrel.ui.pages.evaluate import evaluate
from carrel.ui.pages.label import label
from carrel.ui.pages.library import library
from carrel.ui.pages.search import search

__all__ = ["ask", "document", "evaluate", "label", "library", "search"]
