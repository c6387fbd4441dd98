"""The properties that Word, PowerPoint and Excel documents carry: title, author, day of creation."""

from __future__ import annotations

import re
import zipfile

from carrel.indexing.converters.packages import local_name, parse_xml

_PART = "docProps/core.xml"
_META_FIELDS = {
    "creator": "author",
    "subject": "subject",
    "keywords": "keywords",
    "category": "category",
    "language": "language",
}
_LEFT_BY_TEMPLATES = frozenset(
    ("untitled", "title", "document", "word document", "powerpoint presentation", "workbook")
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def properties(package: zipfile.ZipFile) -> tuple[str, dict[str, str]]:
    """Return the title (unless it is what a template left behind) and the other properties, those that are set."""
    if _PART not in package.namelist():
        return "", {}
    given = {local_name(e): " ".join((e.text or "").split()) for e in parse_xml(package.read(_PART)).iter("*")}
    title = given.get("title", "")
    known = {name: given[field] for field, name in _META_FIELDS.items() if given.get(field)}
    created = _DAY.match(given.get("created", ""))
    return "" if title.lower() in _LEFT_BY_TEMPLATES else title, {**known, "created": created[0]} if created else known
