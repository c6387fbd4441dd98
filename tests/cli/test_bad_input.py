"""Bad input gets one line and exit code 2, and nothing already indexed is lost by it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.cli.commands import Command
from tests.privileges import without_root

TEXT = "The kettle stands on the stove."


@pytest.fixture(scope="module")
def carrel(tmp_path_factory: pytest.TempPathFactory) -> Command:
    folder = tmp_path_factory.mktemp("notes")
    (folder / "kettle.txt").write_text(TEXT, encoding="utf-8")
    command = Command(tmp_path_factory.mktemp("home"))
    command.json("index", str(folder))
    return command


@pytest.fixture(autouse=True)
def _nothing_is_lost(carrel: Command) -> object:
    yield
    assert [hit["text"].strip() for hit in carrel.json("search", "kettle", "--mode", "bm25")["hits"]] == [TEXT]


def unknown_type(folder: Path) -> list[str]:
    (folder / "a.xyz").write_bytes(b"\0\1")
    return ["index", str(folder / "a.xyz")]


CASES: dict[str, tuple[Callable[[Path], list[str]], str]] = {
    "no such path": (lambda folder: ["index", str(folder / "nowhere")], "nowhere"),
    "unknown type": (unknown_type, ".xyz"),
    "empty question": (lambda _: ["ask", "  "], "empty"),
    "empty query": (lambda _: ["search", ""], "empty"),
    "unknown collection": (lambda _: ["ask", "What?", "--collection", "nope"], "default"),
    "bad collection name": (lambda _: ["ask", "What?", "--collection", "../x"], "collection"),
    "filter is no JSON": (lambda _: ["search", "kettle", "--filter", "{"], "JSON"),
    "malformed filter": (
        lambda _: ["search", "kettle", "--filter", '{"field": "a", "operator": "~", "value": 1}'],
        "~",
    ),
    "filter without field": (lambda _: ["search", "kettle", "--filter", '{"operator": "=="}'], "missing"),
    "unknown source": (lambda _: ["delete", "nobody.txt"], "nobody.txt"),
    "nothing to delete": (lambda _: ["delete"], "filter"),
    "unknown pipeline": (lambda _: ["pipelines", "show", "nope"], "search-bm25"),
    "no such model": (lambda folder: ["ask", "What?"], "no-such-model"),
}


@pytest.mark.parametrize("name", CASES)
def test_one_line_and_exit_code_2(carrel: Command, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "no such model":
        monkeypatch.setenv("CARREL_MODELS__READER", str(tmp_path / "no-such-model"))
    arguments, hint = CASES[name]
    outcome = carrel.run(*arguments(tmp_path))
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1
    assert hint in outcome.err


def test_an_unreadable_folder_is_named(carrel: Command) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        (folder / "locked").mkdir(mode=0)
        with without_root():
            outcome = Command(folder / "home").run("index", str(folder / "locked"))
        assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
        assert "locked" in outcome.err


def test_a_file_that_is_no_pipeline(carrel: Command, tmp_path: Path) -> None:
    file = tmp_path / "evil.yaml"
    file.write_text(
        "components:\n  x:\n    type: subprocess.Popen\n    init_parameters: {args: ['true']}\nconnections: []\n",
        encoding="utf-8",
    )
    outcome = carrel.run("pipelines", "check", str(file), home=False)
    assert outcome.code == 2
    assert "subprocess" in outcome.err


def test_a_setting_out_of_bounds_is_named(carrel: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARREL_SEARCH__TOP_K", "0")
    outcome = carrel.run("search", "kettle")
    assert outcome.code == 2
    assert "search.top_k" in outcome.err
