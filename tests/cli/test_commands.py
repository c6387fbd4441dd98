"""Every verb on a real index, as a user calls it: output, JSON shapes, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import Command

WARSAW = "Warsaw is the capital of Poland. It stands on the Vistula river, about 260 kilometres from the Baltic Sea."
TEA = "Tea is made of the leaves of Camellia sinensis. The plant was first grown in Yunnan."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("notes")
    (root / "warsaw.txt").write_text(WARSAW + "\n", encoding="utf-8")
    (root / "drinks").mkdir()
    (root / "drinks" / "tea.md").write_text(f"# Tea\n\n{TEA}\n", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def carrel(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Command:
    command = Command(tmp_path_factory.mktemp("home"))
    assert command.json("index", str(folder))["indexed"] == 2
    return command


def test_index_reports_and_a_second_run_changes_nothing(carrel: Command, folder: Path) -> None:
    report = carrel.json("index", str(folder))
    assert report == {**report, "sources": 2, "indexed": 0, "unchanged": 2, "deleted": 0, "failed": []}
    assert {"passages", "seconds"} <= report.keys()


def test_index_says_what_it_left_out_and_which_tables_have_no_such_field(tmp_path: Path) -> None:
    folder, carrel = tmp_path / "files", Command(tmp_path / "home")
    folder.mkdir()
    for name in [*(f"x.q{number}" for number in range(10)), "y.q9"]:
        (folder / name).touch()
    (folder / "rows.csv").write_text("id,note\n1,Tea\n", encoding="utf-8")

    said = carrel.run("index", str(folder), "--text-field", "note", "--no-embed").err
    assert ("skipped: 2 .q9, " in said, ", 2 others" in said, "one document" in said) == (True, True, False)
    said = carrel.run("index", str(folder), "--text-field", "notes", "--no-embed").err
    assert "one document: rows.csv has no field" in said


def test_status_counts_what_is_there(carrel: Command) -> None:
    status = carrel.json("status")
    assert status["sources"]["indexed"] == 2
    assert status["passages"] == status["vectors"] == 2
    assert {"collection", "revision", "models", "failed"} <= status.keys()
    assert "100%" in carrel.text("status")


@pytest.mark.parametrize("mode", ["bm25", "dense", "hybrid"])
def test_search_finds_the_passage_in_every_mode(carrel: Command, mode: str) -> None:
    found = carrel.json("search", "leaves of the tea plant", "--mode", mode)
    best = found["hits"][0]
    assert (found["mode"], best["rank"], best["source"], best["title"]) == (mode, 1, "drinks/tea.md", "Tea")
    assert {"id", "text", "start", "end", "page", "scores", "meta"} <= best.keys()
    assert {"bm25": "bm25", "dense": "cosine", "hybrid": "fused"}[mode] in best["scores"]


def test_search_applies_the_filter_before_ranking(carrel: Command) -> None:
    only = json.dumps({"field": "source", "operator": "==", "value": "warsaw.txt"})
    found = carrel.json("search", "tea", "--mode", "dense", "--filter", only)
    assert [hit["source"] for hit in found["hits"]] == ["warsaw.txt"]


def test_ask_answers_with_the_characters_of_the_file(carrel: Command) -> None:
    asked = carrel.json("ask", "Which river does Warsaw stand on?")
    best = asked["answers"][0]
    assert not asked["abstained"]
    assert "Vistula" in best["answer"]
    assert WARSAW[best["start"] : best["end"]] == best["answer"]
    assert 0 <= best["confidence"] <= 1
    assert best["confidence_basis"]
    assert {"retrieve", "read", "total"} <= asked["seconds"].keys()
    shown = carrel.text("ask", "Which river does Warsaw stand on?")
    assert f"«{best['answer']}»" in " ".join(shown.split())
    assert "warsaw.txt" in shown


def test_config_shows_values_that_can_be_put_into_the_file(carrel: Command) -> None:
    import tomllib

    values = tomllib.loads(carrel.text("config"))
    assert values["search"]["mode"] == "hybrid"
    settings = carrel.json("config")["settings"]
    assert settings.pop("collections") == {}
    assert values == {
        section: {name: value for name, value in group.items() if value is not None}
        for section, group in settings.items()
    }


def test_a_pipeline_is_exported_checked_and_run(carrel: Command, tmp_path: Path) -> None:
    file = tmp_path / "ask.yaml"
    carrel.text("pipelines", "export", "ask", str(file))
    assert "retriever" in carrel.json("pipelines", "check", str(file), home=False)["inputs"]
    outputs = carrel.json("pipelines", "run", str(file), "Which river does Warsaw stand on?", home=False)["outputs"]
    assert "Vistula" in outputs["reader"]["answers"][0]["data"]
    assert "ask" in carrel.text("pipelines", "list", home=False)
    assert file.read_text(encoding="utf-8") == carrel.text("pipelines", "show", "ask")


def test_delete_takes_the_names_that_search_gives(carrel: Command, tmp_path: Path) -> None:
    note = tmp_path / "passing.txt"
    note.write_text("A note that passes.", encoding="utf-8")
    carrel.json("index", str(note))
    assert carrel.json("delete", "passing.txt") == {"deleted": 1}
    assert carrel.json("search", "passes", "--mode", "bm25")["hits"] == []
    assert carrel.json("status")["sources"]["indexed"] == 2
