from hypothesis import given
from hypothesis import strategies as st

from carrel._haystack import Document
from carrel.readers.passages import Passage
from carrel.readers.ranking import Candidate, rank_candidates
from carrel.types import Provenance, Span

TEXT = "Gustave Eiffel built the tower; Eiffel, Gustave and the Eiffel company did."


def candidate(start, end, score, *, rank=0, offset=0, source="a.txt"):
    provenance = Provenance(source, "v1", offset, offset + len(TEXT), "A")
    passage = Passage(rank, Document(id=f"{source}-{rank}", content=TEXT), TEXT, provenance)
    return Candidate(passage, Span(start, end), score, 0.5, score)


def test_the_best_comes_first():
    ranked = rank_candidates([candidate(0, 7, 1.0), candidate(15, 20, 3.0)], null_threshold=0)
    assert [answer.text for answer in ranked] == ["built", "Gustave"]


def test_the_same_words_elsewhere_are_support():
    ranked = rank_candidates([candidate(21, 30, 2.0), candidate(25, 30, 5.0, source="b.txt")], null_threshold=0)
    assert [(answer.text, answer.support) for answer in ranked] == [("tower", 2)]


def test_a_worse_than_no_answer_is_no_support():
    ranked = rank_candidates([candidate(25, 30, 2.0), candidate(25, 30, -1.0, source="b.txt")], null_threshold=0)
    assert [answer.support for answer in ranked] == [1]


def test_passages_that_share_text_give_one_answer_and_no_support():
    # The second passage begins eight characters later in the same version: both spans are its characters 8 to 14.
    both = [candidate(8, 14, 2.0), candidate(0, 6, 1.0, rank=1, offset=8)]
    ranked = rank_candidates(both, null_threshold=0)
    assert [(answer.span, answer.support) for answer in ranked] == [(Span(8, 14), 1)]


def test_ties_go_to_the_earlier_passage_then_to_the_earlier_words():
    same = [candidate(15, 20, 1.0, rank=1, source="b.txt"), candidate(25, 30, 1.0), candidate(0, 7, 1.0)]
    assert [answer.text for answer in rank_candidates(same, null_threshold=0)] == ["Gustave", "tower", "built"]


candidates = st.builds(
    lambda start, length, score, rank: candidate(start, start + length, float(score), rank=rank, source=f"{rank}.txt"),
    st.integers(0, 60),
    st.integers(1, 12),
    st.integers(-3, 3),
    st.integers(0, 3),
)


@given(st.lists(candidates, max_size=12), st.randoms())
def test_the_ranking_does_not_depend_on_the_order_of_arrival(found, random):
    ranked = rank_candidates(found, null_threshold=0)
    assert [c.score for c in ranked] == sorted((c.score for c in ranked), reverse=True)
    random.shuffle(found)
    assert rank_candidates(found, null_threshold=0) == ranked
