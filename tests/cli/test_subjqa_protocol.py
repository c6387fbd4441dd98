"""The published protocol on SubjQA electronics, from the command line."""

from pathlib import Path

import pytest

from tests.cli.commands import Command


@pytest.mark.slow
def test_bm25_is_within_a_hundredth_of_bm25s(carrel_data, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("CARREL_INDEX__LANGUAGE", "none")
    monkeypatch.setenv("CARREL_INDEX__MAX_TOKENS", "4096")
    carrel = Command(tmp_path / "home")
    domain = str(carrel_data / "subjqa" / "electronics")
    shape = carrel.json("eval", "retrieval", domain, "--split", "test", "--mode", "bm25")
    counted = shape["published_count"]
    assert (counted["groups"], counted["unanswered"], shape["queries"]) == (330, 105, 225)
    values = [e["value"] for e in counted["every review ranked"]["unanswered counted as found"].values()]
    assert values == pytest.approx([0.788, 0.930, 0.979, 1.000], abs=0.01)
