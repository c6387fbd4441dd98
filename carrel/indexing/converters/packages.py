"""Documents that are ZIP packages of XML parts: opening them, and parsing their parts safely."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from carrel.errors import ConversionError
from carrel.indexing.converters.signatures import refuse_encrypted


@contextmanager
def open_package(data: bytes, kind: str) -> Iterator[zipfile.ZipFile]:
    """Open a package of this kind, as the message shall call it.

    Raises:
        ConversionError: it has a password, or is no package or a damaged one.
    """
    refuse_encrypted(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            yield package
    except (zipfile.BadZipFile, EOFError, KeyError, NotImplementedError) as error:
        raise ConversionError("damaged file", f"The file cannot be read as {kind}: {error}") from error
    except RuntimeError as error:
        if "encrypted" not in str(error):
            raise
        raise ConversionError("password protected", "The file is protected with a password") from error


def parse_xml(data: bytes) -> Any:
    """Parse XML without reading anything beside it; entities are expanded as far as libxml2 takes to be harmless.

    Raises:
        ConversionError: it is no XML (the message says where), nested too deeply, or an entity bomb.
    """
    parser = etree.XMLParser(
        resolve_entities="internal", no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser=parser)
    except etree.XMLSyntaxError as error:
        raise ConversionError("malformed XML", f"The file is no XML: {error.msg}") from error
    return root


def local_name(element: Any) -> str:
    """Return the name of an element without its namespace."""
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""
