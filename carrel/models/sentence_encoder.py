"""Sentence encoders: texts to unit vectors (Reimers and Gurevych 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carrel.models.backend import Backend, IntArray, stack
from carrel.models.loading import load_model
from carrel.models.manifest import EncoderManifest
from carrel.models.torch_encoder import load_torch_encoder
from carrel.settings import BackendName

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

Vectors = NDArray[np.float32]


class SentenceEncoder:
    """Maps texts to unit vectors; a text longer than `max_tokens` is read up to there.

    A vector depends on its text alone, never on what else is encoded with it: exactly so with ONNX Runtime, to float32
    rounding with torch, which pads batches.
    """

    def __init__(self, manifest: EncoderManifest, backend: Backend, tokenizer: Tokenizer) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self.manifest = manifest
        self.tokenizer = tokenizer
        self._backend = backend
        self._room = manifest.max_tokens - tokenizer.num_special_tokens_to_add(is_pair=False)

    @property
    def name(self) -> str:
        """The model's name, for people."""
        return self.manifest.name

    @property
    def fingerprint(self) -> str:
        """What vectors of different encoders are told apart by."""
        return self.manifest.fingerprint

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self.manifest.dimensions

    @property
    def max_tokens(self) -> int:
        """Longest input in tokens, special tokens included."""
        return self.manifest.max_tokens

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of passages: float32, C-contiguous, shape (len(texts), dimensions), unit length."""
        return self._encode([self.manifest.passage_prompt + text for text in texts])

    def encode_query(self, text: str) -> Vectors:
        """Return the vector of a query, shape (dimensions,)."""
        vector: Vectors = self._encode([self.manifest.query_prompt + text])[0]
        return vector

    def _encode(self, texts: list[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        rows = self._rows(texts)
        # Longest first: neighbours need little padding, and parallel calls end together.
        order = sorted(range(len(rows)), key=lambda row: -len(rows[row][0]))
        size = self._backend.batch_size
        batches = [order[i : i + size] for i in range(0, len(order), size)]
        inputs = [stack([rows[row] for row in batch], self._backend.pad_id) for batch in batches]
        for batch, (output, *_) in zip(batches, self._backend.run(inputs), strict=True):
            vectors[batch] = output
        return vectors

    def _rows(self, texts: list[str]) -> list[tuple[IntArray, IntArray]]:
        encodings = self.tokenizer.encode_batch(texts)
        clipped = [
            encoding if len(encoding.ids) <= self.max_tokens else self._clipped(text)
            for text, encoding in zip(texts, encodings, strict=True)
        ]
        return [(np.array(e.ids, dtype=np.int64), np.array(e.type_ids, dtype=np.int64)) for e in clipped]

    def _clipped(self, text: str) -> Encoding:
        encoding = self.tokenizer.encode(text, add_special_tokens=False)
        encoding.truncate(self._room)
        return self.tokenizer.post_process(encoding)


def load_encoder(
    model: str | Path = "carrel-encoder",
    *,
    threads: int = 0,
    backend: BackendName = "default",
    device: str | None = None,
    offline: bool | None = None,
) -> SentenceEncoder:
    """Load a sentence encoder: a packaged model, a folder, or a hub name; one that is loaded already is shared.

    `threads` is the number of texts encoded side by side (0: every core); `backend` what runs the model, `device` the
    default backend's, for models that run on torch.

    Raises:
        ModelError: the model is missing or damaged, or does not encode sentences.
        MissingExtraError: the model runs on torch, which is not installed.
    """
    loaded = load_model(
        model, EncoderManifest, load_torch_encoder, threads=threads, backend=backend, device=device, offline=offline
    )
    return SentenceEncoder(loaded.manifest, loaded.backend, loaded.tokenizer)
