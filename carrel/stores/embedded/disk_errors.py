"""What the disk says when it takes no more, in a sentence that says what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from carrel.errors import StoreError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EROFS, errno.EACCES, errno.EPERM)


@contextmanager
def explaining_disk_errors(folder: Path) -> Iterator[None]:
    """Raise what the disk refuses to the indexes of a collection in `folder` as an error for its user.

    Raises:
        StoreError: the disk is full, or may not be written to; what the database took is kept.
    """
    try:
        yield
    except (OSError, ValueError, RuntimeError) as error:
        if refused_by_disk(error) is None:
            raise
        raise StoreError(
            f"The indexes in {folder} cannot be written: {refused_by_disk(error)}. Nothing is lost: when that is put "
            "right, the same command goes on"
        ) from error


def refused_by_disk(error: BaseException) -> str | None:
    """Return why the disk did not take what was written, or None if that is not what an error is about.

    tantivy and FAISS tell it in the text of a ValueError or RuntimeError only.
    """
    for numbers, words in ((_FULL, "the disk is full"), (_REFUSED, "the disk or folder may not be written to")):
        told = getattr(error, "errno", None) in numbers
        if told or any(os.strerror(number) in str(error) for number in numbers):
            return f"{words} ({error})"
    return None
