"""A model takes another's place only where a paired test shows that it is better."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from carrel.platform.receipt import Receipt, written_receipt


def receipt(scores: dict[str, tuple[list[float], list[float]]], learned: tuple[str, ...] = ()) -> Receipt:
    return written_receipt(
        scores,
        what="encoder",
        collection="notes",
        measure="reciprocal rank",
        baseline="a@1",
        adapted="b@2",
        learned_from="100 sentences",
        held_out_documents=7,
        learned=learned,
    )


def pairs(gain: float, count: int = 200, seed: int = 0) -> tuple[list[float], list[float]]:
    order = random.Random(seed)
    before = [order.random() for _ in range(count)]
    return before, [value + gain + order.gauss(0, 0.1) for value in before]


def test_a_proven_gain_is_better() -> None:
    made = receipt({"sentence": pairs(0.1), "heading": pairs(0.0, seed=1)})
    assert made.better
    line = made.lines["sentence"]
    assert line.low is not None
    assert line.low > 0
    assert line.adapted == pytest.approx((line.baseline or 0) + 0.1, abs=0.03)


@pytest.mark.parametrize("gains", [(0.0, 0.0), (-0.1, 0.0), (0.1, -0.1)])
def test_no_gain_and_a_loss_on_any_kind_are_not(gains: tuple[float, float]) -> None:
    made = receipt({"sentence": pairs(gains[0]), "heading": pairs(gains[1], seed=1)})
    assert not made.better
    assert "keeps its own" in made.sentence


def test_a_gain_on_a_kind_that_was_learned_does_not_make_it_better_but_a_loss_there_counts() -> None:
    assert not receipt({"sentence": pairs(0.1), "heading": pairs(0.0, seed=1)}, learned=("sentence",)).better
    assert receipt({"sentence": pairs(0.0), "heading": pairs(0.1, seed=1)}, learned=("sentence",)).better
    assert not receipt({"sentence": pairs(-0.1), "heading": pairs(0.1, seed=1)}, learned=("sentence",)).better


def test_of_the_kinds_that_were_not_learned_all_that_differ_have_to_be_better() -> None:
    gain, none, same = pairs(0.1), pairs(0.0, seed=1), ([1.0] * 50, [1.0] * 50)
    learned = ("sentence",)
    assert not receipt({"sentence": gain, "question": gain, "heading": none}, learned).better
    assert receipt({"sentence": none, "question": gain, "heading": gain}, learned).better
    assert receipt({"sentence": gain, "question": gain, "heading": same}, learned).better
    assert not receipt({"sentence": gain, "heading": same}, learned).better
    assert receipt({"question": gain, "heading": none}).better


def test_too_few_questions_prove_nothing() -> None:
    assert not receipt({"sentence": ([0.1], [0.9])}).better
    assert not receipt({"sentence": ([], [])}).better


def test_it_stands_beside_the_model(tmp_path: Path) -> None:
    made = receipt({"sentence": pairs(0.1)})
    made.save(tmp_path / "model")
    assert Receipt.model_validate(json.loads((tmp_path / "model" / "receipt.json").read_text())) == made
