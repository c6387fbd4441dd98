"""Indexing as a job: queued or here, seen, cancelled, watched, tried again; changed settings are noticed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from carrel import Platform
from carrel.errors import UserError
from carrel.indexing.report import IndexReport
from carrel.platform.jobs import INDEX, IndexRequest, index_here, job_functions, open_queue
from carrel.records.job import Job, JobState
from carrel.records.worker import Worker
from carrel.settings import IndexSettings, Settings
from carrel.types import SourceState

TEXT = "The kettle stands on the stove. It whistles when the water boils. Tea is made of leaves. "


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.txt").write_text(TEXT * (number + 1), encoding="utf-8")
    return folder


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Platform]:
    with Platform(tmp_path / "home") as desk:
        yield desk


def request(folder: Path, **options: object) -> IndexRequest:
    return IndexRequest((str(folder),), embed=False, **options)  # type: ignore[arg-type]


def jobs(desk: Platform) -> list[Job]:
    with open_queue(desk.home, desk.settings) as queue:
        return queue.jobs()


def test_a_queued_job_is_run_by_a_worker(desk: Platform, folder: Path) -> None:
    with open_queue(desk.home, desk.settings) as queue:
        queue.add(INDEX, "papers", request(folder).arguments())
        Worker(queue, job_functions(desk.home)).work(threading.Event(), once=True)
        [job] = queue.jobs()
    assert (job.state, job.result["indexed"], job.result["failures"]) == (JobState.DONE, 6, 0)
    with Platform(desk.home, collection="papers") as papers:
        assert papers.search("kettle", mode="bm25")[0].source.endswith(".txt")


def test_a_job_in_the_foreground_is_recorded_with_its_progress(desk: Platform, folder: Path) -> None:
    seen: list[tuple[str, int, int | None, str]] = []
    report = index_here(
        desk,
        request(folder),
        threading.Event(),
        on_progress=lambda stage, done, total, unit, source="": seen.append((stage, done, total, source)),
    )
    assert report.indexed == 6
    assert ("indexing", 3, 6, "2.txt") in seen
    [job] = jobs(desk)
    assert (job.state, job.progress.done, job.progress.total) == (JobState.DONE, 6, 6)
    assert desk.status().jobs == ()


def test_an_error_of_the_user_is_raised_and_recorded(desk: Platform, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nothing was changed"):
        index_here(desk, request(tmp_path / "nowhere"), threading.Event())
    assert [job.state for job in jobs(desk)] == [JobState.FAILED]


def test_a_stopped_job_keeps_what_it_has_done_and_deletes_nothing(desk: Platform, folder: Path) -> None:
    desk.index(folder, embed=False)
    (folder / "0.txt").unlink()
    for number in range(1, 6):
        (folder / f"{number}.txt").write_text(f"New text {number}.", encoding="utf-8")
    stop = threading.Event()

    def after_two(_stage: str, done: int, *_: object) -> None:
        if done == 2:
            stop.set()

    report = index_here(desk, request(folder), stop, on_progress=after_two)
    assert (report.stopped, report.indexed, report.deleted) == (True, 2, 0)
    assert [job.state for job in jobs(desk)] == [JobState.CANCELLED]
    states = [record.state for record in desk.store.sources()]
    assert states == [SourceState.INDEXED] * 6
    again = desk.index(folder, embed=False)
    assert (again.indexed, again.unchanged, again.deleted) == (3, 2, 1)


def test_a_job_is_cancelled_by_its_number(desk: Platform, folder: Path) -> None:
    def cancel(_stage: str, done: int, *_: object) -> None:
        if done == 1:
            with open_queue(desk.home, desk.settings) as queue:
                queue.cancel(queue.jobs()[0].id)
            time.sleep(1.5)  # until the job has heard of it

    report = index_here(desk, request(folder), threading.Event(), on_progress=cancel)
    assert report.stopped
    assert [job.state for job in jobs(desk)] == [JobState.CANCELLED]


def test_a_watched_folder_is_synced_until_told_to_stop(desk: Platform, folder: Path) -> None:
    stop = threading.Event()
    rounds: list[IndexReport | UserError] = []

    def on_round(outcome: IndexReport | UserError) -> None:
        rounds.append(outcome)
        if len(rounds) == 1:
            (folder / "new.txt").write_text("A new note.", encoding="utf-8")
            (folder / "0.txt").unlink()
        else:
            stop.set()

    last = index_here(desk, request(folder, watch=True), stop, on_round=on_round)
    assert (last.indexed, last.deleted, last.unchanged) == (1, 1, 5)
    assert [outcome.indexed for outcome in rounds if isinstance(outcome, IndexReport)] == [6, 1]


def test_a_job_on_a_schedule(desk: Platform, folder: Path) -> None:
    stop = threading.Event()
    rounds: list[object] = []

    def on_round(outcome: object) -> None:
        rounds.append(outcome)
        if len(rounds) == 2:
            stop.set()

    last = index_here(desk, request(folder, every=0.001), stop, on_round=on_round)
    assert (last.indexed, last.unchanged) == (0, 6)


def test_only_what_failed_is_tried_again(desk: Platform, folder: Path) -> None:
    (folder / "empty.txt").write_text(" ", encoding="utf-8")
    (folder / "gone.txt").write_text(" ", encoding="utf-8")
    rows = folder / "rows.jsonl"
    rows.write_text('{"_id": "a", "body": "Apples."}\n{"_id": "b", "body": " "}\n', encoding="utf-8")
    assert len(desk.index(folder, text_field="body", embed=False).failed) == 3
    [failed] = [failure for failure in desk.status().failed if failure.source == "empty.txt"]
    assert (failed.stage, failed.attempts, failed.error) == ("converting", 1, "no text")
    (folder / "empty.txt").write_text("Not empty any more.", encoding="utf-8")
    (folder / "1.txt").write_text("Changed, but nobody asked.", encoding="utf-8")
    (folder / "gone.txt").unlink()

    report = desk.retry_failed(embed=False)  # the field of the rows is not named: they are left as they are
    assert (report.indexed, report.deleted, report.failed) == (1, 1, ())
    report = desk.retry_failed(embed=False, text_field="body")
    assert (report.indexed, report.deleted, [failure.source for failure in report.failed]) == (0, 0, ["b"])
    assert desk.search("apples", mode="bm25")[0].source == "a"
    assert desk.search("changed", mode="bm25").hits == ()
    assert [(failure.source, failure.attempts) for failure in desk.status().failed] == [("b", 2)]


def test_other_settings_of_the_splitter_take_effect_by_themselves(tmp_path: Path, folder: Path) -> None:
    counts = []
    for max_tokens in (200, 16, 16):
        settings = Settings(index=IndexSettings(max_tokens=max_tokens))
        with Platform(tmp_path / "home", settings=settings) as desk:
            report = desk.index(folder, embed=False)
            counts.append((report.indexed, report.unchanged))
    assert counts == [(6, 0), (6, 0), (0, 6)]


def test_a_new_version_of_a_converter_takes_effect_by_itself(
    desk: Platform, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carrel.indexing import made_with

    desk.index(folder)
    monkeypatch.setitem(made_with._CONVERTERS, "plain", 99)
    report = desk.index(folder)
    assert (report.indexed, report.embedded) == (6, 0)  # vectors belong to texts, and these are the same
    assert desk.index(folder).unchanged == 6
