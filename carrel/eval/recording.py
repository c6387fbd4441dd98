"""Runs: a measurement with everything that decided it, to be kept, exported, and done again."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from carrel.errors import SettingsError
from carrel.eval.plan import Plan
from carrel.eval.result import EvalResult
from carrel.records.run import CollectionState, RunQuestion, RunRecord
from carrel.settings import Settings

if TYPE_CHECKING:
    from carrel.platform import Platform

PACKAGES = ("carrel", "faiss-cpu", "haystack-ai", "numpy", "onnxruntime", "tantivy", "tokenizers")
"""The packages whose version can change what a measurement gives."""


def recorded(plan: Plan, result: EvalResult, desk: Platform | None, settings: Settings) -> RunRecord:
    """Return the run of a measurement that was just made."""
    return RunRecord(
        dataset=result.dataset,
        stage=result.stage,
        system=result.system,
        plan=plan.to_json(),
        settings=settings.model_dump(mode="json"),
        models=model_fingerprints(plan, settings),
        versions=package_versions(),
        collection=None if desk is None else collection_state(desk, plan.collection),
        metrics={name: estimate.to_json() for name, estimate in result.metrics.items()},
        further=dict(result.further),
        seconds=result.seconds,
        questions=tuple(RunQuestion(q.id, q.query, q.values, q.details) for q in result.per_query),
    )


def recorded_settings(run: RunRecord) -> Settings:
    """Return the settings of a run, whatever file and environment say today.

    Raises:
        SettingsError: this version of Carrel does not know them any more.
    """
    defaults = Settings.model_construct()
    try:
        parts = {name: _validated(getattr(defaults, name), value) for name, value in run.settings.items()}
    except (AttributeError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise SettingsError(f"The settings of run {run.id} cannot be used by this version: {reason}") from error
    return Settings.model_construct(**parts)


def _validated(default: Any, value: Any) -> Any:
    return type(default).model_validate(value) if isinstance(default, BaseModel) else value


def model_fingerprints(plan: Plan, settings: Settings) -> dict[str, str]:
    """Return the fingerprints of the models that take part; models of one name are loaded once per process."""
    found = {}
    searched_by_words = plan.stage != "retrieval" and settings.search.mode == "bm25"
    if "encoder" in plan.models and not searched_by_words:
        from carrel.models.sentence_encoder import load_encoder

        found["encoder"] = load_encoder(
            settings.models.encoder, threads=settings.models.threads, backend=settings.models.backend
        ).fingerprint
    if "reader" in plan.models:
        from carrel.models.span_reader import load_span_model

        name = plan.arguments.get("model") or settings.models.reader
        found["reader"] = load_span_model(
            name, threads=settings.models.threads, backend=settings.models.backend
        ).fingerprint
    return found


def package_versions() -> dict[str, str]:
    """Return the versions of Python and of what decides results."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def collection_state(desk: Platform, name: str | None) -> CollectionState:
    """Return what a collection holds now."""
    return CollectionState(
        name=name,
        revision=desk.store.revision,
        passages=desk.store.count_documents(),
        vectors={coverage.fingerprint: coverage.vectors for coverage in desk.store.coverage()},
        sources={
            record.uri: f"{record.version}:{record.passages}" for record in desk.store.sources() if record.version
        },
    )


def run_json(run: RunRecord, *, details: bool = True) -> dict[str, Any]:
    """Return a run as one JSON object; without `details`, only what a comparison needs of every question."""
    return {
        "run": run.id,
        "created": run.created,
        "dataset": run.dataset,
        "stage": run.stage,
        "system": run.system,
        "queries": len(run.questions),
        "metrics": dict(run.metrics),
        "seconds": run.seconds,
        **run.further,
        "plan": dict(run.plan),
        "settings": dict(run.settings),
        "models": dict(run.models),
        "versions": dict(run.versions),
        "collection": _state_json(run.collection),
        "questions": [
            {
                "id": q.id,
                "query": q.query,
                "values": dict(q.values),
                **({"details": dict(q.details)} if details else {}),
            }
            for q in run.questions
        ],
    }


def _state_json(state: CollectionState | None) -> Mapping[str, Any] | None:
    if state is None:
        return None
    return {
        "name": state.name,
        "revision": state.revision,
        "passages": state.passages,
        "vectors": dict(state.vectors),
        "sources": len(state.sources),
        "content": state.content,
    }
