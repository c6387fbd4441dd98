"""Training a span reader: fine-tune an encoder on questions whose answers are marked in a passage.

The loss is the cross-entropy of the start and end positions (Devlin et al. 2019, section 4.2); a window without the
answer points at its first token, so that the score of that position becomes the null score of `carrel.models.spans`.
Every epoch's order derives from the seed, so a run killed anywhere continues from its last checkpoint as if nothing
had happened.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from carrel.datasets.squad import SquadQuestion
from carrel.errors import ModelError
from carrel.measures.answers import token_f1
from carrel.models.loading import read_tokenizer
from carrel.models.torch_folder import load_errors, read_config, task_head, without_bars
from carrel.models.torch_reader import position_limit
from carrel.models.windows import WindowCutter
from carrel.training.examples import Example, batches, make_examples
from carrel.training.reader_run import ReaderRun

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

    from carrel.models.span_reader import SpanModel
    from carrel.training.distillation import Teacher

__all__ = [
    "Example",
    "ReaderArguments",
    "batches",
    "best_span_f1",
    "check_reads",
    "make_examples",
    "mean_f1",
    "train_reader",
]

Progress = Callable[[int, int, float], None]
"""Called after every step with (steps done, steps in all, mean loss of the last steps)."""


@dataclass(frozen=True, slots=True)
class ReaderArguments:
    """Hyper-parameters of one run; they and the data decide the result.

    `patience` counts measurements on held-out questions without a new best after which training ends (0: never);
    `teacher` is a larger reader (hub name or folder) whose `temperature`-softened probabilities get the share
    `teacher_weight` of the loss.
    """

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
    patience: int = 0
    evaluate_steps: int = 250
    teacher: str = ""
    teacher_weight: float = 0.5
    temperature: float = 2.0


def train_reader(
    base: Path,
    questions: Sequence[SquadQuestion],
    out: Path,
    arguments: ReaderArguments,
    on_step: Progress,
    *,
    validation: Sequence[SquadQuestion] = (),
    on_score: Callable[[int, float], None] | None = None,
    base_share: float = 0.0,
    device: str | None = None,
) -> None:
    """Fine-tune the model in folder `base` and save it, with its tokenizer, to the folder `out`.

    With a `base_share`, what is saved is the mean of the base's weights, which have that share, and the trained ones
    (Wortsman et al. 2022, section 3): often better than both where `base` is a reader already.

    The run's state stands in `out/checkpoint.pt` until it is done; calling again with the same arguments and data
    continues there. With `validation` questions, token F1 on them is measured every `arguments.evaluate_steps`:
    `on_score` hears of it, with the step, and may raise to end the run; with `arguments.patience`, training ends after
    so many measurements without a new best, and the best is saved.

    Raises:
        ModelError: the checkpoint in `out` belongs to other arguments or data, there is nothing to train on, or the
            teacher, or a base with a share, is no span reader.
    """
    import torch

    tokenizer = read_tokenizer(base)
    if base_share:
        check_reads(base)
    torch.manual_seed(arguments.seed)
    model = _load(base, arguments.dropout)
    longest = min(arguments.max_tokens, position_limit(model))
    cutter = WindowCutter(tokenizer, max_tokens=longest, stride=arguments.stride)
    examples = make_examples(questions, cutter)
    if not examples:
        raise ModelError("There is nothing to train on: the files hold no question with a passage")
    steps = math.ceil(len(examples) * arguments.epochs / arguments.batch_size)
    run = ReaderRun(
        model,
        arguments,
        steps,
        out / "checkpoint.pt",
        _identity(arguments, examples),
        device=device,
        teacher=_teacher(arguments, device),
    )
    stopping = _EarlyStopping(run, validation, arguments, tokenizer, out / "best", on_score)
    losses: list[float] = []
    for step, batch in enumerate(batches(examples, arguments, steps)):
        if step < run.done:
            continue
        losses.append(run.step(batch))
        on_step(step + 1, steps, float(np.mean(losses[-50:])))
        if stopping.reached():
            break
        if (step + 1) % arguments.checkpoint_steps == 0:
            run.save()
    stopping.keep_best()
    if base_share:
        _mix_weights(run.model, _load(base, arguments.dropout), base_share)
    with without_bars():
        run.model.save_pretrained(out)
    tokenizer.save(str(out / "tokenizer.json"))
    (out / "arguments.json").write_text(json.dumps(asdict(arguments), indent=2) + "\n", encoding="utf-8")
    (out / "checkpoint.pt").unlink(missing_ok=True)


def check_reads(base: Path) -> None:
    """Make sure that the model in a folder is a span reader, whose weights can be kept in part.

    Raises:
        ModelError: it is not.
    """
    head = task_head(read_config(base)) or "a model without a head for a task"
    if not head.endswith("ForQuestionAnswering"):
        raise ModelError(f"{base} holds {head}, no span reader, whose weights could be kept in part")


class _EarlyStopping:
    """Measures a run on questions that it does not learn from, and says when it has stopped getting better."""

    def __init__(
        self,
        run: ReaderRun,
        validation: Sequence[SquadQuestion],
        arguments: ReaderArguments,
        tokenizer: Tokenizer,
        folder: Path,
        on_score: Callable[[int, float], None] | None,
    ) -> None:
        self._run = run
        self._validation = validation if arguments.patience or on_score else ()
        self._arguments = arguments
        self._tokenizer = tokenizer
        self._folder = folder
        self._on_score = on_score

    def reached(self) -> bool:
        """Measure if it is time to, and tell whether patience is at an end."""
        if not self._validation or self._run.done % self._arguments.evaluate_steps:
            return False
        self._measure()
        return 0 < self._arguments.patience <= self._run.stale

    def keep_best(self) -> None:
        """Put the weights with the best score back into the model."""
        if not self._validation or not self._arguments.patience:
            return
        if self._run.done % self._arguments.evaluate_steps:
            self._measure()
        from safetensors.torch import load_file

        self._run.model.load_state_dict(load_file(self._folder / "model.safetensors"), strict=False)
        shutil.rmtree(self._folder)

    def _measure(self) -> None:
        score = mean_f1(self._run.model, self._tokenizer, self._validation, self._arguments, self._run.device)
        if self._on_score:
            self._on_score(self._run.done, score)
        if self._arguments.patience and self._run.judged(score):
            with without_bars():
                self._run.model.save_pretrained(self._folder)


def mean_f1(
    model: PreTrainedModel,
    tokenizer: Tokenizer,
    questions: Sequence[SquadQuestion],
    arguments: ReaderArguments,
    device: str,
) -> float:
    """Return `best_span_f1` of a model in training."""
    from carrel.models.manifest import ReaderManifest
    from carrel.models.span_reader import SpanModel
    from carrel.models.torch_reader import reader_backend

    manifest = ReaderManifest(
        name="validation",
        backend="torch",
        precision=arguments.precision,
        weights=".",
        max_tokens=min(arguments.max_tokens, position_limit(model)),
        stride=arguments.stride,
        files={},
    )
    was_training = model.training
    model.train(mode=False)
    score = best_span_f1(SpanModel(manifest, reader_backend(model, device), tokenizer), questions)
    model.train(mode=was_training)
    return score


def best_span_f1(reader: SpanModel, questions: Sequence[SquadQuestion]) -> float:
    """Return the mean token F1 of the best answers, "no answer" where that scores higher than every span."""
    scores = []
    for question in questions:
        spans = reader.read(question.question, [question.context], count=1)[0]
        answered = bool(spans) and spans[0].score > 0
        text = question.context[spans[0].start : spans[0].end] if answered else ""
        scores.append(token_f1(text, [gold.text for gold in question.answers]))
    return float(np.mean(scores))


def _teacher(arguments: ReaderArguments, device: str | None) -> Teacher | None:
    if not arguments.teacher:
        return None
    from carrel.training.distillation import Teacher

    return Teacher(arguments.teacher, temperature=arguments.temperature, device=device)


def _load(base: Path, dropout: float) -> PreTrainedModel:
    from transformers import AutoConfig, AutoModelForQuestionAnswering

    with load_errors(base):
        config = AutoConfig.from_pretrained(base)
        # Dropout of attention weights would keep torch from its fused attention, on a GPU too.
        config.hidden_dropout_prob, config.attention_probs_dropout_prob = dropout, 0.0
        # Half-precision weights are for keeping; learning takes steps that they would round away.
        model: PreTrainedModel = AutoModelForQuestionAnswering.from_pretrained(
            base, config=config, attn_implementation="sdpa", dtype="float32"
        )
    return model


def _mix_weights(model: PreTrainedModel, other: PreTrainedModel, share: float) -> None:
    """Let the weights of `model` be the mean of its own and of those of `other` (same kind), which have `share`."""
    weights = other.state_dict()
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            tensor.lerp_(weights[name].to(tensor), share)


def _identity(arguments: ReaderArguments, examples: Sequence[Example]) -> str:
    import hashlib

    digest = hashlib.sha256(json.dumps(asdict(arguments), sort_keys=True).encode())
    for example in examples:
        digest.update(example.window.ids.tobytes())
        digest.update(f"{example.start},{example.end};".encode())
    return digest.hexdigest()
