"""Attention of our own in a transformers model, for training and for exports: what both need to know of the library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

Attend = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor | None, float], torch.Tensor]
"""Maps (query, key, value, mask, scale) to the mixed values; all three have shape (batch, heads, tokens, width)."""


def attend_by(module: torch.nn.Module, name: str, attend: Attend) -> None:
    """Let the plain layers of every transformers model in a module (itself, too) attend by `attend`, called `name`.

    Every other kind of attention stays torch's.

    Plain layers then drop no attention weights out, whatever the model's configuration says. An architecture that does
    not leave its attention to transformers' interface keeps its own.
    """

    def attention(
        module: torch.nn.Module,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attention_mask: torch.Tensor | None,
        dropout: float = 0.0,
        scaling: float | None = None,
        is_causal: bool | None = None,  # noqa: FBT001  the library passes it by name, and so declares it
        **others: Any,
    ) -> tuple[torch.Tensor, None]:
        causal = getattr(module, "is_causal", False) if is_causal is None else is_causal
        special = any(others.get(option) is not None for option in ("position_bias", "sliding_window", "softcap"))
        if causal or special or key.shape != query.shape or scaling is None:
            mixed: tuple[torch.Tensor, None] = sdpa_attention_forward(
                module,
                query,
                key,
                value,
                attention_mask,
                dropout=dropout,
                scaling=scaling,
                is_causal=is_causal,
                **others,
            )
            return mixed
        return attend(query, key, value, attention_mask, scaling).transpose(1, 2).contiguous(), None

    AttentionInterface.register(name, attention)
    AttentionMaskInterface.register(name, sdpa_mask)
    for model in list(module.modules()):
        if isinstance(model, PreTrainedModel) and model.config._attn_implementation == "sdpa":
            model.set_attn_implementation(name)
