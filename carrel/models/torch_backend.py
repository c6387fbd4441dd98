"""torch: any network that transformers or sentence-transformers can load, on the CPU or a GPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from carrel.errors import ModelError
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


def choose_device(device: str | None) -> str:
    """Return `device`, or the GPU if there is one, else the CPU.

    Raises:
        ModelError: torch cannot use the named device here.
    """
    import torch

    if device is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(
            f"torch cannot use the device {device!r}: {reason}; name cpu, or none to let Carrel choose"
        ) from error
    return device
