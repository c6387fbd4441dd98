"""Precision and recall of citations: against gold evidence, and against what the cited texts support."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Supports = Callable[[str, Sequence[str]], bool]
"""Tells whether passages together support a statement (a person, or a model of entailment)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The characters [start, end) of a source."""

    source: str
    start: int
    end: int

    def overlaps(self, other: Evidence) -> bool:
        """Tell whether both have a character in common; empty evidence has none."""
        return self.source == other.source and max(self.start, other.start) < min(self.end, other.end)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a generated answer, and the texts that it cites."""

    text: str
    citations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CitationScores:
    """Precision is None without a citation; recall is None where nothing had to be cited."""

    precision: float | None
    recall: float | None

    def to_json(self) -> dict[str, float | None]:
        return {"precision": self.precision, "recall": self.recall}


def citation_scores(citations: Sequence[Evidence], gold: Sequence[Evidence]) -> CitationScores:
    """Compare citations with gold evidence: precision counts citations that touch any of it, recall gold cited."""
    cited, wanted = list(dict.fromkeys(citations)), list(dict.fromkeys(gold))
    return CitationScores(
        _share([any(place.overlaps(true) for true in wanted) for place in cited]),
        _share([any(true.overlaps(place) for place in cited) for true in wanted]),
    )


def supported_citations(statements: Sequence[Statement], supports: Supports) -> CitationScores:
    """Judge citations by support, without gold (Gao et al. 2023, section 3.3).

    Recall is the share of statements that their citations together support. Precision is the share of citations that
    are needed: their statement is supported, and they support it alone, or the others do not without them.
    """
    supported: list[bool] = []
    needed: list[bool] = []
    for statement in statements:
        whole = bool(statement.citations) and supports(statement.text, statement.citations)
        supported.append(whole)
        needed.extend(whole and _is_needed(statement, n, supports) for n in range(len(statement.citations)))
    return CitationScores(_share(needed), _share(supported))


def _is_needed(statement: Statement, place: int, supports: Supports) -> bool:
    if len(statement.citations) == 1:
        return True
    others = statement.citations[:place] + statement.citations[place + 1 :]
    return supports(statement.text, (statement.citations[place],)) or not supports(statement.text, others)


def _share(outcomes: Sequence[bool]) -> float | None:
    return sum(outcomes) / len(outcomes) if outcomes else None
