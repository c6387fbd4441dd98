"""Receipts: what an adapted model was compared with, on what, and whether it takes the other's place."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from carrel.measures.comparison import Verdict, compare_with_baseline

RECEIPT = "receipt.json"


class ReceiptLine(BaseModel):
    """One kind of question: means of both models, and the difference with its interval and adjusted p-value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    questions: int
    baseline: float | None
    adapted: float | None
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    verdict: str


class Receipt(BaseModel):
    """The comparison on held-out documents that decides whether an adapted model is used."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str = Field(description="encoder or reader.")
    collection: str
    measure: str = Field(description="What is compared, higher is better.")
    baseline: str = Field(description="Fingerprint of the model in use.")
    adapted: str = Field(description="Fingerprint of the adapted model.")
    learned_from: str = Field(description="What the adapted model learned from, for people.")
    held_out_documents: int
    lines: dict[str, ReceiptLine]
    better: bool = Field(
        description="Proven better on one kind at least and worse on none; of made kinds, on all that were not learned."
    )
    adopted: bool = False
    note: str = Field("", description="What else became of the model, for people.")
    created: float

    @property
    def sentence(self) -> str:
        """The verdict, for people."""
        if self.better:
            return f"The adapted {self.what} is better on held-out documents and becomes the collection's."
        return f"The adapted {self.what} is not proven better on held-out documents: the collection keeps its own."

    def save(self, folder: Path) -> None:
        """Write `receipt.json` beside the model, aside first and then renamed."""
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f"{RECEIPT}.tmp"
        aside.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
        aside.replace(folder / RECEIPT)


def written_receipt(
    scores: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    what: str,
    collection: str,
    measure: str,
    baseline: str,
    adapted: str,
    learned_from: str,
    held_out_documents: int,
    learned: Collection[str] = (),
) -> Receipt:
    """Compare two models; `scores` holds for each kind of question (baseline, adapted), question by question.

    The adapted model is better if a paired randomisation test, corrected for the number of kinds, shows it on one kind
    at least, and on no kind its mean is lower by more than the interval would allow for chance. Where kinds were
    `learned`, those show nothing but that they were, and every other kind on which the two differ has to be better:
    made queries are like real ones only in part, and it is where different ones agree that real ones may follow.
    """
    differences = {kind: [after - before for before, after in zip(*pair, strict=True)] for kind, pair in scores.items()}
    compared = compare_with_baseline(differences)
    lines = {
        kind: ReceiptLine(
            questions=len(scores[kind][0]),
            baseline=_mean(scores[kind][0]),
            adapted=_mean(scores[kind][1]),
            difference=one.difference.value,
            low=one.difference.low,
            high=one.difference.high,
            p=one.adjusted_p,
            verdict=str(one.verdict),
        )
        for kind, one in compared.items()
    }
    worse = any(one.verdict is Verdict.WORSE for one in compared.values())
    proofs = [one for kind, one in compared.items() if kind not in learned and any(differences[kind])]
    proven = [one.verdict is Verdict.BETTER for one in proofs]
    return Receipt(
        what=what,
        collection=collection,
        measure=measure,
        baseline=baseline,
        adapted=adapted,
        learned_from=learned_from,
        held_out_documents=held_out_documents,
        lines=lines,
        better=any(proven) and not worse and (all(proven) or not learned),
        created=time.time(),
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
