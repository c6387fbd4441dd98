import pytest

from carrel.datasets import RetrievalDocument, RetrievalQuery, read_beir
from carrel.errors import DataFormatError

CORPUS = """\
{"_id": "d1", "title": "Bees", "text": "Bees fly.", "metadata": {"year": 2020}}

{"_id": 2, "text": "Ants walk."}
"""
QUERIES = '{"_id": "q1", "text": "who flies"}\n{"_id": "q2", "text": "not judged here"}\n'
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\t2\t0\n"


@pytest.fixture
def folder(put, tmp_path):
    put("corpus.jsonl", CORPUS)
    put("queries.jsonl", QUERIES)
    put("qrels/test.tsv", QRELS)
    return tmp_path


def test_reads_judged_queries_and_their_judgements(folder) -> None:
    dataset = read_beir(folder)
    assert dataset.name == folder.name
    assert dataset.queries == (RetrievalQuery("q1", "who flies"),)
    assert dataset.qrels == {"q1": {"d1": 2, "2": 0}}


def test_the_corpus_streams_as_often_as_wanted(folder) -> None:
    documents = read_beir(folder).documents
    first = list(documents)
    assert first == [
        RetrievalDocument("d1", "Bees", "Bees fly.", {"year": 2020}),
        RetrievalDocument("2", "", "Ants walk.", {}),
    ]
    assert list(documents) == first


def test_the_corpus_is_not_held_in_memory(put, folder) -> None:
    dataset = read_beir(folder)
    put("corpus.jsonl", CORPUS + "not json\n")
    documents = iter(dataset.documents)
    assert next(documents).id == "d1"
    assert next(documents).id == "2"
    with pytest.raises(DataFormatError, match=r"corpus\.jsonl, line 4: not JSON"):
        next(documents)


def test_qrels_without_a_header(put, folder) -> None:
    put("qrels/dev.tsv", "q2\td1\t1\n")
    assert read_beir(folder, split="dev").qrels == {"q2": {"d1": 1}}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("corpus.jsonl", '{"title": "no id", "text": ""}\n', "line 1: '_id' is missing"),
        ("corpus.jsonl", '{"_id": "d", "text": null}\n', "line 1: 'text' is missing or no text"),
        ("corpus.jsonl", "[1]\n", "line 1: expected a JSON object, found list"),
        ("queries.jsonl", QUERIES + '{"_id": "q1", "text": "again"}', "line 3: the query id 'q1' comes a second time"),
        ("qrels/test.tsv", QRELS + "q9\td1\t1\n", "line 4: there is no query 'q9'"),
        ("qrels/test.tsv", QRELS + "q1\td9\t1\n", "line 4: there is no document 'd9'"),
        ("qrels/test.tsv", QRELS + "q2\td1\t0\n", "line 4: no document is relevant for query 'q2'"),
        ("qrels/test.tsv", QRELS + "q1 d2 1\n", "line 4: expected query, document and grade"),
        ("qrels/test.tsv", QRELS + "q1\td2\tyes\n", "line 4: the grade 'yes' is no whole number"),
        ("qrels/test.tsv", QRELS + "q1\td1\t1\n", "line 4: document 'd1' has two grades"),
    ],
)
def test_errors_name_file_and_line(put, folder, name, text, message) -> None:
    put(name, text)
    with pytest.raises(DataFormatError, match=message) as caught:
        list(read_beir(folder).documents)
    assert name in str(caught.value)


def test_an_unknown_split_names_those_that_exist(folder) -> None:
    with pytest.raises(DataFormatError, match=r"no qrels/train\.tsv; its splits are: test"):
        read_beir(folder, split="train")


def test_a_folder_of_something_else(tmp_path) -> None:
    with pytest.raises(DataFormatError, match=r"is no BEIR folder: it has no corpus\.jsonl"):
        read_beir(tmp_path)


def test_scifact(carrel_data) -> None:
    dataset = read_beir(carrel_data / "beir" / "scifact")
    assert len(dataset.queries) == 300
    assert sum(map(len, dataset.qrels.values())) == 339
    assert sum(1 for _ in dataset.documents) == 5183
