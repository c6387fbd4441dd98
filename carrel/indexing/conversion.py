"""Converting files within limits: one bad file costs one source, never the job.

What is more than plain lines of text is converted in a process of its own (`conversion_worker`), which is started when
the first such file comes, kept for all that follow, and replaced when a file took more time or memory than it may or
brought it down.
"""

from __future__ import annotations

from types import TracebackType

from carrel.errors import ConversionError
from carrel.indexing.conversion_process import ConversionProcess, CrashedError, MemoryExceededError, TimeExceededError
from carrel.indexing.conversion_wire import CRASHED, TOO_MUCH_MEMORY, TOO_SLOW, pack, unpack_converted
from carrel.indexing.converters import Converted
from carrel.indexing.converters.formats import Format
from carrel.settings import ConversionSettings

_SMALL = 1 << 20
"""Bytes of plain text that are converted at once, in the job's own process: they take no longer than to send them."""
_MEGABYTE = 1 << 20


class Conversion:
    """Converts the files of one job; leaving its block ends the conversion process."""

    def __init__(self, settings: ConversionSettings | None = None) -> None:
        self.settings = settings or ConversionSettings()
        self._process: ConversionProcess | None = None

    def __enter__(self) -> Conversion:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the conversion process, if there is one."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def convert(self, form: Format, data: bytes, name: str) -> Converted:
        """Turn the bytes of one file into canonical text and metadata.

        Raises:
            ConversionError: the file is damaged, encrypted, empty or not what its name says, or it took more time or
                memory than a file may, or the converter crashed on it.
        """
        self.check_size(len(data))
        if form.plain and len(data) <= _SMALL:
            return form.convert(data, name)
        header = {
            "media_type": form.media_type,
            "module": form.module,
            "name": name,
            "languages": self.settings.ocr_languages if self.settings.ocr else None,
        }
        return self._converted(self._ask(pack(header, data)))

    def check_size(self, size: int) -> None:
        """Refuse what is too large to be one document.

        Raises:
            ConversionError: it is.
        """
        if size > self.settings.file_mb * _MEGABYTE:
            reason = f"The file has {size:,} bytes, more than the {self.settings.file_mb} MB that one file may have"
            raise ConversionError("file too large", f"{reason} (CARREL_CONVERSION__FILE_MB)")

    def _converted(self, frame: bytes | bytearray) -> Converted:
        try:
            return unpack_converted(frame)
        except ConversionError as error:
            if error.error != TOO_MUCH_MEMORY:
                raise
            self.close()
            raise self._memory_exceeded() from error

    def _ask(self, request: bytes) -> bytearray:
        memory = self.settings.memory_mb * _MEGABYTE
        if self._process is None or not self._process.is_fresh:
            self.close()
            self._process = ConversionProcess(memory)
        try:
            return self._process.ask(request, seconds=self.settings.seconds)
        except TimeExceededError as error:
            reason = f"Converting the file took longer than {self.settings.seconds:g} s (CARREL_CONVERSION__SECONDS)"
            raise ConversionError(TOO_SLOW, reason) from error
        except MemoryExceededError as error:
            raise self._memory_exceeded() from error
        except CrashedError as error:
            raise ConversionError(CRASHED, f"The converter crashed on the file: {error}") from error
        finally:
            if self._process is not None and not self._process.is_running:
                self.close()

    def _memory_exceeded(self) -> ConversionError:
        limit = f"{self.settings.memory_mb} MB of memory (CARREL_CONVERSION__MEMORY_MB)"
        return ConversionError(TOO_MUCH_MEMORY, f"Converting the file needed more than {limit}")
