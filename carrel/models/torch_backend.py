"""torch: any network that transformers or sentence-transformers can load, on the CPU or a GPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from carrel.models.backend import Inputs, Outputs

if TYPE_CHECKING:
    import torch

Network = Callable[[Mapping[str, "torch.Tensor"]], Sequence["torch.Tensor"]]


class TorchBackend:
    """Runs a network on padded batches, one after the other; results are exact to float32 rounding."""

    def __init__(self, network: Network, device: str, *, pad_id: int, batch_size: int = 32) -> None:
        self.batch_size = batch_size
        self.pad_id = pad_id
        self._network = network
        self._device = device

    def run(self, batches: Sequence[Inputs]) -> list[Outputs]:
        import torch

        results = []
        with torch.inference_mode():
            for batch in batches:
                tensors = {name: torch.from_numpy(array).to(self._device) for name, array in batch.items()}
                outputs = self._network(tensors)
                results.append(tuple(np.asarray(output.float().cpu().numpy()) for output in outputs))
        return results
