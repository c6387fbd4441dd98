"""The modules that are traced: models with what follows them, from token ids to what the loaders read."""

from __future__ import annotations

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
