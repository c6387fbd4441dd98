"""How hits are drawn: scores by name, the words that matched, and why each is a hit; and the counts beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from carrel.platform.results import SearchResult
from carrel.stores.facets import Facet
from carrel.types import Hit, Why
from carrel.ui import words
from carrel.ui.drawing import Node, node
from carrel.ui.drawing.element import action
from carrel.ui.places import link, place_of
from carrel.ui.texts import Marks, marked

_SCORES = {"fused": "fused", "rerank": "reranked", "bm25": "words (BM25)", "cosine": "meaning (cosine)"}
_RANKERS = {"bm25": "by words", "dense": "by meaning"}


def found(result: SearchResult, title: str | None, *, has_previous: bool) -> Node:
    """Draw one page of a search."""
    first, last = (result.hits[0].rank, result.hits[-1].rank) if result.hits else (0, 0)
    said = f"{first} to {last}, in {words.seconds(result.seconds)}" if result.hits else "Nothing was found."
    turn = [
        node("button", text, type="button", data_turns=True, **action(name))
        for name, text, there in (("previous", "Previous", has_previous), ("next", "Next", result.next is not None))
        if there
    ]
    return node(
        "section",
        node("h2", title) if title else None,
        node("p", said, class_="soft", role="status"),
        [node("p", note, class_="soft") for note in result.notes],
        node("ol", [node("li", _hit(hit, result.mode)) for hit in result.hits]),
        node("div", turn, class_="row"),
        class_="stack",
        aria_label=title or "Hits",
    )


def counted(facets: Sequence[Facet], chosen: Mapping[str, Sequence[Any]]) -> Node:
    """Draw the counts of fields; each value can be chosen, and let go again."""
    return node("div", [_facet(facet, chosen.get(facet.field, ())) for facet in facets], class_="stack wide facets")


def _facet(facet: Facet, chosen: Sequence[Any]) -> Node:
    values = [
        node(
            "li",
            node(
                "button",
                node("bdi", str(entry.value)),
                node("span", f"{entry.passages:,}"),
                type="button",
                aria_pressed=str(entry.value in chosen).lower(),
                **action("choose", [facet.field, entry.value]),
            ),
        )
        for entry in facet.values
    ]
    rest = [f"{facet.other:,} with other values"] if facet.other else []
    rest += [f"{facet.missing:,} without it"] if facet.missing else []
    name = facet.field.removeprefix("meta.")
    return node(
        "section",
        node("h3", node("bdi", name)),
        node("ul", values, class_="facet"),
        node("p", ", ".join(rest), class_="soft") if rest else None,
        aria_label=f"Count by {name}",
    )


def _hit(hit: Hit, mode: str) -> Node:
    page = node("span", f"page {hit.page}") if hit.page is not None else None
    head = [
        node("span", str(hit.rank), class_="rank"),
        link(hit.title or hit.source, place_of(hit.source, None, hit.span)),
        page,
        node("bdi", hit.source, class_="soft") if hit.source != hit.title else None,
    ]
    spans = [span for term in hit.why.terms for span in term.spans] if hit.why else []
    return node(
        "article",
        node("div", head, class_="row"),
        node("div", marked(hit.text.rstrip(), hit.span.start, Marks(terms=spans)), class_="text excerpt", tabindex="0"),
        node("details", node("summary", _scores(hit)), _why(hit.why), id=f"why-{mode}-{hit.id}"),
        class_="hit stack",
    )


def _scores(hit: Hit) -> str:
    named = [f"{_SCORES.get(name, name)} {score:.3g}" for name, score in hit.scores.items()]
    return "Why: " + ", ".join(named)


def _why(why: Why | None) -> Node | None:
    if why is None:
        return None
    ranks = [f"{_RANKERS.get(name, name)} {rank}" for name, rank in why.ranks.items()]
    facts = [("Rank before fusion", ", ".join(ranks))] if ranks else []
    for term in why.terms:
        rarity = f", idf {term.idf:.2f}" if term.idf is not None else ""
        forms = ", ".join(term.forms) or term.query
        facts.append((term.query, f"{forms} in {', '.join(term.fields)}{rarity}"))
    if not why.terms:
        facts.append(("Words", "none of the words stands in it: it is near in meaning"))
    return node("dl", [part for name, said in facts for part in (node("dt", node("bdi", name)), node("dd", said))])
