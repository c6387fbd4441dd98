"""ROUGE and BLEU, by the packages whose numbers papers report: rouge-score and sacrebleu (extra `eval`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from carrel.errors import MissingExtraError

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU

_ROUGE: Mapping[str, str] = {
    "ROUGE-1": "rouge1",
    "ROUGE-2": "rouge2",
    "ROUGE-L": "rougeL",
    "ROUGE-Lsum": "rougeLsum",
}


class Rouge:
    """ROUGE F-measures (Lin 2004) of one text against its references, in [0, 1].

    Words are lower-cased runs of ASCII letters and digits, by Porter's stem unless `stem` is off. For ROUGE-Lsum, lines
    are sentences. With several references each measure takes the one that it is best for.
    """

    def __init__(self, *, stem: bool = True) -> None:
        self._stem = stem

    def __call__(self, prediction: str, references: Sequence[str]) -> dict[str, float | None]:
        """Return every measure; None without a reference.

        Raises:
            MissingExtraError: rouge-score is not installed.
        """
        if not references:
            return dict.fromkeys(_ROUGE)
        best = self._scorer.score_multi(list(references), prediction)
        return {name: float(best[key].fmeasure) for name, key in _ROUGE.items()}

    @cached_property
    def _scorer(self) -> Any:
        try:
            from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped]
        except ImportError as error:
            raise MissingExtraError("ROUGE", "eval") from error
        return RougeScorer(list(_ROUGE.values()), use_stemmer=self._stem)


def corpus_bleu(predictions: Sequence[str], references: Sequence[Sequence[str]]) -> float | None:
    """Return BLEU of all texts together (Papineni et al. 2002; tokenisation `13a`, Post 2018), in [0, 1].

    `references` holds one or more for every text, not always the same number. It is no mean over texts: an interval
    comes from `bootstrap_statistic`. None without texts.

    Raises:
        ValueError: the sequences differ in length, or a text has no reference.
        MissingExtraError: sacrebleu is not installed.
    """
    if len(predictions) != len(references) or not all(references):
        raise ValueError("BLEU needs one prediction and at least one reference for every text")
    if not predictions:
        return None
    most = max(map(len, references))
    # A text with fewer references than another has None in their place, which sacrebleu's types do not tell.
    streams: Any = [[given[i] if i < len(given) else None for given in references] for i in range(most)]
    return float(_bleu(effective_order=False).corpus_score(list(predictions), streams).score) / 100


def sentence_bleu(prediction: str, references: Sequence[str]) -> float | None:
    """Return BLEU of one text, with n-grams only up to its length (sacrebleu's effective order); None without any.

    Raises:
        MissingExtraError: sacrebleu is not installed.
    """
    if not references:
        return None
    return float(_bleu(effective_order=True).sentence_score(prediction, list(references)).score) / 100


def _bleu(*, effective_order: bool) -> BLEU:
    try:
        from sacrebleu.metrics.bleu import BLEU
    except ImportError as error:
        raise MissingExtraError("BLEU", "eval") from error
    return BLEU(effective_order=effective_order)
