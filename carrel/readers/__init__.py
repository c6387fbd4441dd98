"""Readers: passages in, answers with their place and their confidence out."""

from carrel.readers.span_reader import Reading, SpanReader

__all__ = ["Reading", "SpanReader"]
