"""Library: what the collection holds, how each file stands, and how files come in and go."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from carrel.errors import LeaseError, UserError
from carrel.platform.jobs import DELETE, INDEX, IndexRequest
from carrel.types import SourceState
from carrel.ui import desk, words
from carrel.ui.configuration import UPLOAD_MB
from carrel.ui.drawing import Event, draw, node
from carrel.ui.drawing.element import action
from carrel.ui.jobs import unfinished
from carrel.ui.place import served
from carrel.ui.places import collection, follow
from carrel.ui.sources import source_list, state_counts
from carrel.ui.uploads import forget_uploads, keep_upload, upload_folder

_PAGE = 50
_LOOK_SECONDS = 2.0
_ALL = "all"
_DELETING = "library deleting"


def library() -> None:
    """Draw the page."""
    st.title("Library")
    if desk.exists(collection()):
        _counts()
    _add()
    if desk.exists(collection()):
        _folders()
        _sources()


@st.fragment(run_every=_LOOK_SECONDS)
def _counts() -> None:
    """Draw how many sources are in which state; it looks again by itself while something is at work."""
    store = desk.desk_of(collection()).store
    counts = store.source_counts()
    draw("counts", [state_counts(counts, store.count_documents())])
    before = st.session_state.get("library counts", counts)
    st.session_state["library counts"] = counts
    if before != counts:
        st.rerun()


def _add() -> None:
    notes = st.session_state.pop("library notes", [])
    with st.expander("Add files", expanded=not desk.exists(collection()) or bool(notes)):
        upload, folder = st.columns(2, gap="medium")
        with upload:
            _upload()
        with folder:
            _add_folder()
        draw("notes", [node("p", said, class_="bad" if bad else "soft", role="status") for said, bad in notes])


def _upload() -> None:
    turn = st.session_state.setdefault("library turn", 0)
    files = st.file_uploader(
        f"Files, up to {UPLOAD_MB} MB each; sync a folder for larger ones",
        accept_multiple_files=True,
        key=f"upload {turn}",
    )
    if not files:
        return
    folder = upload_folder(served().home, collection())
    notes, kept = [], 0
    for file in files:
        try:
            keep_upload(folder, file.name, file.getbuffer())
            kept += 1
        except UserError as error:
            notes.append((str(error), True))
    if kept:
        _queue_index(folder)
        notes.append((f"{words.many(kept, 'file')} kept; indexing them is under way.", False))
    st.session_state["library turn"] = turn + 1  # an empty field for the next files
    st.session_state["library notes"] = notes
    st.rerun()


def _add_folder() -> None:
    with st.form("folder", border=False, clear_on_submit=True):
        typed = st.text_input("A folder or file on this computer", placeholder="/home/me/papers")
        if not st.form_submit_button("Sync") or not typed.strip():
            return
    path = Path(typed.strip()).expanduser()
    if path.exists():
        _queue_index(path)
        note = (f"Syncing {path} is under way.", False)
    else:
        note = (f"There is no file or folder {path} on the computer that this desk runs on.", True)
    st.session_state["library notes"] = [note]
    st.rerun()


def _folders() -> None:
    roots = desk.desk_of(collection()).store.roots()
    if not roots:
        return
    with st.expander(f"Folders ({len(roots)})"):
        event = draw(
            "folders",
            [
                node(
                    "ul",
                    [
                        node(
                            "li",
                            node("bdi", root),
                            node(
                                "button", "Sync now", type="button", aria_label=f"Sync {root}", **action("sync", root)
                            ),
                            class_="row",
                        )
                        for root in roots[:_PAGE]
                    ],
                    class_="stack",
                )
            ],
        )
    if event is not None and event.action == "sync" and event.value in roots:
        _queue_index(Path(event.value))
        st.rerun()


def _sources() -> None:
    store = desk.desk_of(collection()).store
    named, states = st.columns([2, 3], vertical_alignment="bottom")
    containing = named.text_input("Name contains", key="library name", placeholder="part of a name or title").strip()
    state = states.segmented_control(
        "State", [_ALL, *SourceState], default=_ALL, required=True, key="library state", format_func=str, wrap=True
    )
    wanted = None if state == _ALL else SourceState(state)
    before = _pages_before((collection(), containing, wanted))
    page = store.source_page(after=before[-1] if before else None, limit=_PAGE + 1, state=wanted, containing=containing)
    shown = page[:_PAGE]
    first = len(before) * _PAGE + 1
    event = draw("sources", [source_list(shown, first, has_more=len(page) > _PAGE)], on_event=_turn)
    follow(event)
    if event is not None and event.action == "retry":
        desk.queue().add(INDEX, collection(), IndexRequest().arguments())
        st.rerun()
    if event is not None and event.action == "delete":
        st.session_state[_DELETING] = [str(uri) for uri in event.value]
    # Asked anew at every drawing until it is answered: what looks again by itself would close it before.
    if _DELETING in st.session_state:
        _confirm_delete(st.session_state[_DELETING])


def _turn(event: Event) -> None:
    """Go on to the page after the source that is named, or back."""
    before: list[str] = st.session_state["library before"]
    if event.action == "next":
        before.append(str(event.value))
    elif event.action == "previous" and before:
        before.pop()


def _pages_before(of: tuple[object, ...]) -> list[str]:
    """Return where the pages before the one that is shown ended; another filter begins at the beginning."""
    if st.session_state.get("library of") != of:
        st.session_state["library of"] = of
        st.session_state["library before"] = []
    before: list[str] = st.session_state["library before"]
    return before


def _leave() -> None:
    st.session_state.pop(_DELETING, None)


@st.dialog("Delete", on_dismiss=_leave)
def _confirm_delete(uris: list[str]) -> None:
    listed = [node("li", node("bdi", uri)) for uri in uris[:10]]
    more = node("p", f"and {len(uris) - 10:,} more", class_="soft") if len(uris) > 10 else None
    draw(
        "delete what",
        [
            node("ul", listed),
            *([more] if more else []),
            node(
                "p",
                "Their passages go at once. Files of synced folders stay where they are, and the next sync of "
                "their folder brings them back; uploaded files are removed.",
                class_="soft",
            ),
        ],
    )
    if st.button(f"Delete {words.many(len(uris), 'source')}", type="primary"):
        _leave()
        _delete(uris)
        st.rerun()


def _delete(uris: list[str]) -> None:
    """Delete sources now or, while the collection is being written to, by a job that waits."""
    platform = desk.desk_of(collection())
    records = [record for uri in uris if (record := platform.store.source(uri)) is not None]
    forget_uploads(upload_folder(served().home, collection()), records)
    present = [record.uri for record in records]
    try:
        platform.delete(present)
    except LeaseError:
        desk.queue().add(DELETE, collection(), {"sources": present})


def _queue_index(path: Path) -> None:
    """Queue the sync of a path, unless one is waiting already."""
    arguments = IndexRequest(paths=(str(path),)).arguments()
    waiting = [job for job in unfinished() if job.state == "queued" and job.collection == collection()]
    if not any(dict(job.arguments) == arguments for job in waiting):
        desk.queue().add(INDEX, collection(), arguments)
