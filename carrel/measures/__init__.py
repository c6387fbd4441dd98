"""Measures as pure functions: rankings, answers, labels, generated text, confidence, resources; intervals and tests.

No file, model or store is touched here. Values are fractions of 1; what cannot be measured is None or `NotMeasured`.
"""

from carrel.measures.abstention import (
    OperatingPoint,
    Threshold,
    area_under_risk_coverage,
    auroc,
    best_threshold,
    risk_coverage,
)
from carrel.measures.answers import exact_match, normalize_answer, token_f1
from carrel.measures.calibration import ReliabilityBin, brier_score, expected_calibration_error, reliability
from carrel.measures.citations import (
    CitationScores,
    Evidence,
    Statement,
    citation_scores,
    supported_citations,
)
from carrel.measures.classification import ClassificationScores, confusion, score_label_sets, score_labels
from carrel.measures.comparison import Comparison, Verdict, compare_with_baseline, holm, randomization_test
from carrel.measures.counts import Counts
from carrel.measures.entities import Entity, EntityScores, entities_of, entity_scores
from carrel.measures.generation import Rouge, corpus_bleu, sentence_bleu
from carrel.measures.intervals import (
    Estimate,
    bootstrap_difference,
    bootstrap_mean,
    bootstrap_statistic,
    percentile,
    wilson,
)
from carrel.measures.measured import Measured, Measurement, NotMeasured, measurement
from carrel.measures.power import questions_needed, smallest_difference
from carrel.measures.ranking import RankingMeasure, parse_measure, ranked, score_queries
from carrel.measures.resources import Latency, Throughput, peak_memory
from carrel.measures.similarity import semantic_similarity

__all__ = [
    "CitationScores",
    "ClassificationScores",
    "Comparison",
    "Counts",
    "Entity",
    "EntityScores",
    "Estimate",
    "Evidence",
    "Latency",
    "Measured",
    "Measurement",
    "NotMeasured",
    "OperatingPoint",
    "RankingMeasure",
    "ReliabilityBin",
    "Rouge",
    "Statement",
    "Threshold",
    "Throughput",
    "Verdict",
    "area_under_risk_coverage",
    "auroc",
    "best_threshold",
    "bootstrap_difference",
    "bootstrap_mean",
    "bootstrap_statistic",
    "brier_score",
    "citation_scores",
    "compare_with_baseline",
    "confusion",
    "corpus_bleu",
    "entities_of",
    "entity_scores",
    "exact_match",
    "expected_calibration_error",
    "holm",
    "measurement",
    "normalize_answer",
    "parse_measure",
    "peak_memory",
    "percentile",
    "questions_needed",
    "randomization_test",
    "ranked",
    "reliability",
    "risk_coverage",
    "score_label_sets",
    "score_labels",
    "score_queries",
    "semantic_similarity",
    "sentence_bleu",
    "smallest_difference",
    "supported_citations",
    "token_f1",
    "wilson",
]
