"""The modules that are traced: models with what follows them, from token ids to what the loaders read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch


class EncoderGraph(torch.nn.Module):
    """A sentence-transformers model from token ids to unit vectors, shape (batch, dimensions)."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        features: dict[str, Any] = self.model({"input_ids": input_ids, "attention_mask": attention_mask})
        return torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)


class PairGraph(torch.nn.Module):
    """A sequence classification model with one label, from token ids to scores, shape (batch,)."""

    def __init__(self, model: torch.nn.Module, inputs: Sequence[str]) -> None:
        super().__init__()
        self.model = model
        self.inputs = tuple(inputs)

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.model(**dict(zip(self.inputs, tensors, strict=True))).logits[:, 0]
        return scores


class ReaderGraph(torch.nn.Module):
    """A question answering model from token ids to start and end logits, each of shape (batch, tokens)."""

    def __init__(self, model: torch.nn.Module, inputs: Sequence[str]) -> None:
        super().__init__()
        self.model = model
        self.inputs = tuple(inputs)

    def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        output = self.model(**dict(zip(self.inputs, tensors, strict=True)))
        return output.start_logits, output.end_logits
