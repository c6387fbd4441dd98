"""Exact match and token F1 with SQuAD's official normalisation (Rajpurkar et al. 2016, section 6.1)."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalize_answer(text: str) -> str:
    """Lower the case, drop ASCII punctuation and English articles, and fold white space."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(prediction: str, golds: Iterable[str]) -> float:
    """1.0 if the prediction equals any gold answer after normalisation, else 0.0; no gold means "no answer"."""
    return max(float(normalize_answer(prediction) == normalize_answer(gold)) for gold in _or_none(golds))


def token_f1(prediction: str, golds: Iterable[str]) -> float:
    """Best token-overlap F1 over the gold answers, in [0, 1]; no gold means "no answer"."""
    return max(_f1(normalize_answer(prediction).split(), normalize_answer(gold).split()) for gold in _or_none(golds))


def _or_none(golds: Iterable[str]) -> list[str]:
    # SQuAD 2.0's script drops golds that normalise to nothing and compares with "" if none is left.
    return [gold for gold in golds if normalize_answer(gold)] or [""]


def _f1(prediction: list[str], gold: list[str]) -> float:
    if not prediction or not gold:
        return float(prediction == gold)
    common = sum((Counter(prediction) & Counter(gold)).values())
    if common == 0:
        return 0.0
    precision, recall = common / len(prediction), common / len(gold)
    return 2 * precision * recall / (precision + recall)
