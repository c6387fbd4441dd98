"""Rerankers over a real store: by a cross-encoder that a test saved, and by the reader that ships."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from carrel._haystack import Document, Pipeline
from carrel.errors import ModelError, UserError
from carrel.models.pair_scorer import load_pair_scorer
from carrel.retrievers import BM25Retriever, PairReranker, ReaderReranker, RerankedRetriever
from carrel.retrievers.rerank import reordered
from carrel.retrievers.selection import provenance
from carrel.stores.embedded.store import EmbeddedStore
from tests.models import tiny

TEXTS = [
    "The carrel is a desk in a library. Who built it is not known.",
    "The tower was built by the company of Gustave Eiffel in Paris, France.",
    "A tower is a tall building, and many a tower was built of stone.",
    "The rain of April fell on the old bridge.",
]
QUESTION = "Who built the tower in Paris?"


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("transformers")
    return tiny.save_pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path / "store")
    store.write_documents([Document(id=str(i), content=text) for i, text in enumerate(TEXTS)])
    yield store
    store.close()


def test_a_pair_scorer_gives_every_text_what_the_network_says(cross_encoder: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    scores = load_pair_scorer(cross_encoder, device="cpu").score(QUESTION, [*TEXTS, ""])
    model = AutoModelForSequenceClassification.from_pretrained(cross_encoder).eval()
    tokenizer = AutoTokenizer.from_pretrained(cross_encoder)
    with torch.inference_mode():
        expected = model(
            **tokenizer([QUESTION] * 4, TEXTS, return_tensors="pt", padding=True, return_token_type_ids=True)
        ).logits[:, 0]
    assert scores[:4] == pytest.approx(expected.numpy(), abs=1e-4)
    assert scores[4] == -np.inf


def test_an_exported_pair_scorer_says_the_same(cross_encoder: Path, tmp_path: Path) -> None:
    from carrel.training.export import export_pair_scorer

    export_pair_scorer(cross_encoder, tmp_path / "out", name="pair", precision="float32")
    torch_scores = load_pair_scorer(cross_encoder, device="cpu").score(QUESTION, TEXTS)
    exported = load_pair_scorer(tmp_path / "out")
    assert exported.score(QUESTION, TEXTS) == pytest.approx(torch_scores, abs=1e-4)
    assert exported.manifest.backend == "onnxruntime"


def test_a_long_text_counts_by_its_best_window(cross_encoder: Path) -> None:
    scorer = load_pair_scorer(cross_encoder, device="cpu")
    long = " ".join(TEXTS * 4)
    assert scorer.score(QUESTION, [long])[0] > -np.inf
    assert len(scorer.score(QUESTION, [])) == 0


def test_a_classifier_is_no_pair_scorer(cross_encoder: Path) -> None:
    with pytest.raises(ModelError, match="2 labels"):
        load_pair_scorer(cross_encoder / "two")


def test_the_reader_puts_the_passage_with_the_answer_first(store: EmbeddedStore) -> None:
    reranked = RerankedRetriever(BM25Retriever(store), ReaderReranker(), candidates=4)
    found = reranked.run(QUESTION, top_k=2)["documents"]
    assert [document.id for document in found][:1] == ["1"]
    assert len(found) == 2
    assert {"bm25", "rerank"} <= provenance(found[0]).scores.keys()
    assert found[0].score == provenance(found[0]).scores["rerank"]


def test_a_reranked_pipeline_survives_yaml(store: EmbeddedStore, cross_encoder: Path) -> None:
    pipeline = Pipeline()
    pipeline.add_component("retriever", RerankedRetriever(BM25Retriever(store), PairReranker(cross_encoder)))
    again = Pipeline.loads(pipeline.dumps())
    outputs = [p.run({"retriever": {"query": QUESTION}})["retriever"]["documents"] for p in (pipeline, again)]
    assert [d.id for d in outputs[0]] == [d.id for d in outputs[1]]
    again.get_component("retriever").retriever.document_store.close()


def test_equal_scores_are_ordered_by_id_and_weighed_by_retrieval() -> None:
    documents = [Document(id=name, content="x", score=score) for name, score in (("b", 1.0), ("a", 0.5), ("c", 3.0))]
    assert [d.id for d in reordered(documents, [1.0, 1.0, -math.inf])] == ["a", "b"]
    assert [d.id for d in reordered(documents, [0.0, 0.0, 0.0], retrieval_weight=1.0)] == ["c", "b", "a"]


def test_no_passages_are_wanted_is_an_error(cross_encoder: Path) -> None:
    with pytest.raises(UserError, match="at least 1"):
        PairReranker(cross_encoder).run(QUESTION, [Document(content="a")], top_k=0)
