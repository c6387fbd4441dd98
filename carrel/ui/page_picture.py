"""A page of a PDF as a picture, drawn by a process of its own: a damaged file cannot harm the desk.

Run as a module it draws: python -m carrel.ui.page_picture FILE PAGE WIDTH > picture.png
"""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

_SECONDS = 20.0
_MEMORY = 1 << 30
_PDF = b"%PDF-"
_HEAD = 1024


def page_picture(file: Path, page: int, *, width: int) -> bytes | None:
    """Return a page, counted from 1, as a PNG that is `width` pixels wide; None where it cannot be drawn."""
    command = [sys.executable, "-m", "carrel.ui.page_picture", str(file), str(page), str(width)]
    try:
        drawn = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return None
    return drawn.stdout if drawn.returncode == 0 and drawn.stdout else None


def is_pdf(file: Path) -> bool:
    """Tell whether a file begins as PDFs do, whatever it is called."""
    try:
        with file.open("rb") as stream:
            return _PDF in stream.read(_HEAD)
    except OSError:
        return False


def draw(file: Path, page: int, width: int) -> bytes:
    """Draw a page with PDFium."""
    import pypdfium2  # type: ignore[import-untyped]

    with pypdfium2.PdfDocument(file) as document:
        leaf = document[page - 1]
        picture = leaf.render(scale=width / max(leaf.get_width(), 1.0)).to_pil()
        out = io.BytesIO()
        picture.convert("RGB").save(out, "PNG", optimize=True)
    return out.getvalue()


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


if __name__ == "__main__":
    _limit_memory()
    sys.stdout.buffer.write(draw(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
