"""Distillation: a small reader learns what a larger one thinks of every position (Hinton, Vinyals and Dean 2015).

The teacher may have another tokenizer and shorter or longer windows: its probabilities are moved from its tokens to
those of the student by the characters under them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carrel.models.locate import find_model
from carrel.models.span_reader import SpanModel
from carrel.models.torch_reader import load_torch_reader
from carrel.models.torch_runtime import TorchRuntime, training_device
from carrel.models.windows import Window
from carrel.training.examples import Example

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.float32]


class Teacher:
    """A larger reader, named by hub name or folder, whose softened start and end probabilities are the targets.

    Raises:
        ModelError: it is no span reader.
    """

    def __init__(self, model: str, *, temperature: float = 2.0, device: str | None = None) -> None:
        loaded = load_torch_reader(find_model(model), model, TorchRuntime(training_device(device)))
        self._reader = SpanModel(loaded.manifest, loaded.backend, loaded.tokenizer)
        self._temperature = temperature

    def loss(
        self, batch: Sequence[Example], start: torch.Tensor, end: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """Return the mean cross-entropy of the student's softened logits, shape (batch, tokens), with the teacher's.

        It is multiplied by the temperature's square, which keeps its gradient at the size of the gold loss's.
        """
        import torch

        targets = self.targets(batch, start.shape[1])
        losses = []
        for logits, target in zip((start, end), targets, strict=True):
            masked = logits.float().masked_fill(mask == 0, -1e4) / self._temperature
            wanted = torch.from_numpy(target).to(logits.device)
            losses.append(-(wanted * torch.log_softmax(masked, dim=-1)).sum(dim=-1).mean())
        return (losses[0] + losses[1]) / 2 * self._temperature**2

    def targets(self, batch: Sequence[Example], tokens: int) -> tuple[Floats, Floats]:
        """Return the teacher's start and end probabilities on the student's tokens, each of shape (batch, tokens)."""
        found = [np.zeros((len(batch), tokens), dtype=np.float32) for _ in range(2)]
        for row, example in enumerate(batch):
            left, right = int(example.window.offsets[0, 0]), int(example.window.offsets[-1, 1])
            piece = example.context[left:right]
            for window, logits in self._reader.logits(example.question, piece):
                for side in range(2):
                    shares = _softmax(logits[side] / self._temperature)
                    _move(shares, window, example.window, left, found[side][row], side)
        start, end = (target / np.maximum(target.sum(axis=1, keepdims=True), 1e-9) for target in found)
        return start, end


def _move(shares: Floats, source: Window, goal: Window, shift: int, target: Floats, side: int) -> None:
    """Add the probabilities of the source's tokens to the goal's tokens that hold the same first or last character."""
    target[0] += 1 - shares[source.first : source.first + len(source.offsets)].sum()
    characters = source.offsets[:, side] + shift - side
    places = np.searchsorted(goal.offsets[:, 1], characters, side="right")
    inside = places < len(goal.offsets)
    np.add.at(target, goal.first + places[inside], shares[source.first : source.first + len(source.offsets)][inside])


def _softmax(logits: Floats) -> Floats:
    shares = np.exp(logits - logits.max())
    normal: Floats = shares / shares.sum()
    return normal
