"""Attention, dropout and memory for training on a CPU, where torch's own take more than half of a step.

The backward pass of torch's fused attention is slow there (six times as long as the matrix products in it), and its
dropout draws one random float an element. Both are replaced in the model that is trained; what is saved is the same.
Memory for tensors, which the C library asks of the system and gives back again and again, is kept by the process.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import torch

from carrel.training.attention import attend_by

_MASKED = -1e4
"""What is added to the logits of padding; a bfloat16's lowest value would overflow when it is added to."""
_BYTE = 256
_MALLOC_OPTIONS = {-4: 0, -1: 2**31 - 1, -2: 256 * 1024**2}
"""glibc's M_MMAP_MAX, M_TRIM_THRESHOLD and M_TOP_PAD (malloc.h): no mapping of its own for a large block, nothing given
back below 2 GiB, and 256 MiB asked for at a time."""


def use_cpu_kernels(model: torch.nn.Module) -> None:
    """Let the transformers models in a module on the CPU attend and drop out by these functions.

    Attention weights are not dropped out; another architecture keeps its own attention.
    """
    _keep_memory()
    attend_by(model, "carrel_cpu", _attend)
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, torch.nn.Dropout):
                setattr(module, name, ByteDropout(child.p).train(child.training))


def _keep_memory() -> None:
    """Let glibc keep what is freed: every step needs as much again, and fresh pages took half of an encoder's step."""
    if not sys.platform.startswith("linux"):
        return
    library = ctypes.CDLL(None)
    # Another C library of Linux (musl) has no such call, and another allocator that was loaded first does not heed it.
    if hasattr(library, "mallopt"):
        for option, value in _MALLOC_OPTIONS.items():
            library.mallopt(option, value)


class ByteDropout(torch.nn.Dropout):
    """Dropout by one random byte an element: the probability is rounded to a 256th."""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return `inputs` (any shape) with elements set to zero and the others scaled up, in training only."""
        dropped = round(self.p * _BYTE)
        if not self.training or not dropped:
            return inputs
        drawn = torch.empty((inputs.numel() + 7) // 8, dtype=torch.int64).random_(-(2**63), None)
        kept = drawn.view(torch.uint8)[: inputs.numel()].view(inputs.shape) >= dropped
        return torch.where(kept, inputs * (_BYTE / (_BYTE - dropped)), 0.0)


class _Attention(torch.autograd.Function):
    """Scaled dot-product attention that keeps the probabilities for its backward pass."""

    @staticmethod
    def forward(
        ctx: Any,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor | None,
        scale: float,
    ) -> torch.Tensor:
        query, key, value = (query * scale).contiguous(), key.contiguous(), value.contiguous()
        logits = torch.matmul(query, key.transpose(-1, -2))
        if mask is not None:
            logits += mask
        probabilities = torch.softmax(logits, -1)
        ctx.save_for_backward(query, key, value, probabilities)
        ctx.scale = scale
        return torch.matmul(probabilities, value)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        query, key, value, probabilities = ctx.saved_tensors
        gradient = gradients[0].contiguous()
        of_probabilities = torch.matmul(gradient, value.transpose(-1, -2))
        of_logits = torch._softmax_backward_data(of_probabilities, probabilities, -1, probabilities.dtype)
        return (
            torch.matmul(of_logits, key).mul_(ctx.scale),
            torch.matmul(of_logits.transpose(-1, -2), query),
            torch.matmul(probabilities.transpose(-1, -2), gradient),
            None,
            None,
        )


def _attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None, scale: float
) -> torch.Tensor:
    if mask is not None and mask.dtype == torch.bool:
        mask = torch.zeros(mask.shape, dtype=query.dtype).masked_fill_(~mask, _MASKED)
    mixed: torch.Tensor = _Attention.apply(query, key, value, mask, scale)
    return mixed
