"""MDX: Markdown with JavaScript imports, expressions and component tags, as documentation sites use it."""

from __future__ import annotations

import re

from carrel.indexing.converters.document import Converted, sanitize
from carrel.indexing.converters.encoding import decode
from carrel.indexing.converters.fences import rewrite_prose
from carrel.indexing.converters.front_matter import split_front_matter
from carrel.indexing.converters.markdown import put_together, read_blocks

_QUOTED = r"(?:\"[^\"]*\"|'[^']*')"
_BRACED = r"\{(?:[^{}]|\{[^{}]*\})*\}"
_ATTRIBUTES = rf"(?:\s+[\w:-]+(?:\s*=\s*(?:{_QUOTED}|{_BRACED}))?|\s*{_BRACED})*"
_TAG = rf"</?(?P<tag>[A-Za-z][\w.:-]*)(?P<attributes>{_ATTRIBUTES})\s*/?>|</?>"
_CODE_SPAN = r"(?P<code>(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n\s*\n).)+?(?<!`)(?P=ticks)(?!`))"
_COMMENT = r"(?P<comment>\{\s*/\*.*?\*/\s*\})"
_LITERAL = r"\{(?P<literal>\"[^\"\n]*\"|'[^'\n]*'|`[^`]*`)\}"

_MARKUP = re.compile(rf"{_CODE_SPAN}|{_COMMENT}|{_LITERAL}|{_TAG}", re.DOTALL)
_MODULE_LINE = re.compile(
    r"^(?:import\s+(?:[\w*{][^;]*?\sfrom\s+)?['\"][^\n]*|export\s+(?:const|let|var|default|function)\b[^\n]*)\n?",
    re.MULTILINE,
)
_LISTING = re.compile(
    rf"<(?P<tag>CodeBlock|pre)(?P<attributes>{_ATTRIBUTES})\s*>\s*\{{`(?P<code>(?:\\.|[^`\\])*)`\}}\s*</(?P=tag)>",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\([`$\\])")
_LABEL = re.compile(rf"\b(?:label|title|alt)\s*=\s*({_QUOTED})")
_ALT = re.compile(rf"\balt\s*=\s*({_QUOTED})")
# Left to the Markdown parser, which reads them as HTML.
_HTML_TAG_NAMES = "br hr table thead tbody tfoot tr td th ul ol li pre code sub sup b i em strong kbd"
_HTML_TAGS = frozenset(_HTML_TAG_NAMES.split())


def convert(data: bytes, name: str) -> Converted:
    """Read an MDX file: imports, exports and tags are dropped, the text between the tags and their labels kept.

    Raises:
        ConversionError: the file holds no text, or the bytes are no text.
    """
    fields, source = split_front_matter(sanitize(decode(data)))
    markdown = rewrite_prose(_LISTING.sub(_fence, source), _without_jsx)
    return put_together(fields, read_blocks(markdown, indented_code=False), name)


def _fence(match: re.Match[str]) -> str:
    """Turn a listing in a template literal into a fenced one, under its title."""
    code = _ESCAPED.sub(r"\1", match["code"]).strip("\n")
    ticks = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", code))])
    return f"\n\n{_shown(_LABEL, match['attributes'])}\n\n{ticks}\n{code}\n{ticks}\n\n"


def _without_jsx(prose: str) -> str:
    return _MARKUP.sub(_plain, _MODULE_LINE.sub("", prose))


def _plain(match: re.Match[str]) -> str:
    if match["code"] or (match["tag"] or "") in _HTML_TAGS:
        return match[0]
    if match["literal"]:
        return match["literal"][1:-1]
    if not match["tag"]:
        return ""
    is_component = match["tag"][0].isupper()
    text = _shown(_LABEL if is_component else _ALT, match["attributes"])
    return f"\n\n{text}\n\n" if text and is_component and _alone_on_its_lines(match) else text


def _shown(attribute: re.Pattern[str], attributes: str) -> str:
    found = attribute.search(attributes)
    return " ".join(found[1][1:-1].split()) if found else ""


def _alone_on_its_lines(match: re.Match[str]) -> bool:
    before = match.string[: match.start()].rpartition("\n")[2]
    after = match.string[match.end() :].partition("\n")[0]
    return not before.strip() and not after.strip()
