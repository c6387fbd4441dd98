"""Markdown (CommonMark with tables): the text that a reader of the rendered page sees."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from carrel.indexing.converters.document import Block, Converted, assemble, choose_title, sanitize
from carrel.indexing.converters.encoding import decode
from carrel.indexing.converters.fences import rewrite_prose
from carrel.indexing.converters.front_matter import metadata, split_front_matter
from carrel.indexing.converters.html import fragment_blocks
from carrel.indexing.converters.lists import ListMarkers
from carrel.indexing.converters.tables import table_text

_HEADING_ID = re.compile(r"\s*\{#[^}\s]+\}\s*$")
_ADMONITION = re.compile(r"^(?P<indent>[ \t]*):::+[ \t]*(?P<kind>\w*)[ \t]*(?P<title>.*)$", re.MULTILINE)
_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)


def convert(data: bytes, name: str) -> Converted:
    """Read a Markdown file, with its front matter as metadata.

    Raises:
        ConversionError: the file holds no text, or the bytes are no text.
    """
    fields, source = split_front_matter(sanitize(decode(data)))
    return put_together(fields, read_blocks(source), name)


def put_together(fields: Mapping[str, Any], blocks: Sequence[Block], name: str) -> Converted:
    """Make the document from its front matter and its blocks."""
    title = choose_title([fields.get("title")], blocks, name)
    return Converted(assemble([blocks], title=title), metadata(fields))


def read_blocks(source: str, *, indented_code: bool = True) -> list[Block]:
    """Return the blocks of a Markdown document without its markup."""
    reader = _Reader()
    for token in _parser(indented_code=indented_code).parse(rewrite_prose(source, _show_admonitions)):
        reader.take(token)
    return reader.blocks


@cache
def _parser(*, indented_code: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return parser if indented_code else parser.disable("code")


def _show_admonitions(prose: str) -> str:
    """Turn the fences of `:::note[Title]` boxes into paragraphs: their title, or the name of their kind."""
    return _ADMONITION.sub(_admonition_label, prose)


def _admonition_label(match: re.Match[str]) -> str:
    title = re.sub(r"\{[^}]*\}\s*$", "", match["title"]).strip().removeprefix("[").removesuffix("]")
    label = title or match["kind"].capitalize()
    return f"\n{match['indent']}{label}\n" if label else ""


class _Reader:
    """Turns the parser's flat list of tokens into blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._lists = ListMarkers()
        self._level = 0
        self._rows: list[list[str]] | None = None

    def take(self, token: Token) -> None:
        action = _ACTIONS.get(token.type)
        if action is not None:
            action(self, token)

    def heading(self, token: Token) -> None:
        self._level = int(token.tag[1:])

    def inline(self, token: Token) -> None:
        text = inline_text(token.children or [])
        if self._rows is not None:
            self._rows[-1].append(text)
        elif self._level:
            self.blocks.append(Block(_HEADING_ID.sub("", text), level=self._level))
            self._level = 0
        else:
            self._add(text)

    def listing(self, token: Token) -> None:
        self._add(token.content.strip("\n"))

    def html(self, token: Token) -> None:
        self.blocks += fragment_blocks(token.content)

    def open_list(self, token: Token) -> None:
        self._lists.open(ordered=token.type == "ordered_list_open", start=int(token.attrGet("start") or 1))

    def item(self, _token: Token) -> None:
        self._lists.item()

    def close_list(self, _token: Token) -> None:
        self._lists.close()

    def open_table(self, _token: Token) -> None:
        self._rows = []

    def row(self, _token: Token) -> None:
        if self._rows is not None:
            self._rows.append([])

    def close_table(self, _token: Token) -> None:
        self.blocks.append(Block(table_text(self._rows or [])))
        self._rows = None

    def _add(self, text: str) -> None:
        if text.strip():
            marker, in_list = self._lists.take()
            self.blocks.append(Block(marker + text, tight=in_list))


_ACTIONS = {
    "heading_open": _Reader.heading,
    "inline": _Reader.inline,
    "fence": _Reader.listing,
    "code_block": _Reader.listing,
    "html_block": _Reader.html,
    "bullet_list_open": _Reader.open_list,
    "ordered_list_open": _Reader.open_list,
    "list_item_open": _Reader.item,
    "bullet_list_close": _Reader.close_list,
    "ordered_list_close": _Reader.close_list,
    "table_open": _Reader.open_table,
    "tr_open": _Reader.row,
    "table_close": _Reader.close_table,
}


def inline_text(children: Sequence[Token]) -> str:
    """Return the text of a paragraph or cell: without emphasis, link targets and tags; images by their description."""
    return "".join(map(_inline_piece, children))


def _inline_piece(token: Token) -> str:
    if token.type in ("text", "text_special", "code_inline"):
        return token.content
    if token.type == "softbreak":
        return " "
    if token.type == "hardbreak" or (token.type == "html_inline" and _BREAK_TAG.match(token.content)):
        return "\n"
    return inline_text(token.children or []) if token.type == "image" else ""
