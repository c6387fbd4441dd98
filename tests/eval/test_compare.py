"""Saved runs side by side: pairing by question, verdicts, and what is refused."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from carrel.errors import DataFormatError, UserError
from carrel.eval.compare import SavedRun, compare_runs, read_runs
from carrel.measures import Verdict


def run(system: str, values: dict[str, float | None], *, dataset: str = "squad", measure: str = "F1") -> SavedRun:
    return SavedRun(f"{system}.json", dataset, "pipeline", system, {q: {measure: v} for q, v in values.items()})


def scattered(shift: float, seed: int = 0, count: int = 200) -> dict[str, float | None]:
    draw = random.Random(seed)
    return {f"q{n}": min(1.0, max(0.0, draw.random() * 0.6 + 0.2 + shift)) for n in range(count)}


def test_questions_are_paired_by_id_whatever_their_order() -> None:
    base = scattered(0)
    worse = dict(reversed([(question, value - 0.05) for question, value in base.items()]))
    compared = compare_runs([run("a", base), run("b", worse)]).measures["F1"]
    assert compared.comparisons["b"].difference.value == pytest.approx(-0.05)
    assert compared.comparisons["b"].verdict is Verdict.WORSE
    assert compared.baseline.value - compared.systems["b"].value == pytest.approx(0.05)


def test_unpaired_and_unmeasured_questions_are_left_out_and_listed() -> None:
    compared = compare_runs(
        [run("a", {"1": 0.5, "2": None, "3": 0.5, "x": 1.0}), run("b", {"1": 0.5, "2": 1.0, "3": 0.25, "y": 0.0})]
    )
    assert compared.measures["F1"].comparisons["b"].difference.count == 2
    assert compared.measures["F1"].comparisons["b"].difference.value == pytest.approx(-0.125)
    assert compared.unpaired["b"].only_baseline == ("x",)
    assert compared.unpaired["b"].only_system == ("y",)
    assert compared.to_json()["unpaired"] == {"b": {"only_baseline": ["x"], "only_system": ["y"]}}


def test_a_regression_needs_proof() -> None:
    base = scattered(0)
    noisy = {question: value + random.Random(question).gauss(-0.015, 0.2) for question, value in base.items()}
    compared = compare_runs([run("a", base), run("noisy", noisy), run("worse", scattered(-0.1))])
    assert compared.measures["F1"].systems["noisy"].value < compared.measures["F1"].baseline.value
    assert compared.regressions(["F1"]) == [("F1", "worse")]
    assert compare_runs([run("a", base), run("b", base)]).regressions(["F1"]) == []
    smaller = compare_runs([run("a", base), run("worse", scattered(-0.1))], smaller_is_better={"F1"})
    assert smaller.regressions(["F1"]) == []
    with pytest.raises(UserError, match="no measure 'EM' to compare; there are F1"):
        compared.regressions(["EM"])


def test_systems_of_one_name_are_told_apart_by_their_files() -> None:
    values = {"1": 1.0, "2": 0.0}
    compared = compare_runs([run("a", values), run("a", values)])
    assert compared.baseline == "a (a.json) #1"
    assert list(compared.unpaired) == ["a (a.json) #2"]


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ([run("a", {"1": 1.0})], "needs two runs or more"),
        ([run("a", {"1": 1.0}), run("b", {"1": 1.0}, dataset="scifact")], "b.json was measured on scifact"),
        ([run("a", {"1": 1.0}), run("b", {"2": 1.0})], "no question in common"),
        (
            [run("a", {"1": 1.0}), run("b", {"1": 1.0}, measure="EM")],
            "no measure in common; every one of them has: none",
        ),
    ],
)
def test_what_cannot_be_compared(runs, message) -> None:
    with pytest.raises(UserError, match=message):
        compare_runs(runs)


def test_a_measure_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(UserError, match="no measure 'EM'; every one of them has: F1"):
        compare_runs([run("a", {"1": 1.0}), run("b", {"1": 1.0})], measures=["EM"])


def saved(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "run.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


SHAPE = {
    "dataset": "squad",
    "stage": "reader",
    "system": "x",
    "settings": {"top_k": 5},
    "questions": [{"id": "1", "values": {"F1": 0.5, "EM": None}}],
}


def test_reads_one_run_or_several(tmp_path: Path) -> None:
    (one,) = read_runs(saved(tmp_path, SHAPE))
    assert (one.name, one.values, one.measures, one.settings) == (
        "run.json",
        {"1": {"F1": 0.5, "EM": None}},
        ["F1"],
        {"top_k": 5},
    )
    several = read_runs(saved(tmp_path, {**SHAPE, "systems": [SHAPE, {**SHAPE, "system": "y"}]}))
    assert [run.system for run in several] == ["x", "y"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ([], "is no saved run: expected a JSON object"),
        ({"dataset": "squad"}, "is no saved run: it needs dataset, stage, system and questions"),
        ({**SHAPE, "questions": [{"id": "1", "values": {"F1": "high"}}]}, "is no saved run"),
        ({**SHAPE, "questions": SHAPE["questions"] * 2}, "the question '1' comes twice"),
    ],
)
def test_what_is_no_run(tmp_path: Path, content: object, message: str) -> None:
    with pytest.raises(DataFormatError, match=message):
        read_runs(saved(tmp_path, content))
    with pytest.raises(DataFormatError, match="cannot be read"):
        read_runs(tmp_path / "missing.json")
