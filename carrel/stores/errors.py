"""Errors that are Carrel's and Haystack's at once, so that callers of either catch them."""

from __future__ import annotations

from carrel._haystack import DuplicateDocumentError, HaystackFilterError
from carrel.errors import FilterError, UserError


class InvalidFilterError(FilterError, HaystackFilterError):
    """A filter is malformed or cannot be run on this collection."""


class DuplicateError(UserError, DuplicateDocumentError):
    """A document with this id is there already."""
