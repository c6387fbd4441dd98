"""The modules that are traced: models with what follows them, from token ids to what the loaders read.

One row a call is what runs an export, so nothing is ever padded: the mask is made of ones inside the graph, where it
decides nothing and is left out of attention, in which it took a fifth of a call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from carrel.training.attention import attend_by

_UNPADDED = "carrel_unpadded"


class EncoderGraph(torch.nn.Module):
    """A sentence-transformers model from token ids to unit vectors, shape (batch, dimensions)."""

    inputs = ("input_ids",)

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model
        attend_by(model, _UNPADDED, _unmasked)

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        features: dict[str, Any] = self.model({"input_ids": input_ids, "attention_mask": torch.ones_like(input_ids)})
        return torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)


class _TaskGraph(torch.nn.Module):
    """A transformers model with a head; `inputs` are those of its inputs that the graph takes."""

    def __init__(self, model: torch.nn.Module, inputs: Sequence[str]) -> None:
        super().__init__()
        self.model = model
        self.inputs = tuple(name for name in inputs if name != "attention_mask")
        attend_by(model, _UNPADDED, _unmasked)

    def _run(self, tensors: Sequence[torch.Tensor]) -> Any:
        given = dict(zip(self.inputs, tensors, strict=True))
        return self.model(**given, attention_mask=torch.ones_like(given["input_ids"]))


class PairGraph(_TaskGraph):
    """A sequence classification model with one label, from token ids to scores, shape (batch,)."""

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self._run(tensors).logits[:, 0]
        return scores


class ReaderGraph(_TaskGraph):
    """A question answering model from token ids to start and end logits, each of shape (batch, tokens)."""

    def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        output = self._run(tensors)
        return output.start_logits, output.end_logits


def _unmasked(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, _mask: torch.Tensor | None, scale: float
) -> torch.Tensor:
    weights = torch.softmax(torch.matmul(query * scale, key.transpose(-1, -2)), dim=-1)
    return torch.matmul(weights, value)
