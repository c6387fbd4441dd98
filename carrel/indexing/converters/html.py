"""HTML: what a reader of the page sees, without navigation and scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lxml import etree  # type: ignore[import-untyped]
from lxml import html as lxml_html

from carrel.errors import ConversionError
from carrel.indexing.converters.document import Block, Converted, assemble, choose_title
from carrel.indexing.converters.encoding import decode
from carrel.indexing.converters.html_blocks import read_blocks

_DECLARED = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", re.IGNORECASE)
_XML_DECLARED = re.compile(rb"^\s*<\?xml[^>]+encoding\s*=\s*[\"']([A-Za-z0-9_:.-]+)")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_META_FIELDS = ("description", "author", "keywords")


def convert(data: bytes, name: str) -> Converted:
    """Read an HTML page: paragraphs, headings, lists and tables of its body.

    Raises:
        ConversionError: the page holds no text, or the bytes are no text.
    """
    source = decode(data, declared=declared_encoding(data))
    root = parse(source)
    blocks = read_blocks(_body(root), boilerplate=False) or read_blocks(_body(root), boilerplate=True)
    title = choose_title([root.findtext(".//title")], blocks, name)
    return Converted(assemble([blocks], title=title), _metadata(root))


def page_blocks(data: bytes) -> list[Block]:
    """Return the blocks of a page that is part of a larger document; none if it shows no text.

    Raises:
        ConversionError: the bytes are no text.
    """
    return fragment_blocks(decode(data, declared=declared_encoding(data)))


def fragment_blocks(source: str) -> list[Block]:
    """Return the blocks of a piece of HTML, as it stands in Markdown or a mail; none if it shows no text."""
    if not source.strip():
        return []
    try:
        root = parse(source)
    except ConversionError:
        return []
    return read_blocks(_body(root), boilerplate=True)


def parse(source: str) -> Any:
    """Parse a page, however broken it is.

    Raises:
        ConversionError: there is nothing in it but comments or white space.
    """
    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    # The parser stops at a NUL.
    text = _XML_DECLARATION.sub("", source).replace("\0", "\ufffd")
    try:
        root = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise ConversionError("no text", "The page holds no text") from error
    return root


def declared_encoding(data: bytes) -> str | None:
    """Return the encoding that a page says it is in."""
    head = data[:4096]
    found = _DECLARED.search(head) or _XML_DECLARED.search(head)
    return found[1].decode("ascii") if found else None


def _body(root: Any) -> Any:
    body = root.find("body")
    return root if body is None else body


def _metadata(root: Any) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        field = (element.get("name") or "").lower()
        content = " ".join((element.get("content") or "").split())
        if field in _META_FIELDS and content:
            found.setdefault(field, content)
    language = root.get("lang") or root.get("xml:lang")
    return {**found, "language": language} if language else found
