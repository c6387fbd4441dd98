import json

import pytest

from carrel.datasets import (
    GoldSpan,
    RetrievalDocument,
    RetrievalQuery,
    RetrievalSet,
    SquadArticle,
    SquadQuestion,
    SquadSet,
)
from carrel.errors import UserError
from carrel.eval import RetrievalArguments, evaluate_retrieval, indexed_platform

DOCUMENTS = (
    RetrievalDocument("bees", "Bees", "Bees make honey. " * 80 + "They dance.", {"kind": "insect"}),
    RetrievalDocument("ants", "Ants", "Ants build hills and never make honey.", {"kind": "insect"}),
    RetrievalDocument("bears", "Bears", "Bears eat honey.", {"kind": "mammal"}),
)
INSECTS = {"field": "meta.kind", "operator": "==", "value": "insect"}


def documents(*queries: RetrievalQuery, qrels: dict) -> RetrievalSet:
    return RetrievalSet("animals", DOCUMENTS, queries, qrels)


def test_documents_count_once_by_their_best_passage() -> None:
    dataset = documents(RetrievalQuery("q", "honey"), qrels={"q": {"bears": 1, "ants": 1}})
    with indexed_platform(dataset, embed=False) as desk:
        assert desk.store.count_documents() > 3, "the long document has several passages"
        result = evaluate_retrieval(desk, dataset, RetrievalArguments(mode="bm25"))
    assert sorted(document for document, _ in result.per_query[0].details["ranking"]) == ["ants", "bears", "bees"]
    assert result.metrics["recall@3"].value == 1.0


def test_filters_of_a_query_narrow_its_search() -> None:
    dataset = documents(RetrievalQuery("q", "honey", INSECTS), qrels={"q": {"bears": 1}})
    with indexed_platform(dataset, embed=False) as desk:
        result = evaluate_retrieval(desk, dataset, RetrievalArguments(mode="bm25"))
    assert sorted(document for document, _ in result.per_query[0].details["ranking"]) == ["ants", "bees"]
    assert result.metrics["recall@100"].value == 0.0


def test_queries_that_nothing_answers_are_counted_and_left_out() -> None:
    queries = (RetrievalQuery("q1", "hills"), RetrievalQuery("q2", "honey"))
    dataset = documents(*queries, qrels={"q1": {"ants": 2}, "q2": {"ants": 0}})
    with indexed_platform(dataset, embed=False) as desk:
        result = evaluate_retrieval(desk, dataset, RetrievalArguments(mode="bm25", measures=("MRR",)))
    assert (result.queries, result.further["without_answer"]) == (1, 1)
    assert result.metrics["MRR"].value == 1.0


@pytest.mark.parametrize("mode", ["bm25", "dense", "hybrid"])
def test_squad_counts_passages_with_a_gold_span(desk, squad, mode) -> None:
    seen = []
    result = evaluate_retrieval(
        desk, squad, RetrievalArguments(mode=mode), on_progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert result.further["without_answer"] == 1
    assert result.metrics["recall@100"].value == 1.0
    assert result.metrics["recall@1"].value >= 0.5


def test_the_same_words_in_another_article_do_not_count(squad) -> None:
    copy = "A storm in 1878: all that this article shares with the other is a violent storm."
    other = SquadArticle("Storms", (copy,), ())
    with indexed_platform(SquadSet("small", (*squad.articles[1:], other)), embed=False) as desk:
        dataset = SquadSet("small", squad.articles)
        result = evaluate_retrieval(desk, dataset, RetrievalArguments(mode="bm25"))
    by_id = {query.id: query.values["recall@100"] for query in result.per_query}
    assert (by_id["b1"], by_id["b2"]) == (0.0, 0.0)
    assert by_id["p1"] == 1.0


def test_a_collection_of_something_else_is_refused(desk) -> None:
    text = "Nobody indexed this paragraph about bridges."
    question = SquadQuestion("o", "What about bridges?", "Other", text, (GoldSpan("bridges", text.index("bridges")),))
    other = SquadSet("other", (SquadArticle("Other", (text,), (question,)),))
    with pytest.raises(UserError, match="No text that other asks about was found in this collection"):
        evaluate_retrieval(desk, other, RetrievalArguments(mode="bm25"))


def test_the_result_is_the_json_of_the_command_line(desk, squad) -> None:
    result = evaluate_retrieval(desk, squad, RetrievalArguments(mode="bm25", limit=3))
    shape = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert shape["dataset"] == "small"
    assert (shape["stage"], shape["system"], shape["queries"]) == ("retrieval", "bm25", 3)
    assert set(shape["metrics"]["nDCG@10"]) >= {"value", "low", "high"}
    assert set(shape["latency"]) == {"p50", "p95"}
    assert shape["seconds"] > 0


def test_unknown_measures_are_refused_before_any_search(desk, squad) -> None:
    with pytest.raises(UserError, match="There is no ranking measure 'BLEU'"):
        evaluate_retrieval(desk, squad, RetrievalArguments(measures=("BLEU",)))
