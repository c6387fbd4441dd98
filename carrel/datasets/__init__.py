"""Readers of standard dataset formats: files in, small frozen records out."""

from carrel.datasets.beir import read_beir
from carrel.datasets.formats import Dataset, located, open_dataset
from carrel.datasets.problems import BadEntriesError, OnBad, Problem, ProblemKind, Problems
from carrel.datasets.retrieval import Qrels, RetrievalDocument, RetrievalQuery, RetrievalSet, Run
from carrel.datasets.squad import (
    GoldSpan,
    SquadArticle,
    SquadQuestion,
    SquadSet,
    held_out_titles,
    read_squad,
    read_squad_set,
    sample_questions,
)
from carrel.datasets.subjqa import SubjqaQuestion, SubjqaSet, read_subjqa
from carrel.datasets.trec import read_qrels, read_run, write_qrels, write_run

__all__ = [
    "BadEntriesError",
    "Dataset",
    "GoldSpan",
    "OnBad",
    "Problem",
    "ProblemKind",
    "Problems",
    "Qrels",
    "RetrievalDocument",
    "RetrievalQuery",
    "RetrievalSet",
    "Run",
    "SquadArticle",
    "SquadQuestion",
    "SquadSet",
    "SubjqaQuestion",
    "SubjqaSet",
    "held_out_titles",
    "located",
    "open_dataset",
    "read_beir",
    "read_qrels",
    "read_run",
    "read_squad",
    "read_squad_set",
    "read_subjqa",
    "sample_questions",
    "write_qrels",
    "write_run",
]
