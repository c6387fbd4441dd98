"""Evaluation: every stage scored on standard datasets, with an interval for every number."""

from carrel.eval.abstention import AbstentionArguments, evaluate_abstention
from carrel.eval.pipeline import PipelineArguments, evaluate_pipeline
from carrel.eval.reader import ReaderArguments, evaluate_reader
from carrel.eval.result import EvalResult, QueryResult
from carrel.eval.retrieval import RetrievalArguments, evaluate_retrieval
from carrel.eval.temporary import indexed_platform

__all__ = [
    "AbstentionArguments",
    "EvalResult",
    "PipelineArguments",
    "QueryResult",
    "ReaderArguments",
    "RetrievalArguments",
    "evaluate_abstention",
    "evaluate_pipeline",
    "evaluate_reader",
    "evaluate_retrieval",
    "indexed_platform",
]
