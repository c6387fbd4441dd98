"""carrel search: operators, facets, reasons and pages as a user sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import Command


@pytest.fixture(scope="module")
def carrel(tmp_path_factory: pytest.TempPathFactory) -> Command:
    rows = tmp_path_factory.mktemp("rows") / "rows.csv"
    lines = [f"{n},Running note {n},{'apples' if n % 2 else 'pears'} are running out,{2000 + n}" for n in range(8)]
    rows.write_text("\n".join(["id,title,text,year", *lines]), encoding="utf-8")
    command = Command(tmp_path_factory.mktemp("home"))
    command.json("index", str(rows), "--no-embed")
    return command


def test_operators(carrel: Command) -> None:
    found = carrel.json("search", "run -apples", "--mode", "bm25")
    assert {hit["source"] for hit in found["hits"]} == {"0", "2", "4", "6"}
    plain = carrel.json("search", "run -apples", "--mode", "bm25", "--plain")
    assert len(plain["hits"]) == 8


def test_every_hit_in_json_says_why(carrel: Command) -> None:
    hit = carrel.json("search", "run apple", "--mode", "bm25")["hits"][0]
    assert hit["why"]["ranks"] == {"bm25": 1}
    terms = {term["query"]: term for term in hit["why"]["terms"]}
    assert terms["run"]["fields"] == ["title", "text"]
    [place] = terms["apple"]["spans"]
    assert hit["text"][place["start"] - hit["start"] : place["end"] - hit["start"]] == "apples"
    shown = carrel.text("search", "run apple", "--mode", "bm25", "--explain")
    assert "why: rank 1 by bm25; run as running in title and text" in " ".join(shown.split())


def test_facets(carrel: Command) -> None:
    found = carrel.json(
        "search", "apples", "--mode", "bm25", "--facet", "year", "--facet", "source", "--facet-values", "1"
    )
    year = found["facets"]["year"]
    assert set(found["facets"]) == {"year", "source"}
    assert (year["distinct"], year["other"], year["missing"], len(year["values"])) == (4, 3, 0, 1)
    assert year["values"][0]["count"] == year["values"][0]["sources"] == 1
    shown = carrel.text("search", "apples", "--mode", "bm25", "--facet", "year")
    assert "without the field 0" in shown


def test_pages(carrel: Command) -> None:
    first = carrel.json("search", "run", "--mode", "bm25", "--top-k", "5")
    second = carrel.json("search", "run", "--mode", "bm25", "--top-k", "5", "--after", first["next"])
    assert [hit["rank"] for hit in second["hits"]] == [6, 7, 8]
    assert second["next"] is None
    assert not {hit["id"] for hit in first["hits"]} & {hit["id"] for hit in second["hits"]}
    outcome = carrel.run("search", "run", "--mode", "bm25", "--after", "nonsense")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)


def test_hits_of_one_source_are_collapsed(carrel: Command, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("Zebras graze. " * 300, encoding="utf-8")
    carrel.json("index", str(tmp_path / "long.txt"), "--no-embed")
    assert len(carrel.json("search", "zebras", "--mode", "bm25")["hits"]) > 1
    assert len(carrel.json("search", "zebras", "--mode", "bm25", "--collapse")["hits"]) == 1
