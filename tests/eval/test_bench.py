import json
from pathlib import Path

import pytest

from carrel.datasets import RetrievalDocument, RetrievalQuery, RetrievalSet
from carrel.errors import UserError
from carrel.eval.bench.benches import bench_bm25, bench_encoder, bench_reader, bench_size, bench_startup
from carrel.eval.bench.peers import LEXICAL
from carrel.eval.bench.texts import passages
from carrel.eval.bench.timing import Timings, ratios, time_in_rounds
from carrel.platform import Platform
from carrel.settings import Settings


def silent(done: int, total: int) -> None:
    """Show nothing."""


def test_systems_are_timed_in_turn_and_begin_warm() -> None:
    calls = []
    systems = {name: lambda text, name=name: calls.append((name, text)) for name in ("a", "b")}
    timed = time_in_rounds(systems, ["1", "2"], rounds=2)
    assert calls == [("a", "1"), ("b", "1"), *[(name, text) for name in "abab" for text in "12"]]
    assert [len(taken) for taken in timed["a"].rounds] == [2, 2]


def test_a_slow_system_sees_fewer_inputs_and_never_too_few() -> None:
    timed = time_in_rounds({"slow": lambda text: None}, ["x"] * 50, rounds=1, seconds=0.0)
    assert len(timed["slow"].rounds[0]) == 3


def test_ratios_are_of_rounds_that_shared_the_weather() -> None:
    ours, theirs = Timings(((1.0,), (2.0,), (1.0,))), Timings(((10.0,), (30.0,), (12.0,)))
    assert ratios(ours, theirs) == {"value": 12.0, "low": 10.0, "high": 15.0}
    assert ours.to_json()["p50"] == {"value": 1.0, "low": 1.0, "high": 2.0}


def test_passages_are_different_and_as_many_as_asked_for(squad) -> None:
    found = passages(squad, 12)
    assert len(found) == len(set(found)) == 12
    assert found[0] == squad.articles[0].paragraphs[0]


def test_the_same_search_through_peers(squad) -> None:
    outcome = bench_bm25(squad, Settings(), count=12, asked=3, rounds=2, seconds=1.0, on_progress=silent)
    names = [row["system"].split()[0] for row in outcome["systems"]]
    assert names[0] == "Carrel"
    assert len(names) + len(outcome["missing"]) == 1 + len(LEXICAL)
    assert "Haystack" in names
    assert outcome["systems"][0]["times"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert all(row["p50"]["value"] > 0 and row["build_seconds"] > 0 for row in outcome["systems"])
    assert {"cores", "load", "versions"} <= json.loads(json.dumps(outcome)).keys()


def test_models_are_timed(squad) -> None:
    encoder = bench_encoder(squad, Settings(), count=4, rounds=1, on_progress=silent)
    assert encoder["systems"][0]["per_second"]["value"] > 0
    reader = bench_reader(squad, Settings(), asked=2, rounds=1, on_progress=silent)
    assert (reader["questions"], reader["systems"][0]["calls"]) == (2, 2)


def test_quality_against_size_keeps_what_is_relevant(squad) -> None:
    documents = tuple(RetrievalDocument(str(n), "", f"Text number {n} about rivers.") for n in range(9))
    dataset = RetrievalSet("rivers", documents, (RetrievalQuery("q", "number 8"),), {"q": {"8": 1}})
    outcome = bench_size(dataset, Settings(), sizes=(2, 5), limit=None, on_progress=silent)
    assert [(p["documents"], p["mode"]) for p in outcome["points"][:4]] == [
        (2, "bm25"),
        (2, "dense"),
        (2, "hybrid"),
        (5, "bm25"),
    ]
    assert all(point["metrics"]["recall@10"]["value"] == 1 for point in outcome["points"])
    with pytest.raises(UserError, match="measured on a BEIR folder"):
        bench_size(squad, Settings(), sizes=(2,), limit=None, on_progress=silent)


@pytest.mark.slow
def test_new_processes_are_timed(tmp_path: Path, squad) -> None:
    (tmp_path / "bridge.txt").write_text(squad.articles[0].text, encoding="utf-8")
    with Platform(tmp_path / "home") as desk:
        desk.index(tmp_path / "bridge.txt")
    outcome = bench_startup(tmp_path / "home", "When did it open?", rounds=1, on_progress=silent)
    times = {row["system"]: row["p50"]["value"] for row in outcome["systems"]}
    assert 0 < times["python"] < times["carrel ask"]
