"""Does a risk that was asked for hold? Answerable and unanswerable questions, over random splits of the articles."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

from carrel.datasets import Dataset
from carrel.errors import ModelError, UserError
from carrel.eval.desk import Progress, no_progress
from carrel.eval.questions import seeded_sample
from carrel.eval.result import EvalResult, QueryResult, estimates
from carrel.measures import expected_calibration_error
from carrel.platform.calibration import fit_outcomes
from carrel.platform.outcomes import Outcome, ask_with_and_without, labelled_questions
from carrel.readers.confidence import Confidence
from carrel.types import RiskLimit

if TYPE_CHECKING:
    from carrel.platform import Platform


@dataclass(frozen=True, slots=True)
class AbstentionArguments:
    """How abstention is evaluated: at most `risk` of the answers wrong; `per_kind` answerable and as many unanswerable
    questions are tested in each of the `splits`; `limit` and `seed` take a sample of the dataset's questions.
    """

    risk: float = 0.1
    splits: int = 20
    per_kind: int = 500
    limit: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Split:
    """One split: what was promised, the share of wrong answers, and the share of answerable questions answered."""

    limit: RiskLimit
    answered: int
    wrong: float
    coverage: float
    ece: float | None


def evaluate_abstention(
    desk: Platform,
    dataset: Dataset,
    arguments: AbstentionArguments = AbstentionArguments(),
    on_progress: Progress = no_progress,
    system: str = "ask",
) -> EvalResult:
    """Calibrate on half of the articles and test on the other half, `splits` times.

    Every question is asked of the whole collection (answerable) and with the sources hidden that hold its text
    (unanswerable, so that any answer is wrong). The metrics are those of the calibration that is in force, on all the
    questions; `further["splits"]` holds what each split promised and kept, `over` how many did not keep it.

    Raises:
        UserError: the dataset has no gold spans, fewer than four articles, or none of their text is in the collection.
    """
    began = perf_counter()
    questions = seeded_sample(labelled_questions(dataset), arguments.limit, arguments.seed)
    outcomes = ask_with_and_without(desk, questions, lambda _, done, total, *__: on_progress(done, total or 0))
    groups = sorted({outcome.question.group for outcome in outcomes})
    if len(groups) < 4:
        raise UserError(f"{dataset.name} asks about {len(groups)} texts: splits for calibration and test need four")
    splits = [_split(outcomes, groups, arguments, number) for number in range(arguments.splits)]
    limit = _in_force(desk, arguments.risk)
    results = [_result(outcome, limit) for outcome in outcomes]
    return EvalResult(
        dataset=dataset.name,
        stage="abstention",
        system=system,
        metrics=estimates(results, ["wrong among answered", "coverage"], "no answer was given"),
        seconds=perf_counter() - began,
        per_query=tuple(results),
        further={
            "risk": arguments.risk,
            "limit": None if limit is None else asdict(limit),
            "over": sum(split.wrong > arguments.risk for split in splits),
            "mean_coverage": sum(split.coverage for split in splits) / len(splits),
            "mean_wrong": sum(split.wrong for split in splits) / len(splits),
            "splits": [asdict(split) for split in splits],
        },
    )


def _split(outcomes: Sequence[Outcome], groups: Sequence[str], arguments: AbstentionArguments, number: int) -> Split:
    order = random.Random(f"{arguments.seed}/{number}")
    known = set(order.sample(groups, len(groups) // 2))
    calibration = [outcome for outcome in outcomes if outcome.question.group in known]
    confidence, risk = fit_outcomes(calibration, reader="split", name=f"split {number}")
    others = [outcome for outcome in outcomes if outcome.question.group not in known]
    tested = [
        outcome
        for held in (True, False)
        for outcome in seeded_sample([o for o in others if o.held is held], arguments.per_kind, number)
    ]
    return _kept(tested, confidence, risk.limit(arguments.risk))


def _kept(tested: Sequence[Outcome], confidence: Confidence, limit: RiskLimit) -> Split:
    given = [outcome for outcome in tested if limit.allows(confidence.probability(outcome.features))]
    held = sum(outcome.held for outcome in tested)
    return Split(
        limit=limit,
        answered=len(given),
        wrong=sum(outcome.wrong for outcome in given) / len(given) if given else 0.0,
        coverage=sum(outcome.held for outcome in given) / held if held else 0.0,
        ece=_calibration_error(tested, confidence),
    )


def _calibration_error(tested: Sequence[Outcome], confidence: Confidence) -> float | None:
    shares = [confidence.probability(outcome.features) for outcome in tested]
    return expected_calibration_error(shares, [float(not outcome.wrong) for outcome in tested])


def _result(outcome: Outcome, limit: RiskLimit | None) -> QueryResult:
    given = limit is not None and limit.allows(outcome.confidence)
    values: dict[str, float | None] = {
        "wrong among answered": float(outcome.wrong) if given else None,
        "coverage": float(given) if outcome.held else None,
    }
    details: dict[str, Any] = {"held": outcome.held, "confidence": outcome.confidence, "f1": outcome.f1}
    return QueryResult(outcome.question.id, outcome.question.text, values, details)


def _in_force(desk: Platform, risk: float) -> RiskLimit | None:
    """Return the limit that `carrel ask` would keep; None without a calibration."""
    try:
        return desk.reader.risk_limit(risk)
    except ModelError:
        return None
