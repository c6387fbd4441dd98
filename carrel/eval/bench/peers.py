"""The systems that Carrel is measured beside, each made by its own documented defaults."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from carrel.models.locate import find_model, torch_weights
from carrel.models.manifest import MANIFEST

Search = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class LexicalPeer:
    """A peer for BM25: `package` is what it needs, `module` how that is imported.

    `build` takes the texts and the number of hits wanted, and returns a search that gives the best texts back.
    """

    name: str
    package: str
    module: str
    build: Callable[[Sequence[str], int], Search]

    @property
    def installed(self) -> bool:
        return find_spec(self.module) is not None

    @property
    def version(self) -> str:
        return version(self.package)


def _haystack(texts: Sequence[str], top_k: int) -> Search:
    from carrel._haystack import Document, in_memory_store

    store = in_memory_store()
    store.write_documents([Document(content=text) for text in texts])
    return lambda query: store.bm25_retrieval(query, top_k=top_k)


def _bm25s(texts: Sequence[str], top_k: int) -> Search:
    import bm25s  # type: ignore[import-untyped]

    index = bm25s.BM25(corpus=list(texts))
    index.index(bm25s.tokenize(list(texts), stopwords="en", show_progress=False), show_progress=False)

    def search(query: str) -> object:
        tokens = bm25s.tokenize([query], stopwords="en", show_progress=False)
        return index.retrieve(tokens, k=top_k, show_progress=False)

    return search


def _rank_bm25(texts: Sequence[str], top_k: int) -> Search:
    from rank_bm25 import BM25Okapi  # type: ignore[import-untyped]

    index = BM25Okapi([text.lower().split() for text in texts])
    return lambda query: index.get_top_n(query.lower().split(), list(texts), n=top_k)


def _txtai(texts: Sequence[str], top_k: int) -> Search:
    from txtai.scoring import ScoringFactory  # type: ignore[import-untyped]

    scoring = ScoringFactory.create({"method": "bm25", "terms": True})
    scoring.index((place, text, None) for place, text in enumerate(texts))
    return lambda query: [texts[place] for place, _ in scoring.search(query, top_k)]


@dataclass(frozen=True, slots=True)
class ReadingPeer:
    """A reader beside Carrel's, with the same weights."""

    name: str
    run: Callable[[str, Sequence[Any]], object]


def haystack_reader(model: str) -> tuple[ReadingPeer | None, list[dict[str, str]]]:
    """Return Haystack's reader by its own defaults on the weights that `model` was made of, or what is missing."""
    folder = find_model(model)
    weights = torch_weights(folder, model) if (folder / MANIFEST).is_file() else folder
    if find_spec("haystack_integrations") is None or weights is None:
        needed = "carrel[bench]" if weights is not None else "carrel-models"
        return None, [{"system": "TransformersExtractiveReader", "package": needed}]
    from carrel._haystack import transformers_reader

    reader = transformers_reader(weights)
    name = f"TransformersExtractiveReader {version('transformers-haystack')}, fp32"
    return ReadingPeer(name, lambda query, documents: reader.run(query=query, documents=list(documents))), []


LEXICAL = (
    LexicalPeer("Haystack in memory", "haystack-ai", "haystack", _haystack),
    LexicalPeer("bm25s", "bm25s", "bm25s", _bm25s),
    LexicalPeer("rank-bm25", "rank-bm25", "rank_bm25", _rank_bm25),
    LexicalPeer("txtai", "txtai", "txtai", _txtai),
)
