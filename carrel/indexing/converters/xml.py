"""XML of any vocabulary: documents as paragraphs and headings, data as lines `name: value`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from carrel.errors import ConversionError
from carrel.indexing.converters import html
from carrel.indexing.converters.document import Block, Converted, assemble, choose_title, one_line
from carrel.indexing.converters.encoding import decode
from carrel.indexing.converters.packages import local_name, parse_xml

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_HEADING_NAMES = frozenset(("title", "head", "heading"))
_DEEPEST_HEADING = 6


def convert(data: bytes, name: str) -> Converted:
    """Read an XML file; where text and elements are mixed it is a document, else it is data.

    Raises:
        ConversionError: it is no XML, or holds no text.
    """
    source = _DECLARATION.sub("", decode(data, declared=html.declared_encoding(data)))
    if not source.strip():
        raise ConversionError("no text", "The document holds no text")
    root = parse_xml(source.encode("utf-8", "replace"))
    if local_name(root) == "html":
        return html.convert(data, name)
    is_document = any(map(_is_mixed, root.iter("*")))
    blocks = list(_paragraphs(root, 0) if is_document else _records(root))
    return Converted(assemble([blocks], title=choose_title((), blocks, name)))


def _is_mixed(element: Any) -> bool:
    """Tell whether an element has text beside its children."""
    if not len(element):
        return False
    return bool((element.text or "").strip()) or any((child.tail or "").strip() for child in element)


def _paragraphs(element: Any, depth: int) -> Iterator[Block]:
    """Yield the text of a document; titles of its divisions are headings."""
    if len(element) and not _is_mixed(element):
        for child in element.iterchildren("*"):
            yield from _paragraphs(child, depth + 1)
    else:
        level = min(depth, _DEEPEST_HEADING) if local_name(element) in _HEADING_NAMES else 0
        yield Block(_text(element), level=level)


def _records(element: Any) -> Iterator[Block]:
    """Yield data: a paragraph for each element that has values, of its attributes and of its children without any."""
    lines = [f"{_plain_name(key)}: {one_line(given)}" for key, given in element.attrib.items() if given.strip()]
    if not len(element):
        text = _text(element)
        yield Block("\n".join([*lines, *([f"{local_name(element)}: {text}"] if text else [])]))
        return
    for child in element.iterchildren("*"):
        text = _text(child)
        if len(child) or child.attrib:
            yield Block("\n".join(lines))
            lines = []
            yield from _records(child)
        elif text:
            lines.append(f"{local_name(child)}: {text}")
    yield Block("\n".join(lines))


def _text(element: Any) -> str:
    return "" if len(element) and not _is_mixed(element) else " ".join("".join(element.itertext()).split())


def _plain_name(key: str) -> str:
    return key.rpartition("}")[2]
