"""What a report shows of a question: short stretches of text around an answer, and where it stands."""

from __future__ import annotations

from typing import Any

from carrel.eval.evidence import EvidenceTracer
from carrel.eval.questions import OpenQuestion
from carrel.types import Answer, Span

_AROUND = 200


def excerpt(text: str, span: Span, around: int = _AROUND) -> dict[str, str]:
    """Return what stands before, in and after a span of a text, cut at word boundaries."""
    left, right = max(0, span.start - around), min(len(text), span.end + around)
    if left:
        left = text.find(" ", left, span.start) + 1 or left
    if right < len(text):
        right = max(text.rfind(" ", span.end, right), span.end)
    before = ("… " if left else "") + text[left : span.start]
    after = text[span.end : right] + (" …" if right < len(text) else "")
    return {"before": before, "marked": text[span.start : span.end], "after": after}


def shown_answer(answer: Answer | None) -> dict[str, Any] | None:
    """Return an answer with its surroundings; None without one."""
    if answer is None:
        return None
    local = Span(answer.span.start - answer.context_start, answer.span.end - answer.context_start)
    return {
        "source": answer.source,
        "version": answer.version,
        "start": answer.span.start,
        "end": answer.span.end,
        **excerpt(answer.context, local),
    }


def shown_gold(question: OpenQuestion, tracer: EvidenceTracer) -> dict[str, Any] | None:
    """Return the first gold answer with its surroundings in the collection or, if it is not there, in the dataset."""
    for source, span in tracer.spans(question)[:1]:
        return {"source": source, "start": span.start, "end": span.end, **excerpt(tracer.text(source), span)}
    return shown_annotation(question)


def shown_annotation(question: OpenQuestion) -> dict[str, Any] | None:
    """Return the first gold answer with its surroundings in the text that the annotators read; None without one."""
    for context in question.contexts:
        for answer in context.well_placed[:1]:
            return {"source": context.name, **excerpt(context.text, Span(answer.start, answer.end))}
    return None
