"""Every class of blame, shown by a fault that is planted."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from carrel.datasets import GoldSpan, SquadArticle, SquadSet, SubjqaQuestion, SubjqaSet
from carrel.datasets.subjqa import SubjqaReview
from carrel.eval import EvalResult, PipelineArguments, evaluate_pipeline, indexed_platform
from carrel.eval.blame import CLASSES
from carrel.retrievers import hybrid
from carrel.settings import IndexSettings, SearchSettings, Settings
from tests.eval.conftest import PENGUIN, question
from tests.eval.faulty import Faulty, FirstWord, Prefers, read_with

ASKED = "Where does the emperor penguin live?"
FILLER = tuple(f"Where does the emperor penguin live? That is what visitor {n} asked at the gate." for n in range(12))
CUT = "It collapsed in a violent storm that came up over the wide firth on 28 December 1879, with a train on it."


def blamed(result: EvalResult, identifier: str) -> str | None:
    """Return the class of a question, after checking that all parts sum to the loss."""
    assert math.fsum(result.further["blame"].values()) == 1 - result.metrics["F1"].value
    assert set(result.further["blame"]) == set(CLASSES)
    return next(query.details["blame_class"] for query in result.per_query if query.id == identifier)


def test_nothing_is_lost_where_nothing_is_broken(desk, squad) -> None:
    result = evaluate_pipeline(desk, squad)
    assert blamed(result, "p1") is None


def test_source_missing(squad) -> None:
    with indexed_platform(SquadSet("half", squad.articles[:1])) as desk:
        result = evaluate_pipeline(desk, squad)
    assert blamed(result, "p1") == "source missing"
    p1 = next(query for query in result.per_query if query.id == "p1")
    assert p1.details["blame"] == {"source missing": 1.0}, "with it, the answer is right"
    assert blamed(result, "b1") != "source missing"


def test_deleting_the_source_afterwards(squad) -> None:
    with indexed_platform(squad) as desk:
        desk.delete([record.uri for record in desk.store.sources() if "penguin" in record.uri])
        result = evaluate_pipeline(desk, squad)
    assert blamed(result, "p1") == "source missing"


@pytest.mark.parametrize(
    "convert",
    [lambda text: text.replace("Antarctica", "Ant-\narc-\ntica"), lambda text: "Nothing but boilerplate came out."],
    ids=["hyphens left in", "text lost, name kept"],
)
def test_converted_wrong(squad, convert) -> None:
    garbled = replace(squad.articles[1], paragraphs=tuple(convert(text) for text in PENGUIN), questions=())
    with indexed_platform(SquadSet("garbled", (squad.articles[0], garbled))) as desk:
        result = evaluate_pipeline(desk, squad)
    assert blamed(result, "p1") == "converted wrong"


def test_cut_by_splitting(squad) -> None:
    asked = question("cut", "When did the bridge collapse?", "Tay Bridge", CUT, "28 December 1879")
    dataset = SquadSet("cut", (SquadArticle("Tay Bridge", (CUT,), (asked,)),))
    with indexed_platform(dataset) as desk:
        assert blamed(evaluate_pipeline(desk, dataset), "cut") is None
    with indexed_platform(dataset, settings=Settings(index=IndexSettings(max_tokens=16))) as desk:
        result = evaluate_pipeline(desk, dataset)
    assert blamed(result, "cut") == "cut by splitting"


def test_filtered() -> None:
    reviews = (SubjqaReview("r1", "headphones", "The sound is very loud."), SubjqaReview("r2", "radio", "It is red."))
    asked = SubjqaQuestion("q", "How loud is the sound?", "headphones", "r1", (GoldSpan("very loud", 13),))
    group = SubjqaSet("reviews", (), reviews, (asked,), ())
    assert group.groups
    moved = replace(group, reviews=(replace(reviews[0], item_id="radio"), replace(reviews[1], item_id="headphones")))
    with indexed_platform(moved) as desk:
        result = evaluate_pipeline(desk, group)
    assert blamed(result, group.groups[0].id) == "filtered"


def crowded(squad: SquadSet) -> SquadSet:
    """Return the penguins among texts that hold every word of the question."""
    penguin = replace(squad.articles[1], questions=squad.articles[1].questions[:1])
    assert penguin.questions[0].question == ASKED
    return SquadSet("crowded", (penguin, *(SquadArticle(f"Visitor {n}", (text,), ()) for n, text in enumerate(FILLER))))


@pytest.mark.parametrize(
    ("search", "named"),
    [
        ({"mode": "bm25", "candidates": 5}, "not retrieved by BM25"),
        ({"mode": "dense", "candidates": 5}, "not retrieved by dense"),
        ({"mode": "hybrid", "candidates": 5}, "not retrieved by either"),
        ({"mode": "dense", "candidates": 100}, "ranked below the cut"),
        ({"mode": "hybrid", "candidates": 100}, "ranked below the cut"),
    ],
)
def test_lost_in_search(squad, search, named) -> None:
    dataset = crowded(squad)
    with indexed_platform(dataset, settings=Settings(search=SearchSettings(**search))) as desk:
        result = evaluate_pipeline(desk, dataset, PipelineArguments(retriever_top_k=3))
    assert blamed(result, "p1") == named
    assert result.per_query[0].details["blame"] == {named: 1.0}


def test_fewer_passages_are_read(squad) -> None:
    dataset = crowded(squad)
    with indexed_platform(dataset) as desk:
        enough = evaluate_pipeline(desk, dataset, PipelineArguments(retriever_top_k=20))
        result = evaluate_pipeline(desk, dataset, PipelineArguments(retriever_top_k=1))
    assert blamed(enough, "p1") is None
    assert blamed(result, "p1") == "ranked below the cut"


def test_fused_away(desk, squad, monkeypatch) -> None:
    fuse = hybrid.weighted_scores
    monkeypatch.setattr(hybrid, "weighted_scores", lambda *lists, **options: fuse(*lists, **options)[::-1])
    result = evaluate_pipeline(desk, squad, PipelineArguments(retriever_top_k=1))
    assert next(query for query in result.per_query if query.id == "p1").details["ranks"] == {"bm25": 1, "dense": 1}
    assert blamed(result, "p1") == "fused away"


def test_abstained_wrongly(desk, squad) -> None:
    result = evaluate_pipeline(Faulty(desk, lambda r: replace(r, abstained=True)), squad)
    assert blamed(result, "p1") == "abstained wrongly"
    assert blamed(result, "b3") is None, "it has no answer"
    assert result.metrics["abstained"].value == 1.0
    assert result.metrics["F1 if answered"].value > 0


def test_reader_distracted(desk, squad) -> None:
    reader = Prefers(desk.reader, "bridge")
    faulty = Faulty(desk, read_with(reader)(desk), reader=reader)
    assert blamed(evaluate_pipeline(faulty, squad), "p1") == "reader distracted"


def test_reader_missed(desk, squad) -> None:
    reader = FirstWord(desk.reader)
    faulty = Faulty(desk, read_with(reader)(desk), reader=reader)
    assert blamed(evaluate_pipeline(faulty, squad), "p1") == "reader missed"


def test_answered_wrongly(desk, squad) -> None:
    result = evaluate_pipeline(Faulty(desk, lambda r: replace(r, abstained=False)), squad)
    assert blamed(result, "b3") == "answered wrongly"


def test_gold_not_at_its_offsets(desk, squad) -> None:
    penguin = squad.articles[1]
    right = penguin.questions[0].answers[0]
    shifted = replace(penguin.questions[0], answers=(GoldSpan(right.text, right.start + 1),))
    silent = Faulty(desk, lambda r: replace(r, abstained=True))
    dataset = SquadSet("shifted", (squad.articles[0], replace(penguin, questions=(shifted,))))
    assert blamed(evaluate_pipeline(silent, dataset), "p1") == "gold not at its offsets"
