"""The protocol of abstention, on little articles: splits, shares, and what is said of the calibration in force."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from carrel.datasets import SquadSet
from carrel.errors import UserError
from carrel.eval import AbstentionArguments, evaluate_abstention, evaluate_reader, indexed_platform
from carrel.platform import Platform
from tests.platform.rivers import articles


@pytest.fixture(scope="module")
def rivers() -> SquadSet:
    return SquadSet("rivers", tuple(articles()))


@pytest.fixture(scope="module")
def river_desk(rivers: SquadSet) -> Iterator[Platform]:
    with indexed_platform(rivers) as platform:
        yield platform


def test_every_split_tests_what_it_did_not_calibrate_on(river_desk: Platform, rivers: SquadSet) -> None:
    result = evaluate_abstention(river_desk, rivers, AbstentionArguments(risk=0.5, splits=3))
    assert result.stage == "abstention"
    assert result.queries == 48
    assert len(result.further["splits"]) == 3
    for split in result.further["splits"]:
        assert 0 <= split["wrong"] <= 1
        assert split["answered"] <= 24
        assert split["coverage"] <= 1
    assert result.further["over"] == sum(split["wrong"] > 0.5 for split in result.further["splits"])


def test_two_articles_are_too_few(river_desk: Platform, rivers: SquadSet) -> None:
    with pytest.raises(UserError, match="need four"):
        evaluate_abstention(river_desk, SquadSet("two", rivers.articles[:2]))


def test_the_reader_report_says_what_its_scores_are_worth(river_desk: Platform, squad: SquadSet) -> None:
    further = evaluate_reader(river_desk.reader, squad).further
    assert 0 <= further["ECE"] <= 1
    assert 0 <= further["AUROC"] <= 1
    curve = further["risk_coverage"]
    assert curve[-1]["coverage"] == 1
    assert [point["coverage"] for point in curve] == sorted(point["coverage"] for point in curve)
