"""Search results as files to take along."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict

from carrel.platform.results import SearchResult
from carrel.types import Hit

_COLUMNS = ("mode", "rank", "source", "title", "page", "start", "end", "scores", "text", "meta")


def as_csv(results: Sequence[SearchResult]) -> str:
    """Return the hits of some searches as CSV with a head line; scores and metadata are JSON."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS)
    writer.writeheader()
    for result in results:
        for hit in result:
            row = _row(result.mode, hit)
            writer.writerow({**row, "scores": _json(row["scores"]), "meta": _json(row["meta"])})
    return out.getvalue()


def as_json(results: Sequence[SearchResult]) -> str:
    """Return the hits of some searches as one JSON object."""
    hits = [_row(result.mode, hit) for result in results for hit in result]
    return _json({"query": results[0].query if results else "", "hits": hits})


def _row(mode: str, hit: Hit) -> dict[str, object]:
    return {
        "mode": mode,
        "rank": hit.rank,
        "source": hit.source,
        "title": hit.title,
        "page": hit.page,
        **asdict(hit.span),
        "scores": dict(hit.scores),
        "text": hit.text,
        "meta": dict(hit.meta),
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
