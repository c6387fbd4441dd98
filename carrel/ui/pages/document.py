"""Document: the text of a source with its passages and headings, at a marked place, beside its pages as pictures."""

from __future__ import annotations

import json
from dataclasses import dataclass

import streamlit as st

from carrel.errors import UnknownSourceError
from carrel.types import CanonicalText, SourceRecord, Span
from carrel.ui import desk, words
from carrel.ui.drawing import Node, draw, node
from carrel.ui.drawing.element import action
from carrel.ui.labelling import keep_selection
from carrel.ui.page_picture import is_pdf, page_picture
from carrel.ui.places import collection, place_of
from carrel.ui.texts import blocks, document_marks, marked

_WINDOW = 24_000
"""Characters that are shown at a time."""
_PICTURE_WIDTH = 900
_OUTLINE = 200


@dataclass(frozen=True)
class _Shown:
    """What is shown of a source: a version's text, the window of it, and the place that is marked."""

    source: str
    version: str
    text: CanonicalText
    place: Span | None
    window: Span
    is_current: bool


def document() -> None:
    """Draw the page."""
    params = st.query_params
    if "source" not in params:
        draw("which", [node("p", "Open a document from the Library, from an answer, or from a hit.", class_="soft")])
        return
    record = desk.desk_of(collection()).store.source(params["source"])
    shown = _shown(params["source"], record)
    _head(record, shown)
    picture_page = shown.text.page_at(shown.place.start if shown.place else shown.window.start)
    if picture_page is not None and _has_pictures(shown):
        text, picture = st.columns([3, 2], gap="medium")
        with picture:
            _picture(shown, picture_page)
    else:
        text = st.container()
    with text:
        _text(shown)


@st.cache_data(max_entries=8, show_spinner=False)
def _version(where: str, source: str, version: str) -> CanonicalText:
    return desk.desk_of(where).store.version_text(source, version)


@st.cache_data(max_entries=64, show_spinner=False)
def _drawn(where: str, source: str, content: str, page: int) -> bytes | None:  # noqa: ARG001  # the content is part of the key
    file = desk.desk_of(where).source_file(source)
    return None if file is None else page_picture(file, page, width=_PICTURE_WIDTH)


