"""Entity F1: a span counts when its type and both its ends are right (Tjong Kim Sang and De Meulder 2003).

The package that most papers use for this, seqeval, had its last release in 2020; the tests compare with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from carrel.measures.counts import Counts

_BEGINS = frozenset("BSU")
_ENDS = frozenset("ESLU")


@dataclass(frozen=True, slots=True, order=True)
class Entity:
    """An entity of the type `kind` in [start, end), counted in tokens or characters."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class EntityScores:
    """Counts over all entities, and by type, in the order of the types."""

    overall: Counts
    per_kind: Mapping[str, Counts]

    def to_json(self) -> dict[str, object]:
        return {
            **self.overall.to_json(),
            "per kind": {kind: counts.to_json() for kind, counts in self.per_kind.items()},
        }


def entities_of(tags: Sequence[str]) -> list[Entity]:
    """Read the entities out of one sentence's tags: IOB1, IOB2, IOBES or BILOU.

    Like the shared task's own `conlleval`, an inside tag that follows nothing of its type begins an entity: no tag
    sequence is refused.

    Raises:
        ValueError: a tag is neither `O` nor a prefix, a hyphen and a type.
    """
    found: list[Entity] = []
    start, inside = 0, ""
    for place, tag in enumerate((*tags, "O")):
        prefix, kind = _parts(tag)
        if inside and (kind != inside or prefix in _BEGINS):
            found.append(Entity(start, place, inside))
            inside = ""
        if kind and not inside:
            start, inside = place, kind
        if inside and prefix in _ENDS:
            found.append(Entity(start, place + 1, inside))
            inside = ""
    return found


def entity_scores(predictions: Iterable[Collection[Entity]], golds: Iterable[Collection[Entity]]) -> EntityScores:
    """Compare the entities of every text; both hold one collection a text.

    Raises:
        ValueError: they differ in length.
    """
    found: set[tuple[int, Entity]] = set()
    gold: set[tuple[int, Entity]] = set()
    for text, (predicted, true) in enumerate(zip(predictions, golds, strict=True)):
        found.update((text, entity) for entity in predicted)
        gold.update((text, entity) for entity in true)
    kinds = sorted({entity.kind for _, entity in found | gold})
    return EntityScores(
        overall=Counts.of(found, gold),
        per_kind={
            kind: Counts.of([e for e in found if e[1].kind == kind], [e for e in gold if e[1].kind == kind])
            for kind in kinds
        },
    )


def _parts(tag: str) -> tuple[str, str]:
    if tag == "O":
        return "", ""
    prefix, hyphen, kind = tag.partition("-")
    if not hyphen or not kind or prefix not in {"B", "I", "E", "S", "L", "U"}:
        raise ValueError(f"{tag!r} is no entity tag: expected O, or B-, I-, E-, S-, L- or U- and a type")
    return prefix, kind
