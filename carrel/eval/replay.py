"""Doing a run again, and saying what is different: what it was done with, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carrel.eval.desk import Progress, no_progress
from carrel.eval.plan import Plan, measure, opened_desk
from carrel.eval.recording import recorded, recorded_settings
from carrel.records.run import CollectionState, RunQuestion, RunRecord

_NAMED = 20
"""How many changed sources and questions are named; all are counted."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A run done again: `changed` says what it was done with that is not as it was, `different` which questions."""

    run: RunRecord
    again: RunRecord
    changed: Mapping[str, Any]
    different: tuple[str, ...]

    @property
    def identical(self) -> bool:
        return not self.different

    def to_json(self) -> dict[str, Any]:
        metrics = {
            name: {"then": then["value"], "now": self.again.metrics.get(name, {}).get("value")}
            for name, then in self.run.metrics.items()
        }
        return {
            "run": self.run.id,
            "identical": self.identical,
            "questions": len(self.run.questions),
            "different": len(self.different),
            "different_questions": list(self.different[:_NAMED]),
            "changed": dict(self.changed),
            "metrics": metrics,
            "seconds": self.again.seconds,
        }


def replay(run: RunRecord, home: Path, on_progress: Progress = no_progress, *, on_index: Any = None) -> Replay:
    """Carry out the plan of a run with the run's own settings, on what its collection holds today.

    Raises:
        UserError: the dataset or the collection is no longer there.
    """
    plan = Plan(**run.plan)
    settings = recorded_settings(run)
    dataset = plan.open_dataset()
    if not plan.searches:
        again = recorded(plan, measure(plan, dataset, None, settings, on_progress), None, settings)
        return compared_with(run, again)
    embed = "encoder" in plan.models
    with opened_desk(dataset, plan.collection, home, settings, embed=embed, on_index=on_index) as desk:
        again = recorded(plan, measure(plan, dataset, desk, settings, on_progress), desk, settings)
    return compared_with(run, again)


def compared_with(run: RunRecord, again: RunRecord) -> Replay:
    """Compare two runs of one plan."""
    changed: dict[str, Any] = {}
    if collection := _collection_changes(run.collection, again.collection):
        changed["collection"] = collection
    for name in ("models", "versions", "settings"):
        if values := _changes(getattr(run, name), getattr(again, name)):
            changed[name] = values
    then = {question.id: _outcome(question) for question in run.questions}
    now = {question.id: _outcome(question) for question in again.questions}
    if questions := _key_changes(then, now):
        changed["questions"] = questions
    different = tuple(name for name in {**then, **now} if then.get(name) != now.get(name))
    return Replay(run, again, changed, different)


def _outcome(question: RunQuestion) -> tuple[Any, ...]:
    """Return everything that a question gave but for the time that it took."""
    details = {name: value for name, value in question.details.items() if name != "seconds"}
    return question.query, dict(question.values), _plain(details)


def _plain(value: Any) -> Any:
    """Return a value as it comes back from JSON."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _collection_changes(then: CollectionState | None, now: CollectionState | None) -> dict[str, Any]:
    if then is None or now is None:
        return {}
    changes: dict[str, Any] = {}
    if then.content != now.content:
        changes = {"sources": _key_changes(then.sources, now.sources)}
        for name in ("revision", "passages"):
            changes[name] = {"then": getattr(then, name), "now": getattr(now, name)}
    if vectors := _changes(then.vectors, now.vectors):
        changes["vectors"] = vectors
    return changes


def _key_changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return how many keys are new, gone, or have another value, and the first of them by name."""
    kinds = {"new": sorted(now.keys() - then.keys()), "gone": sorted(then.keys() - now.keys())}
    if all(isinstance(value, str) for value in (*then.values(), *now.values())):
        kinds["changed"] = sorted(key for key in then.keys() & now.keys() if then[key] != now[key])
    return {kind: {"count": len(keys), "first": keys[:_NAMED]} for kind, keys in kinds.items() if keys}


def _changes(then: Mapping[str, Any], now: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Return what differs between two nested mappings, by dotted name."""
    found: dict[str, Any] = {}
    for key in {**then, **now}:
        one, other = then.get(key), now.get(key)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            found.update(_changes(one, other, f"{path}{key}."))
        elif one != other:
            found[f"{path}{key}"] = {"then": one, "now": other}
    return found
