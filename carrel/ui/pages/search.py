"""Search: passages by words, by meaning, or by both, side by side; why they are hits, and counts by field."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, get_args

import streamlit as st

from carrel.platform.results import SearchResult
from carrel.settings import SearchMode
from carrel.ui import desk
from carrel.ui.drawing import Event, draw, node
from carrel.ui.export import as_csv, as_json
from carrel.ui.filters import Condition, both, chosen_filters, field_names
from carrel.ui.found import counted, found
from carrel.ui.places import collection, follow
from carrel.ui.welcome import is_ready

_NAMES: dict[SearchMode, str] = {"hybrid": "Both", "bm25": "Words", "dense": "Meaning"}
_STEPS = {"next": 1, "previous": -1}
_PAGE = 10
_EXPORTED = 1000
_FACET_VALUES = 8
_COUNTED_AT_FIRST = 2


@dataclass
class _Search:
    """What is searched, page by page; each page that was seen is kept, so that going back asks nothing again."""

    collection: str
    query: str
    filters: Condition | None
    counted: tuple[str, ...]
    chosen: dict[str, list[Any]] = field(default_factory=dict)
    pages: dict[SearchMode, list[SearchResult]] = field(default_factory=dict)
    shown: dict[SearchMode, int] = field(default_factory=dict)

    @property
    def all_filters(self) -> Condition | None:
        """The filter of the page and what was chosen among the facets."""
        own = [{"field": name, "operator": "in", "value": values} for name, values in self.chosen.items() if values]
        return both([*([self.filters] if self.filters else []), *own])

    def page(self, mode: SearchMode) -> SearchResult:
        """Return the page that is shown of a mode, searching for it where it is not there yet."""
        pages, number = self.pages.setdefault(mode, []), self.shown.setdefault(mode, 0)
        while len(pages) <= number:
            pages.append(self._next(mode, pages[-1].next if pages else None))
        return pages[number]

    def choose(self, name: str, value: Any) -> None:
        """Choose a value of a field, or let it go; the search begins anew."""
        values = self.chosen.setdefault(name, [])
        values.remove(value) if value in values else values.append(value)
        self.pages.clear()
        self.shown.clear()

    def _next(self, mode: SearchMode, after: str | None) -> SearchResult:
        return desk.desk_of(self.collection).search(
            self.query,
            mode=mode,
            top_k=_PAGE,
            filters=self.all_filters,
            facets=self.counted if after is None else (),
            facet_values=_FACET_VALUES,
            explain=True,
            after=after,
        )


def search() -> None:
    """Draw the page."""
    st.title("Search")
    if not is_ready():
        return
    query, modes, filters, counted_by = _form()
    if not query or not modes:
        return
    shown = _search(query, filters, counted_by)
    refine, results = st.columns([1, 3], gap="medium")
    with refine:
        _facets(shown, shown.page(modes[0]) if not shown.shown.get(modes[0]) else shown.pages[modes[0]][0])
    with results:
        for column, mode in zip(st.columns(len(modes), gap="medium"), modes, strict=True):
            with column:
                _results(shown, mode, alone=len(modes) == 1)
        _exports(shown, modes)


def _form() -> tuple[str, list[SearchMode], Condition | None, tuple[str, ...]]:
    if "q" in st.query_params and "search query" not in st.session_state:
        st.session_state["search query"] = st.query_params["q"]
    with st.form("search", border=False):
        typed, button = st.columns([6, 1], vertical_alignment="bottom")
        query = typed.text_input(
            "Words to look for",
            key="search query",
            max_chars=500,
            autocomplete="off",
            placeholder='words, "a phrase", +must, -not, title:word, begin*, OR',
        )
        button.form_submit_button("Search", type="primary", width="stretch")
    modes = st.segmented_control(
        "Search by", list(_NAMES), selection_mode="multi", default=["hybrid"], format_func=_NAMES.__getitem__
    )
    with st.expander("Narrow down"):
        filters = chosen_filters("search", collection())
        fields = ["source", *(f"meta.{name}" for name in field_names(collection()))]
        counted_by = st.multiselect("Count by", fields, default=fields[: 1 + _COUNTED_AT_FIRST], key="search counted")
    return query.strip(), [mode for mode in get_args(SearchMode) if mode in modes], filters, tuple(counted_by)


def _search(query: str, filters: Condition | None, counted_by: tuple[str, ...]) -> _Search:
    """Return the search that is shown, a new one if anything about it has changed."""
    now: _Search | None = st.session_state.get("search shown")
    if now is None or (now.collection, now.query, now.filters, now.counted) != (
        collection(),
        query,
        filters,
        counted_by,
    ):
        now = st.session_state["search shown"] = _Search(collection(), query, filters, counted_by)
        st.query_params["q"] = query
    return now


def _facets(shown: _Search, first: SearchResult) -> None:
    def chosen(event: Event) -> None:
        if event.action == "choose":
            shown.choose(*event.value)

    draw("facets", [counted(list(first.facets.values()), shown.chosen)], on_event=chosen)


def _results(shown: _Search, mode: SearchMode, *, alone: bool) -> None:
    result, number = shown.page(mode), shown.shown[mode]
    title = None if alone else _NAMES[mode]

    def turned(event: Event) -> None:
        shown.shown[mode] = max(0, shown.shown[mode] + _STEPS.get(event.action, 0))

    follow(draw(f"found {mode}", [found(result, title, has_previous=number > 0)], on_event=turned))


def _exports(shown: _Search, modes: list[SearchMode]) -> None:
    def everything() -> list[SearchResult]:
        platform = desk.desk_of(shown.collection)
        return [platform.search(shown.query, mode=mode, top_k=_EXPORTED, filters=shown.all_filters) for mode in modes]

    draw("export", [node("p", f"Take along up to {_EXPORTED:,} hits:", class_="soft")])
    with st.container(horizontal=True):
        st.download_button("CSV", lambda: as_csv(everything()), "carrel-search.csv", "text/csv", on_click="ignore")
        st.download_button(
            "JSON", lambda: as_json(everything()), "carrel-search.json", "application/json", on_click="ignore"
        )
