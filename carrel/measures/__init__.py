"""Measures as pure functions: rankings, answers, abstention, intervals; no file, model or store is touched here."""

from carrel.measures.abstention import Threshold, best_threshold
from carrel.measures.answers import exact_match, normalize_answer, token_f1
from carrel.measures.intervals import Estimate, bootstrap_mean, percentile
from carrel.measures.ranking import RankingMeasure, parse_measure, ranked, score_queries

__all__ = [
    "Estimate",
    "RankingMeasure",
    "Threshold",
    "best_threshold",
    "bootstrap_mean",
    "exact_match",
    "normalize_answer",
    "parse_measure",
    "percentile",
    "ranked",
    "score_queries",
    "token_f1",
]
