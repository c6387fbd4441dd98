import json
import math
from dataclasses import replace

import pytest

from carrel.datasets import SquadArticle, SquadSet
from carrel.errors import UserError
from carrel.eval import PipelineArguments, evaluate_pipeline
from carrel.types import AskResult, Span
from tests.eval.conftest import question
from tests.eval.faulty import Faulty


@pytest.fixture(scope="module")
def result(desk, squad):
    return evaluate_pipeline(desk, squad, PipelineArguments(retriever_top_k=4))


def test_answers_retrieval_and_offsets_are_measured(result) -> None:
    assert list(result.metrics) == [
        "EM",
        "F1",
        "EM if answered",
        "F1 if answered",
        "F1 on gold passages",
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
    assert math.fsum(result.further["blame"].values()) == 1 - result.metrics["F1"].value


def test_the_result_is_the_json_of_the_command_line(result) -> None:
    shape = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert {"dataset", "stage", "system", "queries", "metrics", "seconds", "blame", "blame_of"} <= set(shape)


def test_wrong_offsets_are_counted(desk, squad) -> None:
    def shift(result: AskResult) -> AskResult:
        answers = [replace(a, span=Span(a.span.start + 1, a.span.end + 1)) for a in result.answers]
        return replace(result, answers=tuple(answers))

    measured = evaluate_pipeline(Faulty(desk, shift), squad, PipelineArguments(limit=2))
    assert measured.further["offset_violations"] == measured.further["answers"] > 0


def test_a_question_is_searched_for_once(desk, squad) -> None:
    searches = []
    faulty = Faulty(desk)
    faulty.search = lambda *arguments, **options: searches.append(arguments) or desk.search(*arguments, **options)
    evaluate_pipeline(faulty, squad)
    assert searches == [], "what ask found is measured, and every gold passage was among it"


def test_an_abstention_without_an_answer_is_blamed_too(desk, squad) -> None:
    measured = evaluate_pipeline(Faulty(desk, lambda r: replace(r, abstained=True, answers=())), squad)
    assert {q.id: q.details["blame_class"] for q in measured.per_query}["p1"] == "reader distracted"


def test_a_collection_of_something_else_is_refused(desk) -> None:
    text = "Nobody indexed this paragraph about bridges."
    other = SquadArticle("Other", (text,), (question("o", "What about bridges?", "Other", text, "bridges"),))
    with pytest.raises(UserError, match="No text that other asks about was found"):
        evaluate_pipeline(desk, SquadSet("other", (other,)))


def test_a_set_without_answers_is_refused(desk) -> None:
    from carrel.datasets import RetrievalSet

    with pytest.raises(UserError, match="evaluate its retrieval"):
        evaluate_pipeline(desk, RetrievalSet("scifact", (), (), {}))
