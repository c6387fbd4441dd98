"""The paragraphs of OpenDocument files: white space, line breaks and notes are elements there."""

from __future__ import annotations

from typing import Any

_NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    "manifest": "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0",
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "presentation": "urn:oasis:names:tc:opendocument:xmlns:presentation:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
}
_MOST_SPACES = 1000


def qualified(prefix: str, name: str) -> str:
    """Return the name of an element or attribute as lxml has it."""
    return f"{{{_NAMESPACES[prefix]}}}{name}"


TEXT_BOX = qualified("draw", "text-box")
_NOTE, _CITATION = qualified("text", "note"), qualified("text", "note-citation")
_SPACE, _COUNT = qualified("text", "s"), qualified("text", "c")
_SHOWN = {qualified("text", "tab"): "\t", qualified("text", "line-break"): "\n"}
_LEFT_OUT = frozenset(
    (
        _CITATION,
        TEXT_BOX,
        qualified("office", "annotation"),
        qualified("office", "annotation-end"),
        qualified("svg", "title"),
        qualified("svg", "desc"),
    )
)


def paragraph_text(paragraph: Any) -> str:
    """Return the text of a paragraph; notes stand in brackets where they are referred to."""
    parts = [_collapse(paragraph.text)]
    for child in paragraph:
        if child.tag == _SPACE:
            parts.append(" " * min(int(child.get(_COUNT) or 1), _MOST_SPACES))
        elif child.tag in _SHOWN:
            parts.append(_SHOWN[child.tag])
        elif child.tag == _NOTE:
            parts.append(f" [{paragraph_text(child).strip()}]")
        elif child.tag not in _LEFT_OUT:
            parts.append(paragraph_text(child))
        parts.append(_collapse(child.tail))
    return "".join(parts)


def _collapse(text: str | None) -> str:
    """Return a text with each run of white space as one space, as the format wants it read."""
    if not text:
        return ""
    inner = " ".join(text.split())
    before, after = text[:1].isspace(), text[-1:].isspace()
    return f"{' ' if before else ''}{inner}{' ' if after and inner else ''}"
