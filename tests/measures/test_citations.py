import pytest

from carrel.measures import CitationScores, Evidence, Statement, citation_scores, supported_citations


def test_citations_that_touch_gold_evidence() -> None:
    gold = [Evidence("a", 0, 10), Evidence("a", 50, 60), Evidence("b", 0, 10)]
    cited = [Evidence("a", 5, 20), Evidence("a", 10, 50), Evidence("b", 9, 10), Evidence("c", 0, 10)]
    assert citation_scores(cited, gold) == CitationScores(precision=2 / 4, recall=2 / 3)


def test_the_same_citation_twice_counts_once() -> None:
    here = Evidence("a", 0, 10)
    assert citation_scores([here, here, Evidence("x", 0, 1)], [here, here]) == CitationScores(0.5, 1.0)


def test_nothing_cited_and_nothing_to_cite() -> None:
    here = Evidence("a", 0, 10)
    assert citation_scores([], [here]) == CitationScores(None, 0.0)
    assert citation_scores([here], []).to_json() == {"precision": 0.0, "recall": None}
    assert not here.overlaps(Evidence("a", 5, 5))


def supports(statement: str, passages) -> bool:
    """A statement is supported when the passages together hold every one of its words."""
    return set(statement.split()) <= set(" ".join(passages).split())


@pytest.mark.parametrize(
    ("citations", "precision", "recall"),
    [
        (("x y",), 1.0, 1.0),
        (("x", "y"), 1.0, 1.0),  # each supports only with the other
        (("x y", "z"), 0.5, 1.0),  # the second adds nothing
        (("x y", "x y"), 1.0, 1.0),  # each supports alone
        (("x", "z"), 0.0, 0.0),  # not supported: no citation counts
        ((), None, 0.0),
    ],
)
def test_citations_judged_by_what_they_support(citations, precision, recall) -> None:
    scores = supported_citations([Statement("x y", citations)], supports)
    assert scores == CitationScores(precision, recall)


def test_shares_are_over_all_statements() -> None:
    answer = [Statement("x", ("x", "q")), Statement("y", ("y",)), Statement("z", ())]
    assert supported_citations(answer, supports) == CitationScores(2 / 3, 2 / 3)
    assert supported_citations([], supports) == CitationScores(None, None)
