import csv
import io

import pytest

from carrel.datasets import GoldSpan, open_dataset
from carrel.datasets.subjqa import COLUMNS
from carrel.errors import DataFormatError


@pytest.fixture
def domain(put, tmp_path):
    def write(split: str, *rows: tuple[str, ...]) -> None:
        text = io.StringIO()
        csv.writer(text).writerows([COLUMNS, *rows])
        put(f"cameras-{split}.csv", text.getvalue())

    write(
        "test",
        ("item", "How loud?", "q1", "r1", "It is loud.", "loud", "(6, 10)"),
        ("item", "How big?", "q2", "r1", "It is loud.", "ANSWERNOTFOUND", "(0, 14)"),
    )
    write("train", ("item", "How loud?", "q9", "r1", "It is loud.", "loud", "(6, 10)"))
    put("cameras-notes.txt", "not a split")
    return tmp_path / "cameras"


def test_questions_of_one_split_among_the_reviews_of_all(domain) -> None:
    dataset = open_dataset(domain)
    assert dataset.name == "cameras test"
    assert [(review.id, review.split, review.text) for review in dataset.reviews] == [
        ("test/r1", "test", "It is loud."),
        ("train/r1", "train", "It is loud."),
    ]
    assert [(q.id, q.review_id, q.answers) for q in dataset.questions] == [
        ("q1", "test/r1", (GoldSpan("loud", 6),)),
        ("q2", "test/r1", ()),
    ]
    retrieval = dataset.retrieval_set()
    assert retrieval.qrels == {"q1": {"test/r1": 1}}
    assert retrieval.queries[0].filters == {
        "operator": "AND",
        "conditions": [
            {"field": "meta.item_id", "operator": "==", "value": "item"},
            {"field": "meta.split", "operator": "==", "value": "test"},
        ],
    }
    assert [document.meta for document in retrieval.documents] == [
        {"item_id": "item", "split": "test"},
        {"item_id": "item", "split": "train"},
    ]


def test_another_split(domain) -> None:
    assert [question.id for question in open_dataset(domain, "train").questions] == ["q9"]
    with pytest.raises(DataFormatError, match="has no dev split; its splits are: test, train"):
        open_dataset(domain, "dev")


def test_the_published_corpus(carrel_data) -> None:
    dataset = open_dataset(carrel_data / "subjqa" / "electronics")
    assert (len(dataset.reviews), len(dataset.groups)) == (1875, 330)
    assert sum(not group.answering_reviews for group in dataset.groups) == 105
