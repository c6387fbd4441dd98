"""Comparing saved runs question by question: which difference is shown, and which is too small to be shown."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carrel.errors import DataFormatError, UserError
from carrel.measures import Comparison, Estimate, Verdict, bootstrap_mean, compare_with_baseline
from carrel.measures.comparison import ALPHA
from carrel.records.run import RunRecord

Values = Mapping[str, Mapping[str, float | None]]
"""Every measure of every question: question id to measure to value (None: could not be measured)."""


@dataclass(frozen=True, slots=True)
class SavedRun:
    """What is compared of a run: the values of every question, and what they were measured on."""

    name: str
    dataset: str
    stage: str
    system: str
    values: Values
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def measures(self) -> list[str]:
        """The measures that any question has a value of, in the order of the file."""
        found = (name for values in self.values.values() for name, value in values.items() if value is not None)
        return list(dict.fromkeys(found))

    def of(self, measure: str) -> dict[str, float]:
        """Return the measured values of one measure, by question."""
        return {
            question: value for question, values in self.values.items() if (value := values.get(measure)) is not None
        }


@dataclass(frozen=True, slots=True)
class Unpaired:
    """Questions that only one of two runs holds; they are left out of the comparison."""

    only_baseline: tuple[str, ...]
    only_system: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComparedMeasure:
    """One measure: the baseline's mean, and every other system's with its comparison."""

    baseline: Estimate
    systems: Mapping[str, Estimate]
    comparisons: Mapping[str, Comparison]


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Several runs beside a baseline, measure by measure; `alpha` is the error that all tests of a measure share."""

    dataset: str
    baseline: str
    alpha: float
    measures: Mapping[str, ComparedMeasure]
    unpaired: Mapping[str, Unpaired]

    def regressions(self, measures: Collection[str]) -> list[tuple[str, str]]:
        """Return every (measure, system) of these measures for which the system is shown to be worse.

        Raises:
            UserError: a measure was not compared.
        """
        for measure in measures:
            if measure not in self.measures:
                raise UserError(f"There is no measure {measure!r} to compare; there are {', '.join(self.measures)}")
        return [
            (measure, system)
            for measure in measures
            for system, comparison in self.measures[measure].comparisons.items()
            if comparison.verdict is Verdict.WORSE
        ]

    def to_json(self) -> dict[str, Any]:
        return {
            "dataset": self.dataset,
            "baseline": self.baseline,
            "alpha": self.alpha,
            "metrics": {
                name: {
                    "baseline": measure.baseline.to_json(),
                    "systems": {
                        system: {**measure.systems[system].to_json(), **comparison.to_json()}
                        for system, comparison in measure.comparisons.items()
                    },
                }
                for name, measure in self.measures.items()
            },
            "unpaired": {
                system: {"only_baseline": list(unpaired.only_baseline), "only_system": list(unpaired.only_system)}
                for system, unpaired in self.unpaired.items()
            },
        }


