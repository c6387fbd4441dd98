"""One training run of a span reader: model, optimizer and position, saved and restored together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carrel.errors import ModelError
from carrel.models.torch_runtime import training_device
from carrel.models.windows import pad
from carrel.training.examples import Example

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from carrel.training.distillation import Teacher
    from carrel.training.reader import ReaderArguments

_LENGTHS = 16
"""Batches are as long as a multiple of this: torch compiles its matrix products on a CPU anew for every length."""


class ReaderRun:
    """Takes steps; `done` counts them, `best` and `stale` are those of early stopping.

    Raises:
        ModelError: the checkpoint belongs to a run with other data or arguments.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        arguments: ReaderArguments,
        steps: int,
        checkpoint: Path,
        identity: str,
        *,
        device: str | None = None,
        teacher: Teacher | None = None,
    ) -> None:
        import torch

        self.model = model
        self.device = training_device(device)
        self._arguments = arguments
        self._checkpoint = checkpoint
        self._identity = identity
        self._teacher = teacher
        torch.nn.Module.to(model, self.device)
        if self.device == "cpu":
            from carrel.training.cpu_kernels import use_cpu_kernels

            use_cpu_kernels(model)
        model.train()
        decayed = [p for n, p in model.named_parameters() if p.ndim > 1]
        plain = [p for n, p in model.named_parameters() if p.ndim <= 1]
        self._optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": arguments.weight_decay}, {"params": plain, "weight_decay": 0.0}],
            lr=arguments.learning_rate,
            fused=True,
        )
        warmup = max(1, int(steps * arguments.warmup))
        self._scheduler = torch.optim.lr_scheduler.LambdaLR(
            self._optimizer, lambda step: min((step + 1) / warmup, max(0.0, (steps - step) / max(1, steps - warmup)))
        )
        self.done = 0
        self.best = -1.0
        self.stale = 0
        if checkpoint.is_file():
            self._restore()

    def step(self, batch: Sequence[Example]) -> float:
        """Learn from one batch; returns its loss."""
        import torch

        # Dropout's masks depend on the step alone: a run that was killed draws the same ones.
        torch.manual_seed(self._arguments.seed * 1_000_003 + self.done)
        padded = pad([example.window for example in batch], multiple=_LENGTHS)
        inputs = {name: torch.from_numpy(array).to(self.device) for name, array in padded.items()}
        gold = {
            "start_positions": torch.tensor([e.start for e in batch], device=self.device),
            "end_positions": torch.tensor([e.end for e in batch], device=self.device),
        }
        mixed = self._arguments.precision == "bf16"
        with torch.autocast(torch.device(self.device).type, dtype=torch.bfloat16, enabled=mixed):
            output = self.model(**inputs, **gold)
            loss: torch.Tensor = output.loss
            if self._teacher is not None:
                soft = self._teacher.loss(batch, output.start_logits, output.end_logits, inputs["attention_mask"])
                share = self._arguments.teacher_weight
                loss = (1 - share) * loss + share * soft
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()
        self._scheduler.step()
        self._optimizer.zero_grad()
        self.done += 1
        return float(loss.detach())

    def judged(self, score: float) -> bool:
        """Take note of a score on the held-out split; returns whether it is the best so far."""
        better = score > self.best
        self.best, self.stale = (score, 0) if better else (self.best, self.stale + 1)
        return better

    def save(self) -> None:
        """Write the checkpoint, aside first and then renamed."""
        import torch

        state = {
            "identity": self._identity,
            "done": self.done,
            "best": self.best,
            "stale": self.stale,
            "model": self.model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "scheduler": self._scheduler.state_dict(),
        }
        aside = self._checkpoint.with_suffix(".tmp")
        self._checkpoint.parent.mkdir(parents=True, exist_ok=True)
        torch.save(state, aside)
        aside.replace(self._checkpoint)

    def _restore(self) -> None:
        import torch

        state: dict[str, Any] = torch.load(self._checkpoint, map_location=self.device, weights_only=True)
        if state["identity"] != self._identity:
            raise ModelError(
                f"{self._checkpoint} belongs to a run with other data or arguments; remove it or choose another folder"
            )
        self.model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._scheduler.load_state_dict(state["scheduler"])
        self.done, self.best, self.stale = state["done"], state["best"], state["stale"]
