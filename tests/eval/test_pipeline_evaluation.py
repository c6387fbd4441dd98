import json
import math
from dataclasses import replace

import pytest

from carrel.errors import UserError
from carrel.eval import PipelineArguments, evaluate_pipeline
from carrel.types import AskResult, Span


@pytest.fixture(scope="module")
def result(desk, squad):
    return evaluate_pipeline(desk, squad, PipelineArguments(retriever_top_k=4))


def test_answers_retrieval_and_offsets_are_measured(result) -> None:
    assert list(result.metrics) == [
        "EM",
        "F1",
        "EM if answered",
        "F1 if answered",
        "recall@1",
        "recall@3",
        "recall@4",
        "abstained",
    ]
    assert result.metrics["recall@4"].value == 1.0
    assert result.metrics["recall@4"].count == 4, "nothing can be retrieved for a question without an answer"
    assert {query.id: query.details["answer"] for query in result.per_query}["p1"] == "Antarctica"
    assert result.further["answers"] > 5
    assert result.further["offset_violations"] == 0


def test_blame_sums_to_the_loss(result) -> None:
    assert result.further["blame_of"] == "F1"
    assert math.fsum(result.further["blame"].values()) == pytest.approx(1 - result.metrics["F1"].value, abs=1e-12)


def test_the_result_is_the_json_of_the_command_line(result) -> None:
    shape = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert {"dataset", "stage", "system", "queries", "metrics", "seconds", "blame", "blame_of"} <= set(shape)


class Changed:
    """The desk with its answers changed, to see that the evaluation notices."""

    def __init__(self, desk, change) -> None:
        self._desk, self._change = desk, change
        self.store, self.reader, self.search = desk.store, desk.reader, desk.search

    def ask(self, question, **options) -> AskResult:
        return self._change(self._desk.ask(question, **options))


def test_wrong_offsets_are_counted(desk, squad) -> None:
    def shift(result: AskResult) -> AskResult:
        answers = [replace(a, span=Span(a.span.start + 1, a.span.end + 1)) for a in result.answers]
        return replace(result, answers=tuple(answers))

    measured = evaluate_pipeline(Changed(desk, shift), squad, PipelineArguments(limit=2))
    assert measured.further["offset_violations"] == measured.further["answers"] > 0


def test_an_answer_that_was_held_back_is_blamed_on_abstaining(desk, squad) -> None:
    measured = evaluate_pipeline(Changed(desk, lambda r: replace(r, abstained=True)), squad)
    assert measured.metrics["abstained"].value == 1.0
    by_id = {query.id: query.details["blame"] for query in measured.per_query}
    assert by_id["p1"] == {"abstained wrongly": 1.0}
    assert by_id["b3"] == {}, "it has no answer"
    assert math.fsum(measured.further["blame"].values()) == pytest.approx(1 - measured.metrics["F1"].value)
    assert measured.metrics["F1 if answered"].value > 0


def test_no_answer_at_all_is_read_again_for_the_blame(desk, squad) -> None:
    measured = evaluate_pipeline(Changed(desk, lambda r: replace(r, abstained=True, answers=())), squad)
    assert {query.id: query.details["blame"] for query in measured.per_query}["p1"] == {"abstained wrongly": 1.0}


def test_what_was_not_retrieved_is_blamed_on_retrieval(desk, squad) -> None:
    class Nothing(Changed):
        def __init__(self, desk) -> None:
            super().__init__(desk, lambda r: replace(r, abstained=True, answers=()))
            self.search = lambda query, **options: _Hits(
                [hit for hit in desk.search(query, **options).hits if "Antarctica" not in hit.text]
            )

    measured = evaluate_pipeline(Nothing(desk), squad)
    asked = next(query for query in measured.per_query if query.id == "p1")
    assert asked.values["recall@10"] == 0.0
    assert asked.details["blame"] == {"not retrieved": 1.0}


class _Hits:
    seconds = 0.0

    def __init__(self, hits) -> None:
        self.hits = hits


def test_a_set_without_answers_is_refused(desk) -> None:
    from carrel.datasets import RetrievalSet

    with pytest.raises(UserError, match="evaluate its retrieval"):
        evaluate_pipeline(desk, RetrievalSet("scifact", (), (), {}))