def read_runs(path: Path | str) -> list[SavedRun]:
    """Read the run of a file, or every run of one that holds several under `systems`.

    Raises:
        DataFormatError: there is no such file, it is no JSON, or no run with the values of its questions.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DataFormatError(f"The run {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise DataFormatError(f"{path} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise DataFormatError(f"{path} is no saved run: expected a JSON object")
    return [_run(shape, path) for shape in content.get("systems") or [content]]


def kept_run(run: RunRecord) -> SavedRun:
    """Return what is compared of a run in the records."""
    values = {question.id: question.values for question in run.questions}
    return SavedRun(f"run {run.id}", run.dataset, run.stage, run.system, values, run.settings)


def compare_runs(
    runs: Sequence[SavedRun],
    *,
    measures: Sequence[str] = (),
    smaller_is_better: Collection[str] = (),
    alpha: float = ALPHA,
    seed: int = 0,
) -> RunComparison:
    """Compare every run with the first, over the questions that both hold a value for.

    `measures` are compared (default: all that the runs have in common). Holm's correction counts the systems, for
    every measure by itself: choose one measure before looking.

    Raises:
        UserError: there are fewer than two runs, they are about different datasets, have no question in common, or a
            measure is in none of them.
    """
    baseline, others = _named(runs)
    shared = _shared_measures(baseline, list(others.values()), [*measures, *smaller_is_better])
    return RunComparison(
        dataset=baseline.dataset,
        baseline=baseline.name,
        alpha=alpha,
        measures={
            name: _compare(name, baseline, others, alpha, smaller_is_better=name in smaller_is_better, seed=seed)
            for name in measures or shared
        },
        unpaired={name: _unpaired(baseline.values, run.values) for name, run in others.items()},
    )


def _compare(
    measure: str,
    baseline: SavedRun,
    others: Mapping[str, SavedRun],
    alpha: float,
    *,
    smaller_is_better: bool,
    seed: int,
) -> ComparedMeasure:
    reference = baseline.of(measure)
    values = {name: run.of(measure) for name, run in others.items()}
    differences = {
        name: [own[question] - value for question, value in reference.items() if question in own]
        for name, own in values.items()
    }
    return ComparedMeasure(
        baseline=bootstrap_mean(reference.values(), seed=seed),
        systems={name: bootstrap_mean(own.values(), seed=seed) for name, own in values.items()},
        comparisons=compare_with_baseline(differences, alpha=alpha, smaller_is_better=smaller_is_better, seed=seed),
    )


def _named(runs: Sequence[SavedRun]) -> tuple[SavedRun, dict[str, SavedRun]]:
    """Return the baseline and the others by name: a system's, with its file's where two have the same."""
    if len(runs) < 2:
        raise UserError("A comparison needs two runs or more: the baseline first, then what is compared with it")
    baseline, *others = runs
    for run in others:
        if run.dataset != baseline.dataset:
            raise UserError(
                f"{run.name} was measured on {run.dataset}, the baseline {baseline.name} on {baseline.dataset}: "
                "compare runs on the same questions"
            )
        if not run.values.keys() & baseline.values.keys():
            raise UserError(f"{run.name} and the baseline {baseline.name} have no question in common")
    alike = Counter(run.system for run in runs)
    names = [run.system if alike[run.system] == 1 else f"{run.system} ({run.name})" for run in runs]
    if len(set(names)) < len(names):
        names = [f"{name} #{place}" for place, name in enumerate(names, start=1)]
    renamed = [
        SavedRun(name, run.dataset, run.stage, run.system, run.values, run.settings)
        for name, run in zip(names, runs, strict=True)
    ]
    return renamed[0], {run.name: run for run in renamed[1:]}


def _shared_measures(baseline: SavedRun, others: Sequence[SavedRun], named: Sequence[str]) -> list[str]:
    shared = [name for name in baseline.measures if all(name in run.measures for run in others)]
    unknown = [name for name in named if name not in shared]
    if unknown or not shared:
        what = f"no measure {', '.join(map(repr, unknown))}" if unknown else "no measure in common"
        raise UserError(f"The runs have {what}; every one of them has: {', '.join(shared) or 'none'}")
    return shared


def _unpaired(baseline: Values, system: Values) -> Unpaired:
    return Unpaired(
        tuple(question for question in baseline if question not in system),
        tuple(question for question in system if question not in baseline),
    )


def _run(shape: Any, path: Path) -> SavedRun:
    try:
        values: dict[str, dict[str, float | None]] = {}
        for question in shape["questions"]:
            identifier = str(question["id"])
            if identifier in values:
                raise DataFormatError(f"{path}: the question {identifier!r} comes twice in one run")
            values[identifier] = {
                name: None if value is None else float(value) for name, value in question["values"].items()
            }
        return SavedRun(
            path.name, shape["dataset"], shape["stage"], shape["system"], values, shape.get("settings") or {}
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DataFormatError(
            f"{path} is no saved run: it needs dataset, stage, system and questions, each with id and values "
            f"({type(error).__name__}: {error})"
        ) from error
