"""EPUB: the chapters of a book in the order of reading."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from carrel.errors import ConversionError
from carrel.indexing.converters.document import Converted, assemble, choose_title
from carrel.indexing.converters.html import page_blocks
from carrel.indexing.converters.packages import local_name, open_package, parse_xml

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_FONT_OBFUSCATION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_META_FIELDS = {"creator": "author", "language": "language", "publisher": "publisher", "date": "date"}


def convert(data: bytes, name: str) -> Converted:
    """Read an EPUB book; its table of contents is left out, as it repeats the headings.

    Raises:
        ConversionError: it is damaged, copy protected, or holds no text.
    """
    with open_package(data, "an EPUB book") as package:
        _refuse_protected(package)
        path = _package_path(package)
        root = parse_xml(package.read(path))
        blocks = [block for page in _pages(package, root, path) for block in page_blocks(package.read(page))]
    fields = _metadata(root)
    title = choose_title([fields.pop("title", None)], blocks, name)
    return Converted(assemble([blocks], title=title), fields)


def _refuse_protected(package: zipfile.ZipFile) -> None:
    if _ENCRYPTION not in package.namelist():
        return
    methods = {
        element.get("Algorithm")
        for element in parse_xml(package.read(_ENCRYPTION)).iter("*")
        if local_name(element) == "EncryptionMethod"
    }
    if methods - set(_FONT_OBFUSCATION):
        raise ConversionError("password protected", "The book is copy protected (DRM)")


def _package_path(package: zipfile.ZipFile) -> str:
    container = parse_xml(package.read(_CONTAINER))
    for element in container.iter("*"):
        if local_name(element) == "rootfile" and element.get("full-path"):
            return str(element.get("full-path"))
    raise ConversionError("damaged file", "The file cannot be read as an EPUB book: it names no package document")


def _pages(package: zipfile.ZipFile, root: Any, path: str) -> Iterator[str]:
    """Yield the paths of the pages in the order of reading."""
    items = {item.get("id"): item for item in root.iter("*") if local_name(item) == "item"}
    names = set(package.namelist())
    for reference in root.iter("*"):
        item = items.get(reference.get("idref")) if local_name(reference) == "itemref" else None
        if item is None or item.get("media-type") not in _PAGES or "nav" in (item.get("properties") or "").split():
            continue
        page = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(item.get("href") or "")))
        if page in names:
            yield page


def _metadata(root: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for element in root.iter("{http://purl.org/dc/elements/1.1/}*"):
        field = {**_META_FIELDS, "title": "title"}.get(local_name(element))
        text = " ".join("".join(element.itertext()).split())
        if field and text:
            found.setdefault(field, text)
    return found
