"""Pair scorers: a query and texts to one relevance score each (Nogueira and Cho 2019: the monoBERT cross-encoder)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from carrel.errors import UserError
from carrel.models.backend import Backend, FloatArray
from carrel.models.loading import load_model
from carrel.models.manifest import PairManifest
from carrel.models.torch_pair import load_torch_pair
from carrel.models.windows import WindowCutter, pad
from carrel.settings import BackendName

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class PairScorer:
    """Scores texts for a query; one longer than the model's input counts by its best window (Dai and Callan 2019)."""

    def __init__(self, manifest: PairManifest, backend: Backend, tokenizer: Tokenizer) -> None:
        self.manifest = manifest
        self._backend = backend
        self._cutter = WindowCutter(
            tokenizer,
            max_tokens=manifest.max_tokens,
            stride=manifest.stride,
            max_question_tokens=manifest.max_query_tokens,
        )

    @property
    def name(self) -> str:
        """The model's name, for people."""
        return self.manifest.name

    @property
    def fingerprint(self) -> str:
        """Name and hash of what decides the scores."""
        return self.manifest.fingerprint

    def score(self, query: str, texts: Sequence[str]) -> FloatArray:
        """Return one score a text, shape (len(texts),), higher is better; a text without a word has minus infinity.

        Raises:
            UserError: the query is empty.
        """
        if not query.strip():
            raise UserError("The query is empty: give at least one word")
        windows = self._cutter.cut(query, texts)
        # Longest first: neighbours need little padding, and parallel calls end together.
        windows.sort(key=lambda window: -len(window.ids))
        size = self._backend.batch_size
        batches = [windows[i : i + size] for i in range(0, len(windows), size)]
        best = np.full(len(texts), -np.inf, dtype=np.float32)
        outputs = self._backend.run([pad(batch, self._backend.pad_id) for batch in batches])
        for batch, (scores, *_) in zip(batches, outputs, strict=True):
            np.maximum.at(best, [window.passage for window in batch], scores.reshape(len(batch)))
        return best


def load_pair_scorer(
    model: str | Path,
    *,
    threads: int = 0,
    backend: BackendName = "default",
    device: str | None = None,
    offline: bool | None = None,
) -> PairScorer:
    """Load a pair scorer: a folder, or a hub name such as cross-encoder/ms-marco-MiniLM-L6-v2; loaded once a process.

    `threads` is the number of texts scored side by side (0: every core); `backend` what runs the model, `device` the
    default backend's, for models that run on torch.

    Raises:
        ModelError: the model is missing or damaged, or does not score pairs with one number.
        MissingExtraError: the model runs on torch, which is not installed.
    """
    loaded = load_model(
        model, PairManifest, load_torch_pair, threads=threads, backend=backend, device=device, offline=offline
    )
    return PairScorer(loaded.manifest, loaded.backend, loaded.tokenizer)
