"""The frame around the pages: navigation, the collection, the jobs, and who may see all this."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from carrel.errors import CarrelError
from carrel.ui import desk, pages
from carrel.ui.drawing import draw, node
from carrel.ui.jobs import jobs_panel
from carrel.ui.place import served
from carrel.ui.places import DOCUMENT

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#25594a"/>'
    '<path d="M16 9c-3-2-6-2.5-10-2.5v16c4 0 7 .5 10 2.5 3-2 6-2.5 10-2.5v-16c-4 0-7 .5-10 2.5z" fill="#faf9f6"/>'
    '<path d="M16 9v16" stroke="#25594a" stroke-width="1.6"/></svg>'
)
_STYLE = """
<style>
[data-testid="stHeader"] { background: transparent; height: 2.6rem; min-height: 0 }
[data-testid="stToolbarActions"], [data-testid="stAppDeployButton"], [data-testid="stMainMenu"],
[data-testid="stStatusWidget"], [data-testid="stDecoration"], footer { display: none }
.stMainBlockContainer { max-width: 68rem; padding: 2.4rem 1.4rem 4rem }
.stMainBlockContainer h1 { font-size: 1.9rem; padding: 0 0 .3rem }
[data-testid="stSidebarHeader"]::before { content: "Carrel"; font: 600 1.5rem/1.2 Charter, Georgia, serif;
  color: var(--st-text-color, inherit); margin-inline-end: auto }
[data-testid="stSidebarUserContent"] { padding-top: .5rem }
[data-testid="stHeadingWithActionElements"] a { display: none }
[data-testid^="stBaseButton-primary"] { color: light-dark(#ffffff, #16191d) }
@media (max-width: 640px) {
  .stMainBlockContainer { padding: 2.6rem .9rem 3rem }
  .stColumn:has(.facets) { order: 2 }
}
</style>
"""


def show() -> None:
    """Draw the frame and the page that was chosen."""
    st.set_page_config(page_title="Carrel", page_icon=_ICON, layout="wide")
    st.html(_STYLE)
    document = st.Page(_guarded(pages.document), title="Document", url_path=DOCUMENT, visibility="hidden")
    st.session_state["document_page"] = document
    library = st.Page(_guarded(pages.library), title="Library", icon=":material/shelves:", url_path="library")
    st.session_state["library_page"] = library
    chosen = st.navigation(
        [
            st.Page(_guarded(pages.ask), title="Ask", icon=":material/chat_bubble:", url_path="ask", default=True),
            st.Page(_guarded(pages.search), title="Search", icon=":material/search:", url_path="search"),
            library,
            st.Page(_guarded(pages.evaluate), title="Evaluate", icon=":material/monitoring:", url_path="evaluate"),
            st.Page(_guarded(pages.label), title="Label", icon=":material/ink_highlighter:", url_path="label"),
            document,
        ]
    )
    # A place for each, whatever the others draw: the panel looks again by itself, and must find its place as it was.
    choice, jobs, readers = (st.sidebar.container() for _ in range(3))
    with choice:
        _choose_collection()
    with jobs:
        jobs_panel()
    with readers:
        _who_may_see()
    chosen.run()


def _choose_collection() -> None:
    """Let a person choose the collection; a link names its own."""
    known = desk.known_collections()
    named = st.query_params.get("collection")
    if named in known:
        st.session_state["collection"] = named
    if st.session_state.get("collection") not in known:
        st.session_state["collection"] = served().collection
    if len(known) > 1:
        chosen = st.selectbox("Collection", known, index=known.index(st.session_state["collection"]))
        if chosen != st.session_state["collection"]:
            st.session_state["collection"] = chosen
            st.query_params.pop("collection", None)
            st.rerun()


def _who_may_see() -> None:
    place = served()
    if not place.has_password:
        said = "Only this computer can open these pages: no password is set."
    elif place.open_to_others:
        said = "Whoever has the password can open these pages."
    else:
        said = "These pages ask for the password, and open on this computer only."
    draw("who", [node("p", said, class_="soft")])


def _guarded(page: Callable[[], None]) -> Callable[[], None]:
    """Show what a person can put right as a sentence; what is our fault keeps its traceback, in the log."""

    def guarded() -> None:
        try:
            page()
        except CarrelError as error:
            draw("refused", [node("p", str(error), class_="card bad", role="alert")])

    return guarded
