"""Finding passages: BM25, dense and hybrid retrievers, each a Haystack component over any Carrel store."""

from carrel.retrievers.bm25 import BM25Retriever
from carrel.retrievers.dense import DenseRetriever
from carrel.retrievers.hybrid import HybridRetriever
from carrel.retrievers.rerank import PairReranker, ReaderReranker
from carrel.retrievers.reranked import RerankedRetriever

__all__ = [
    "BM25Retriever",
    "DenseRetriever",
    "HybridRetriever",
    "PairReranker",
    "ReaderReranker",
    "RerankedRetriever",
]
