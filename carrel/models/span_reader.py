"""Span readers: a question and passages to the spans that answer it (Devlin et al. 2019, section 4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from carrel.errors import UserError
from carrel.models.backend import Backend, FloatArray
from carrel.models.loading import load_model
from carrel.models.manifest import ReaderManifest
from carrel.models.spans import ScoredSpan, window_spans, without_overlaps
from carrel.models.torch_reader import load_torch_reader
from carrel.models.windows import Window, WindowCutter, pad
from carrel.settings import BackendName

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_CANDIDATES_PER_SPAN = 8
"""Spans taken from a window for every one wanted: the best ones are mostly variants of each other."""


class SpanModel:
    """Scores the spans of passages as answers to a question; lengths are in tokens."""

    def __init__(
        self,
        manifest: ReaderManifest,
        backend: Backend,
        tokenizer: Tokenizer,
        *,
        stride: int | None = None,
        max_answer_tokens: int | None = None,
    ) -> None:
        self.manifest = manifest
        self.tokenizer = tokenizer
        self.stride = manifest.stride if stride is None else stride
        self.max_answer_tokens = max_answer_tokens or manifest.max_answer_tokens
        self._backend = backend
        self._cutter = WindowCutter(
            tokenizer,
            max_tokens=manifest.max_tokens,
            stride=self.stride,
            max_question_tokens=manifest.max_question_tokens,
        )

    @property
    def name(self) -> str:
        """The model's name, for people."""
        return self.manifest.name

    @property
    def fingerprint(self) -> str:
        """Name and hash of what decides the scores."""
        return self.manifest.fingerprint

    def read(self, question: str, passages: Sequence[str], *, count: int = 5) -> list[list[ScoredSpan]]:
        """Return, for every passage, its best `count` spans of which no two overlap, best first.

        A passage without a word has none. A question longer than the model's limit is read up to there.

        Raises:
            UserError: the question is empty.
        """
        if not question.strip():
            raise UserError("The question is empty; ask something")
        windows = self._cutter.cut(question, passages)
        found: list[list[ScoredSpan]] = [[] for _ in passages]
        for window, (start, end) in zip(windows, self._logits(windows), strict=True):
            found[window.passage] += window_spans(
                start,
                end,
                window,
                max_answer_tokens=self.max_answer_tokens,
                count=count * _CANDIDATES_PER_SPAN,
            )
        return [without_overlaps(spans, count) for spans in found]

    def logits(self, question: str, passage: str) -> list[tuple[Window, tuple[FloatArray, FloatArray]]]:
        """Return the windows of a passage, in order, each with its start and end logits, shape (tokens,)."""
        windows = self._cutter.cut(question, [passage])
        return list(zip(windows, self._logits(windows), strict=True))

    def _logits(self, windows: Sequence[Window]) -> list[tuple[FloatArray, FloatArray]]:
        """Return start and end logits, each of shape (tokens of the window,), for every window."""
        # Longest first: neighbours need little padding, and parallel calls end together.
        order = sorted(range(len(windows)), key=lambda number: -len(windows[number].ids))
        size = self._backend.batch_size
        batches = [order[i : i + size] for i in range(0, len(order), size)]
        inputs = [pad([windows[number] for number in batch], self._backend.pad_id) for batch in batches]
        logits: dict[int, tuple[FloatArray, FloatArray]] = {}
        for batch, (starts, ends) in zip(batches, self._backend.run(inputs), strict=True):
            for row, number in enumerate(batch):
                length = len(windows[number].ids)
                logits[number] = starts[row, :length], ends[row, :length]
        return [logits[number] for number in range(len(windows))]


def load_span_model(
    model: str | Path = "carrel-reader",
    *,
    stride: int | None = None,
    max_answer_tokens: int | None = None,
    threads: int = 0,
    backend: BackendName = "default",
    device: str | None = None,
    offline: bool | None = None,
) -> SpanModel:
    """Load a span reader: a packaged model, a folder, or a hub name; weights that are loaded already are shared.

    `stride` (tokens that the windows of a long passage share) and `max_answer_tokens` replace the model's own;
    `threads` is the number of windows read side by side (0: every core); `backend` what runs the model, `device` the
    default backend's, for models that run on torch.

    Raises:
        ModelError: the model is missing or damaged, or does not mark spans.
        MissingExtraError: the model runs on torch, which is not installed.
    """
    loaded = load_model(
        model, ReaderManifest, load_torch_reader, threads=threads, backend=backend, device=device, offline=offline
    )
    return SpanModel(
        loaded.manifest, loaded.backend, loaded.tokenizer, stride=stride, max_answer_tokens=max_answer_tokens
    )
