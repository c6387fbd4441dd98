"""Entities against seqeval, and by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.measures import Entity, entities_of, entity_scores

seqeval = pytest.importorskip("seqeval.metrics.sequence_labeling", reason="seqeval is not installed")

prefixes = st.sampled_from(["B-", "I-", "E-", "S-"])
tags = st.one_of(st.just("O"), st.builds(str.__add__, prefixes, st.sampled_from(["PER", "LOC"])))
sentences = st.lists(st.lists(st.tuples(tags, tags), max_size=10), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("B-PER I-PER O B-LOC", [Entity(0, 2, "PER"), Entity(3, 4, "LOC")]),
        ("I-PER I-PER B-PER", [Entity(0, 2, "PER"), Entity(2, 3, "PER")]),
        ("B-PER I-LOC", [Entity(0, 1, "PER"), Entity(1, 2, "LOC")]),
        ("S-PER B-LOC I-LOC E-LOC", [Entity(0, 1, "PER"), Entity(1, 4, "LOC")]),
        ("U-PER B-LOC L-LOC", [Entity(0, 1, "PER"), Entity(1, 3, "LOC")]),
        ("E-PER I-PER", [Entity(0, 1, "PER"), Entity(1, 2, "PER")]),
        ("B-two-words", [Entity(0, 1, "two-words")]),
        ("O O", []),
        ("", []),
    ],
)
def test_reads_every_way_of_tagging(written, expected) -> None:
    assert entities_of(written.split()) == expected


@given(st.lists(tags, max_size=12))
def test_reads_as_seqeval(written) -> None:
    assert [(e.kind, e.start, e.end - 1) for e in entities_of(written)] == seqeval.get_entities(written)


@given(sentences)
def test_scores_as_seqeval(pairs) -> None:
    found = [[left for left, _ in sentence] for sentence in pairs]
    gold = [[right for _, right in sentence] for sentence in pairs]
    ours = entity_scores(map(entities_of, found), map(entities_of, gold))
    for value, theirs in (
        (ours.overall.precision, seqeval.precision_score),
        (ours.overall.recall, seqeval.recall_score),
        (ours.overall.f1, seqeval.f1_score),
    ):
        assert (value or 0) == pytest.approx(theirs(gold, found, average="micro", zero_division=0), abs=1e-9)
    kinds = seqeval.f1_score(gold, found, average=None, zero_division=0)
    if ours.per_kind:
        assert [counts.f1 for counts in ours.per_kind.values()] == pytest.approx(list(kinds), abs=1e-9)


def test_what_is_named_twice_counts_once() -> None:
    twice = [Entity(0, 1, "PER"), Entity(0, 1, "PER")]
    assert entity_scores([twice], [twice]).to_json() == {
        "precision": 1.0,
        "recall": 1.0,
        "f1": 1.0,
        "support": 1,
        "per kind": {"PER": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}},
    }


def test_the_same_place_in_another_text_is_another_entity() -> None:
    here = [Entity(0, 1, "PER")]
    assert entity_scores([here, []], [[], here]).overall.f1 == 0


@pytest.mark.parametrize("tag", ["PER", "X-PER", "B-", ""])
def test_what_is_no_tag_is_refused(tag) -> None:
    with pytest.raises(ValueError, match="is no entity tag"):
        entities_of([tag])
