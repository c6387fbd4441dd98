"""ir_datasets, through a small dataset that is registered in its catalogue."""

from __future__ import annotations

import pytest

from carrel.datasets import ProblemKind, RetrievalDocument, RetrievalQuery, open_dataset
from carrel.errors import DataFormatError

ir_datasets = pytest.importorskip("ir_datasets", reason="ir_datasets is not installed")


@pytest.fixture
def registered(tmp_path):
    from ir_datasets.formats import TrecQrels, TsvDocs, TsvQueries
    from ir_datasets.util import LocalDownload

    def local(name: str, text: str):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return LocalDownload(tmp_path / name)

    docs = TsvDocs(local("docs.tsv", "d1\tBees fly.\nd2\tAnts walk.\n"), namespace="carrel", lang="en")
    queries = TsvQueries(local("queries.tsv", "q1\twho flies\nq2\tnot judged\n"), namespace="carrel", lang="en")
    qrels = TrecQrels(local("qrels", "q1 0 d1 1\nq1 0 d9 1\n"), {1: "relevant"})
    catalogue = ir_datasets.registry
    for name, parts in {"carrel-small": (docs,), "carrel-small/test": (docs, queries, qrels)}.items():
        if name not in catalogue:
            catalogue.register(name, ir_datasets.Dataset(*parts))
    yield
    for name in ("carrel-small", "carrel-small/test"):
        del catalogue._registered[name]


def test_reads_documents_queries_and_judgements(registered) -> None:
    dataset = open_dataset("ir_datasets:carrel-small/test", on_bad="skip")
    assert dataset.name == "carrel-small/test"
    assert dataset.queries == (RetrievalQuery("q1", "who flies"),)
    assert dataset.qrels == {"q1": {"d1": 1}}
    assert list(dataset.documents) == [
        RetrievalDocument("d1", "", "Bees fly."),
        RetrievalDocument("d2", "", "Ants walk."),
    ]
    assert dataset.problems.counts == {ProblemKind.UNKNOWN_DOCUMENT: 1}
    assert open_dataset("ir_datasets:carrel-small", "test", on_bad="skip").qrels == dataset.qrels


def test_what_cannot_be_evaluated(registered) -> None:
    with pytest.raises(DataFormatError, match="has no queries, no qrels"):
        open_dataset("ir_datasets:carrel-small")
    with pytest.raises(DataFormatError, match="ir_datasets has no dataset 'no/such/set'"):
        open_dataset("ir_datasets:no/such/set")
