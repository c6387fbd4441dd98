"""The errors that Carrel raises on purpose.

A `UserError` is something its reader can put right: the message says what failed, what exists and what to do, and the
command line prints it as one line with exit code 2. Everything else keeps its traceback, because it is our bug.
"""

from __future__ import annotations


class CarrelError(Exception):
    """Base of every error that Carrel raises on purpose."""


class UserError(CarrelError):
    """Something that the caller can put right."""


class SettingsError(UserError):
    """A setting has a value that cannot be used."""


class MissingExtraError(UserError):
    """A part needs packages that this environment does not hold."""

    def __init__(self, part: str, extra: str) -> None:
        super().__init__(f"{part} needs packages that are not installed: pip install 'carrel[{extra}]'")
        self.part = part
        self.extra = extra


class DataFormatError(UserError):
    """A dataset or label file is not in the format that was asked for."""


class ConversionError(UserError):
    """One source could not be turned into text; the job goes on without it.

    `error` is the kind of failure in a few fixed words, `reason` the sentence for a person.
    """

    def __init__(self, error: str, reason: str = "") -> None:
        super().__init__(error, reason)
        self.error = error
        self.reason = reason or error

    def __str__(self) -> str:
        return self.reason


class UnknownCollectionError(UserError):
    """The named collection does not exist."""


class UnknownSourceError(UserError):
    """The named source does not exist in the collection."""


class FilterError(UserError):
    """A filter is malformed or cannot be run by the store."""


class InvalidTextError(UserError):
    """A text holds characters that cannot be stored: a lone surrogate or NUL."""


class MetadataError(UserError):
    """Metadata cannot be stored: a value is no JSON, or a name is not allowed."""


class ModelError(UserError):
    """A model cannot be found, loaded or used for the kind of work asked of it."""


class FingerprintMismatchError(ModelError):
    """Vectors of another embedding model are in the index."""


class LeaseError(UserError):
    """Another process is writing to the collection."""


class UnknownJobError(UserError):
    """There is no job with this number."""


class UnknownRunError(UserError):
    """There is no run of an evaluation with this number."""


class StoreError(UserError):
    """The store found its own files in a state that it cannot repair or use: a backup, or room on a disk, helps."""


class BackupError(UserError):
    """A backup cannot be written, or a file is none that can be restored."""
