"""carrel eval compare: exit codes, JSON, and the table for people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carrel.records.database import Records
from carrel.records.run import RunQuestion, RunRecord
from carrel.records.runs import Runs
from tests.cli.commands import Command


@pytest.fixture
def carrel(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


def save(path: Path, system: str, shift: float, seconds: float = 1.0) -> str:
    questions = [
        {"id": f"q{n}", "values": {"F1": (n % 10) / 20 + 0.2 + shift, "EM": None, "seconds": seconds + n / 1000}}
        for n in range(100)
    ]
    shape = {"dataset": "squad", "stage": "pipeline", "system": system, "settings": {}, "questions": questions}
    path.write_text(json.dumps(shape), encoding="utf-8")
    return str(path)


def test_a_gate_fails_on_a_proven_regression_only(carrel: Command, tmp_path: Path) -> None:
    base = save(tmp_path / "a.json", "before", 0.0)
    worse = save(tmp_path / "b.json", "after", -0.1)
    passed = carrel.run("eval", "compare", worse, base, "--gate", "F1", home=False)
    assert (passed.code, passed.err) == (0, "")
    assert "gate passed" in passed.out
    failed = carrel.run("eval", "compare", base, worse, "--gate", "F1", "--json", home=False)
    assert failed.code == 3
    shape = json.loads(failed.out)
    assert shape["gate"] == {
        "metrics": ["F1"],
        "passed": False,
        "regressions": [{"metric": "F1", "system": "after"}],
    }
    compared = shape["metrics"]["F1"]["systems"]["after"]
    assert compared["difference"]["value"] == pytest.approx(-0.1)
    assert compared["verdict"] == "worse"
    assert "EM" not in shape["metrics"], "nobody measured it"


def test_the_table_says_what_was_compared(carrel: Command, tmp_path: Path) -> None:
    base, better = save(tmp_path / "a.json", "before", 0.0), save(tmp_path / "b.json", "after", 0.05)
    text = carrel.text("eval", "compare", base, better, "--metric", "F1", home=False)
    assert "squad; baseline before" in text
    assert "+5.0 [" in text
    assert "better" in text
    assert "seconds" not in text


def test_less_may_be_better(carrel: Command, tmp_path: Path) -> None:
    base, slow = save(tmp_path / "a.json", "before", 0.0), save(tmp_path / "b.json", "slow", 0.0, seconds=2.0)
    arguments = ("eval", "compare", base, slow, "--gate", "seconds")
    assert carrel.run(*arguments, home=False).code == 0
    assert carrel.run(*arguments, "--smaller-is-better", "seconds", home=False).code == 3


def test_a_user_s_error_is_one_line(carrel: Command, tmp_path: Path) -> None:
    base = save(tmp_path / "a.json", "before", 0.0)
    for arguments, message in (
        ((base,), "needs two runs"),
        ((base, base, "--gate", "nDCG@10"), "no measure 'nDCG@10'"),
        ((base, str(tmp_path / "nothing.json")), "cannot be read"),
    ):
        outcome = carrel.run("eval", "compare", *arguments, home=False)
        assert (outcome.code, outcome.out) == (2, "")
        assert message in outcome.err
        assert outcome.err.count("\n") == 1


def test_kept_runs_are_compared_by_their_numbers(carrel: Command, tmp_path: Path) -> None:
    records = Records.at(carrel.home)
    try:
        for system, value in (("before", 1.0), ("after", 0.0)):
            questions = tuple(RunQuestion(f"q{n}", "Who?", {"EM": value}, {}) for n in range(20))
            Runs(records).add(RunRecord("squad", "reader", system, {}, {}, {}, {}, None, {}, {}, 1.0, questions))
    finally:
        records.close()
    outcome = carrel.run("eval", "compare", "1", "2", "--gate", "EM", "--json")
    assert outcome.code == 3
    assert json.loads(outcome.out)["baseline"] == "before"
    missing = carrel.run("eval", "compare", "1", "99")
    assert (missing.code, missing.out) == (2, "")
    assert "99" in missing.err
