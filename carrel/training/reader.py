"""Training a span reader: fine-tune an encoder on questions whose answers are marked in a passage.

The loss is the cross-entropy of the start and end positions (Devlin et al. 2019, section 4.2); a window without the
answer points at its first token, so that the score of that position becomes the null score of `carrel.models.spans`.
Every epoch's order derives from the seed, so a run killed anywhere continues from its last checkpoint as if nothing
had happened.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carrel.datasets.squad import SquadQuestion
from carrel.errors import ModelError
from carrel.models.windows import Window, WindowCutter, pad

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

Progress = Callable[[int, int, float], None]
"""Called after every step with (steps done, steps in all, mean loss of the last steps)."""


@dataclass(frozen=True, slots=True)
class ReaderArguments:
    """Hyper-parameters of one run; they and the data decide the result."""

    epochs: float = 1.0
    batch_size: int = 32
    learning_rate: float = 1e-4
    warmup: float = 0.06
    weight_decay: float = 0.01
    dropout: float = 0.0
    max_tokens: int = 256
    stride: int = 96
    precision: str = "bf16"
    seed: int = 0
    checkpoint_steps: int = 250


@dataclass(frozen=True, slots=True)
class Example:
    """One window and the token positions of its answer; (0, 0) says that the window does not hold it."""

    window: Window
    start: int
    end: int


def make_examples(questions: Sequence[SquadQuestion], cutter: WindowCutter) -> list[Example]:
    """Turn questions into windows with gold positions; the first listed answer is the gold one."""
    examples = []
    for question in questions:
        gold = (question.answers[0].start, question.answers[0].end) if question.answers else None
        examples += [_example(window, gold) for window in cutter.cut(question.question, [question.context])]
    return examples


def train_reader(
    base: Path, questions: Sequence[SquadQuestion], out: Path, arguments: ReaderArguments, on_step: Progress
) -> None:
    """Fine-tune the model in folder `base` and save it, with its tokenizer, to the folder `out`.

    The run's state stands in `out/checkpoint.pt` until it is done; calling again with the same arguments and data
    continues there.

    Raises:
        ModelError: the checkpoint in `out` belongs to other arguments or data, or there is nothing to train on.
    """
    import torch
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    cutter = WindowCutter(tokenizer, max_tokens=arguments.max_tokens, stride=arguments.stride)
    examples = make_examples(questions, cutter)
    if not examples:
        raise ModelError("There is nothing to train on: the files hold no question with a passage")
    torch.manual_seed(arguments.seed)
    model = _load(base, arguments.dropout)
    steps = math.ceil(len(examples) * arguments.epochs / arguments.batch_size)
    run = _Run(model, arguments, steps, out / "checkpoint.pt", _identity(arguments, examples))
    losses: list[float] = []
    for step, batch in enumerate(batches(examples, arguments, steps)):
        if step < run.done:
            continue
        losses.append(run.step(batch))
        on_step(step + 1, steps, float(np.mean(losses[-50:])))
        if (step + 1) % arguments.checkpoint_steps == 0:
            run.save()
    model.save_pretrained(out)
    tokenizer.save(str(out / "tokenizer.json"))
    (out / "arguments.json").write_text(json.dumps(asdict(arguments), indent=2) + "\n", encoding="utf-8")
    (out / "checkpoint.pt").unlink(missing_ok=True)


def batches(examples: Sequence[Example], arguments: ReaderArguments, steps: int) -> Iterator[list[Example]]:
    """Yield `steps` batches of windows of similar length; the order depends on the seed and the epoch alone."""
    size, produced, epoch = arguments.batch_size, 0, 0
    while produced < steps:
        order = random.Random(f"{arguments.seed}/{epoch}")
        rows = list(range(len(examples)))
        order.shuffle(rows)
        epoch_batches = []
        for pool in (rows[i : i + size * 64] for i in range(0, len(rows), size * 64)):
            pool.sort(key=lambda row: len(examples[row].window.ids))
            epoch_batches += [pool[i : i + size] for i in range(0, len(pool), size)]
        order.shuffle(epoch_batches)
        for batch in epoch_batches[: steps - produced]:
            yield [examples[row] for row in batch]
        produced += len(epoch_batches)
        epoch += 1


class _Run:
    """Model, optimizer and position of one run, saved and restored together."""

    def __init__(
        self, model: PreTrainedModel, arguments: ReaderArguments, steps: int, checkpoint: Path, identity: str
    ) -> None:
        import torch

        self._model = model
        self._arguments = arguments
        self._checkpoint = checkpoint
        self._identity = identity
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.nn.Module.to(model, self._device)
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
        if checkpoint.is_file():
            self._restore()

    def step(self, batch: Sequence[Example]) -> float:
        import torch

        # Dropout's masks depend on the step alone: a run that was killed draws the same ones.
        torch.manual_seed(self._arguments.seed * 1_000_003 + self.done)
        inputs = {
            name: torch.from_numpy(array).to(self._device) for name, array in pad([e.window for e in batch]).items()
        }
        gold = {
            "start_positions": torch.tensor([e.start for e in batch], device=self._device),
            "end_positions": torch.tensor([e.end for e in batch], device=self._device),
        }
        mixed = self._arguments.precision == "bf16"
        with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=mixed):
            loss: torch.Tensor = self._model(**inputs, **gold).loss
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimizer.step()
        self._scheduler.step()
        self._optimizer.zero_grad()
        self.done += 1
        return float(loss.detach())

    def save(self) -> None:
        import torch

        state = {
            "identity": self._identity,
            "done": self.done,
            "model": self._model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "scheduler": self._scheduler.state_dict(),
        }
        aside = self._checkpoint.with_suffix(".tmp")
        self._checkpoint.parent.mkdir(parents=True, exist_ok=True)
        torch.save(state, aside)
        aside.replace(self._checkpoint)

    def _restore(self) -> None:
        import torch

        state: dict[str, Any] = torch.load(self._checkpoint, map_location=self._device, weights_only=True)
        if state["identity"] != self._identity:
            raise ModelError(
                f"{self._checkpoint} belongs to a run with other data or arguments; remove it or choose another folder"
            )
        self._model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._scheduler.load_state_dict(state["scheduler"])
        self.done = state["done"]


def _example(window: Window, gold: tuple[int, int] | None) -> Example:
    if gold is None:
        return Example(window, 0, 0)
    starts, ends = window.offsets[:, 0], window.offsets[:, 1]
    if gold[0] < starts[0] or gold[1] > ends[-1]:
        return Example(window, 0, 0)
    # The tokens that touch the answer: an offset inside a word takes the whole token.
    inside = np.flatnonzero((ends > gold[0]) & (starts < gold[1]))
    if not len(inside):
        return Example(window, 0, 0)
    return Example(window, window.first + int(inside[0]), window.first + int(inside[-1]))


def _load(base: Path, dropout: float) -> PreTrainedModel:
    from transformers import AutoConfig, AutoModelForQuestionAnswering

    config = AutoConfig.from_pretrained(base)
    # Dropout of attention weights would keep torch from its fused attention, at three times the cost of a step.
    config.hidden_dropout_prob, config.attention_probs_dropout_prob = dropout, 0.0
    model: PreTrainedModel = AutoModelForQuestionAnswering.from_pretrained(
        base, config=config, attn_implementation="sdpa"
    )
    return model


def _identity(arguments: ReaderArguments, examples: Sequence[Example]) -> str:
    import hashlib

    digest = hashlib.sha256(json.dumps(asdict(arguments), sort_keys=True).encode())
    for example in examples:
        digest.update(example.window.ids.tobytes())
        digest.update(f"{example.start},{example.end};".encode())
    return digest.hexdigest()
