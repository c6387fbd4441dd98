"""The retrievers on a real store with the real encoder: scores, filters, one hit a source, serialisation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carrel._haystack import Document, Pipeline
from carrel.errors import FilterError, UserError
from carrel.indexing.embedding import embed_missing
from carrel.models.sentence_encoder import load_encoder
from carrel.retrievers import BM25Retriever, DenseRetriever, HybridRetriever
from carrel.stores.embedded.store import EmbeddedStore
from carrel.types import CanonicalText, Provenance, SourceInfo, SourceVersion, Span

TEXTS = {
    "rivers": ["The Vistula flows through Warsaw. ", "The Vistula is the longest river of Poland. "],
    "tea": ["Tea is made of the leaves of Camellia sinensis. ", "Green tea is not fermented. "],
    "steel": ["Steel is an alloy of iron and carbon. "],
}
KINDS = [BM25Retriever, DenseRetriever, HybridRetriever]
SCORE = {BM25Retriever: "bm25", DenseRetriever: "cosine", HybridRetriever: "fused"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path_factory.mktemp("store"))
    store.write_sources([source(name, parts) for name, parts in TEXTS.items()])
    embed_missing(store, load_encoder("carrel-encoder"))
    yield store
    store.close()


def source(name: str, parts: list[str]) -> SourceVersion:
    starts = [sum(map(len, parts[:i])) for i in range(len(parts))]
    spans = tuple(Span(start, start + len(part)) for start, part in zip(starts, parts, strict=True))
    return SourceVersion(SourceInfo(name, name, meta={"kind": name}), CanonicalText("".join(parts), name), spans)


def sources(documents: list[Document]) -> list[str]:
    places = [Provenance.from_meta(document.meta) for document in documents]
    return [place.source for place in places if place]


@pytest.mark.parametrize("kind", KINDS)
def test_the_passage_that_fits_comes_first_with_its_score_by_name(store: EmbeddedStore, kind: Any) -> None:
    found = kind(store).run("which river flows through Warsaw?")
    best = found["documents"][0]
    place = Provenance.from_meta(best.meta)
    assert place is not None
    assert best.content == "The Vistula flows through Warsaw. "
    assert place.scores[SCORE[kind]] == pytest.approx(best.score)
    assert found["seconds"] > 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_narrows_the_retrievers_own_filter_and_never_replaces_it(store: EmbeddedStore, kind: Any) -> None:
    own = {"field": "meta.kind", "operator": "==", "value": "tea"}
    wide = {"field": "meta.kind", "operator": "in", "value": ["tea", "rivers"]}
    assert set(sources(kind(store, filters=own).run("river tea", filters=wide)["documents"])) == {"tea"}
    other = {"field": "meta.kind", "operator": "==", "value": "rivers"}
    assert kind(store, filters=own).run("river tea", filters=other)["documents"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_one_per_source_keeps_the_best_passage_of_each(store: EmbeddedStore, kind: Any) -> None:
    everything = kind(store, top_k=10).run("tea river Vistula iron leaves")["documents"]
    collapsed = kind(store, top_k=10, one_per_source=True).run("tea river Vistula iron leaves")["documents"]
    assert sources(collapsed) == list(dict.fromkeys(sources(everything)))
    assert len(kind(store).run("tea river iron", top_k=2, one_per_source=True)["documents"]) == 2


def test_a_hybrid_hit_carries_every_score_that_found_it(store: EmbeddedStore) -> None:
    best = HybridRetriever(store, bm25_weight=0.4).run("longest river of Poland")["documents"][0]
    place = Provenance.from_meta(best.meta)
    assert place is not None
    # The best of BM25 has 1.0 after division by the maximum.
    assert place.scores["fused"] == pytest.approx(0.4 + 0.6 * place.scores["cosine"])
    assert "bm25" in place.scores


@pytest.mark.parametrize("fusion", ["scores", "ranks"])
def test_both_fusions_find_what_only_one_retriever_can(store: EmbeddedStore, fusion: Any) -> None:
    retriever = HybridRetriever(store, fusion=fusion)
    assert "steel" in sources(retriever.run("metallurgy of a ferrous metal")["documents"])
    assert sources(retriever.run("Camellia")["documents"])[0] == "tea"


@pytest.mark.parametrize("kind", KINDS)
def test_pipelines_with_it_survive_yaml(store: EmbeddedStore, kind: Any) -> None:
    pipeline = Pipeline()
    pipeline.add_component(
        "retriever", kind(store, top_k=3, filters={"field": "source", "operator": "!=", "value": "x"})
    )
    again = Pipeline.loads(pipeline.dumps())
    assert again.dumps() == pipeline.dumps()
    ran = [p.run({"retriever": {"query": "green tea"}})["retriever"]["documents"] for p in (pipeline, again)]
    assert [document.id for document in ran[0]] == [document.id for document in ran[1]]
    again.get_component("retriever").document_store.close()


@pytest.mark.parametrize("kind", KINDS)
def test_bad_requests_are_user_errors(store: EmbeddedStore, kind: Any) -> None:
    with pytest.raises(UserError, match="empty"):
        kind(store).run("  ")
    with pytest.raises(FilterError):
        kind(store).run("tea", filters={"field": "meta.kind", "operator": "like", "value": "t%"})


def test_an_encoder_that_did_not_make_the_vectors_is_refused(store: EmbeddedStore, tmp_path: Path) -> None:
    import shutil

    from carrel.errors import FingerprintMismatchError
    from carrel.models.locate import find_model

    other = tmp_path / "other"
    shutil.copytree(find_model("carrel-encoder"), other)
    manifest = (other / "carrel.json").read_text(encoding="utf-8")
    (other / "carrel.json").write_text(manifest.replace('"max_tokens": 256', '"max_tokens": 128'), encoding="utf-8")
    with pytest.raises(FingerprintMismatchError, match="embed"):
        DenseRetriever(store, model=str(other)).run("tea")