def _shown(source: str, record: SourceRecord | None) -> _Shown:
    version = st.query_params.get("version") or (record.version if record else None)
    if version is None:
        raise UnknownSourceError(f"There is no text of {source!r} in this collection: it was deleted, or never indexed")
    text = _version(collection(), source, version)
    length = len(text.text)
    start, end = _number("start", length), _number("end", length)
    place = Span(start, end) if start is not None and end is not None and start < end else None
    asked = _number("from", length)
    begin = asked if asked is not None else max(0, place.start - _WINDOW // 2) if place else 0
    begin = _line_start(text.text, begin)
    window = Span(begin, _line_start(text.text, min(begin + _WINDOW, length)))
    if len(window) == 0:
        window = Span(begin, min(begin + _WINDOW, length))
    return _Shown(source, version, text, place, window, record is not None and record.version == version)


def _number(name: str, most: int) -> int | None:
    given = st.query_params.get(name, "")
    return min(int(given), most) if given.isascii() and given.isdecimal() and len(given) < 12 else None


def _line_start(text: str, offset: int) -> int:
    """Return where the line around an offset begins; in a very long line, the offset itself."""
    if offset >= len(text):
        return len(text)
    begin = text.rfind("\n", max(0, offset - _WINDOW // 4), offset) + 1
    return begin or (0 if offset <= _WINDOW // 4 else offset)


def _head(record: SourceRecord | None, shown: _Shown) -> None:
    st.title("Document")
    facts = [words.many(len(shown.text.text), "character")]
    if shown.text.page_starts:
        facts.append(words.many(len(shown.text.page_starts), "page"))
    if record is not None:
        facts += [words.many(record.passages, "passage"), record.state.value]
    note = None
    if not shown.is_current:
        note = node("p", "This is an earlier version, kept because something refers to it.", class_="bad")
    draw(
        "head",
        [
            node("h2", node("bdi", shown.text.title or shown.source)),
            node("p", node("bdi", shown.source), " · ", " · ".join(facts), class_="soft"),
            *([note] if note else []),
        ],
    )


def _text(shown: _Shown) -> None:
    _turning(shown, "before")
    starts = _passage_starts(shown) if shown.is_current else []
    place = shown.place
    all_marks = document_marks(shown.text, [place] if place else [])
    value = json.dumps({"source": shown.source, "version": shown.version}, ensure_ascii=False)
    passages = [
        node(
            "div",
            marked(shown.text.text[span.start : span.end], span.start, all_marks),
            class_="passage here" if place and span.start < place.end and place.start < span.end else "passage",
            data_text=span.start,
            data_value=value,
        )
        for span in blocks(shown.window, starts)
    ]
    event = draw("text", passages)
    if event is not None and event.action == "select":
        st.session_state["document selection"] = event.value
    _offer_label()
    _turning(shown, "after")


def _passage_starts(shown: _Shown) -> list[int]:
    conditions = [
        {"field": "source", "operator": "==", "value": shown.source},
        {"field": "start", "operator": ">=", "value": shown.window.start},
        {"field": "start", "operator": "<", "value": shown.window.end},
    ]
    store = desk.desk_of(collection()).store
    found = store.filter_documents({"operator": "AND", "conditions": conditions})
    return [int(document.meta["carrel"]["start"]) for document in found]


def _offer_label() -> None:
    """Ask which question the selected words answer, and keep them as its label."""
    selected = st.session_state.get("document selection")
    if selected is None or selected["source"] != st.query_params["source"]:
        return
    with st.form("label", border=True):
        draw("selected", [node("p", "Selected: ", node("bdi", selected["text"]))])
        shown = st.session_state.get("asked")
        question = st.text_input("The question that this answers", value=shown.question if shown else "")
        if st.form_submit_button("Keep as the right answer", type="primary") and question.strip():
            said = keep_selection(collection(), question.strip(), selected)
            del st.session_state["document selection"]
            draw("kept", [node("p", said, class_="soft", role="status")])


def _turning(shown: _Shown, where: str) -> None:
    """Draw the ways to the rest of a long text, and its outline."""
    length, window = len(shown.text.text), shown.window
    if len(window) >= length and (where == "after" or not shown.text.headings):
        return
    buttons: list[Node] = []
    if window.start > 0:
        buttons.append(node("button", "Earlier", type="button", **action("turn", max(0, window.start - _WINDOW))))
    if window.end < length:
        buttons.append(node("button", "Later", type="button", **action("turn", window.end)))
    said = node("span", f"characters {window.start:,} to {window.end:,} of {length:,}", class_="soft")
    outline = _outline(shown) if where == "before" else None
    event = draw(
        f"turn {where}",
        [node("div", [*buttons, said] if buttons else [], class_="row"), *([outline] if outline else [])],
    )
    if event is not None and event.action == "turn":
        st.query_params.from_dict(place_of(shown.source, shown.version, None, **{"from": str(event.value)}))
        st.rerun()


def _outline(shown: _Shown) -> Node | None:
    if not shown.text.headings:
        return None
    listed = [
        node("li", node("button", node("bdi", heading.text[:120]), type="button", **action("turn", heading.start)))
        for heading in shown.text.headings[:_OUTLINE]
    ]
    return node("details", node("summary", f"Outline ({len(shown.text.headings)})"), node("ul", listed), id="outline")


def _has_pictures(shown: _Shown) -> bool:
    if not shown.is_current:
        return False
    file = desk.desk_of(collection()).source_file(shown.source)
    return file is not None and is_pdf(file)


def _picture(shown: _Shown, first: int) -> None:
    pages = len(shown.text.page_starts)
    page = first
    if pages > 1:
        page = st.number_input("Page", 1, pages, first, key=f"page {shown.source} {first}")
    picture = _drawn(collection(), shown.source, shown.version, int(page))
    if picture is None:
        draw("no picture", [node("p", f"Page {page} cannot be drawn.", class_="soft")])
        return
    st.image(picture, width="stretch", alt=f"Page {page} of the document")
