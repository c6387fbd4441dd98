"""Where and in which precision torch runs a network; named by the settings, never chosen behind a user's back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from carrel.errors import ModelError
from carrel.settings import BackendName

if TYPE_CHECKING:
    import torch

TorchPrecision = Literal["float32", "bfloat16", "float16"]

_PRECISIONS: dict[str, TorchPrecision] = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}


@dataclass(frozen=True, slots=True)
class TorchRuntime:
    """A device and a precision of weights and arithmetic; attention is torch's fused one (SDPA) on both."""

    device: str = "cpu"
    precision: TorchPrecision = "float32"

    @property
    def backend(self) -> Literal["torch", "torch-cuda"]:
        """What a model's fingerprint says of it: results on a GPU differ from those on a CPU in their last digits."""
        return "torch-cuda" if self.device.startswith("cuda") else "torch"

    def placed(self, network: torch.nn.Module) -> torch.nn.Module:
        """Move a network to the device, in the precision."""
        import torch

        return network.to(device=self.device, dtype=getattr(torch, self.precision))


def torch_runtime(backend: BackendName = "default", device: str | None = None) -> TorchRuntime:
    """Return the runtime that a backend names; `device` is that of the default one (None: the CPU).

    Raises:
        ModelError: torch cannot use the device here.
    """
    if backend in ("default", "onnx"):
        return TorchRuntime(usable_device(device or "cpu"))
    place, _, precision = backend.partition("-")
    return TorchRuntime(usable_device("cuda" if place == "cuda" else "cpu"), _PRECISIONS[precision])


def usable_device(device: str) -> str:
    """Return the device if torch can use it here; the CPU is not even tried.

    Raises:
        ModelError: torch cannot.
    """
    if device == "cpu":
        return device
    import torch

    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(
            f"torch cannot use the device {device!r}: {reason}; name cpu, or a backend that this machine has"
        ) from error
    return device


def training_device(device: str | None) -> str:
    """Return the device to train on: the one named, else the GPU if there is one, else the CPU.

    Raises:
        ModelError: torch cannot use the named device here.
    """
    import torch

    if device is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    return usable_device(device)
