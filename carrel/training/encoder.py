"""Training a sentence encoder: contrastive, on (query, passage) pairs with hard negatives.

The work is done by sentence-transformers' own trainer with its (cached) multiple negatives ranking loss: every other
passage of a batch is a negative too (Henderson et al. 2017, section 4; Gao et al. 2021 for the cache).
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carrel.errors import MissingExtraError, ModelError
from carrel.models.torch_encoder import load_sentence_transformer
from carrel.models.torch_folder import without_bars

if TYPE_CHECKING:
    from transformers import TrainerCallback

OnStep = Callable[[int, int], None]
"""Called after every step with (steps done, steps in all)."""


@dataclass(frozen=True, slots=True)
class TrainingPair:
    """A query, the passage that it should find, and passages that it should not (possibly none).

    `answers` are what in the passage answers the query, if that is known: no passage with them is a negative.
    """

    query: str
    passage: str
    negatives: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EncoderArguments:
    """Hyper-parameters of one run; they and the data decide the result.

    `mini_batch_size` above 0 takes the cached loss, whose memory depends on it and not on `batch_size`.
    """

    epochs: float = 1.0
    batch_size: int = 64
    mini_batch_size: int = 0
    learning_rate: float = 2e-5
    warmup: float = 0.1
    max_tokens: int = 256
    precision: str = "bf16"
    seed: int = 0
    checkpoint_steps: int = 250


def train_encoder(
    base: Path,
    pairs: Sequence[TrainingPair],
    out: Path,
    arguments: EncoderArguments,
    on_step: OnStep,
    *,
    device: str | None = None,
) -> None:
    """Fine-tune the sentence-transformers folder `base` on the pairs and save it to `out`.

    Checkpoints stand in `out/checkpoints` until the run is done; calling again continues from the last one.

    Raises:
        ModelError: `base` is no sentence encoder, or there are fewer pairs than two.
        MissingExtraError: a package of `carrel[torch]` is not installed.
    """
    if len(pairs) < 2:
        raise ModelError(f"There is nothing to train on: {len(pairs)} pairs of query and passage")
    try:
        import accelerate  # type: ignore[import-untyped]  # noqa: F401  the trainer needs it and says so late
        from datasets import Dataset  # type: ignore[import-untyped]
        from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
        from transformers import PrinterCallback
    except ImportError as error:
        raise MissingExtraError("Training an encoder", "torch") from error
    # Half-precision weights are for keeping; learning takes steps that they would round away.
    model = load_sentence_transformer(base, device).float()
    model.max_seq_length = min(arguments.max_tokens, model.max_seq_length or arguments.max_tokens)
    # For a card that is not written, examples would be computed under a progress bar, unless there are some.
    model.model_card_data.widget = [{}]
    if model.device.type == "cpu":
        from carrel.training.cpu_kernels import use_cpu_kernels

        use_cpu_kernels(model)
    checkpoints = out / "checkpoints"
    trainer = SentenceTransformerTrainer(
        model=model,
        args=SentenceTransformerTrainingArguments(
            output_dir=str(checkpoints),
            num_train_epochs=arguments.epochs,
            per_device_train_batch_size=arguments.batch_size,
            learning_rate=arguments.learning_rate,
            warmup_steps=arguments.warmup,
            bf16=arguments.precision == "bf16",
            use_cpu=model.device.type == "cpu",
            seed=arguments.seed,
            save_strategy="steps",
            save_steps=arguments.checkpoint_steps,
            save_total_limit=1,
            report_to="none",
            disable_tqdm=True,
            logging_strategy="no",
            batch_sampler="no_duplicates",
        ),
        train_dataset=Dataset.from_dict(_columns(pairs)),
        loss=_loss(model, arguments),
        callbacks=[_reporting(on_step)],
    )
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    # It prints its totals to standard output, which belongs to the caller.
    trainer.remove_callback(PrinterCallback)
    with without_bars():
        trainer.train(resume_from_checkpoint=_last_checkpoint(checkpoints))
        model.save(str(out), create_model_card=False)
    shutil.rmtree(checkpoints, ignore_errors=True)
    (out / "arguments.json").write_text(json.dumps(asdict(arguments), indent=2) + "\n", encoding="utf-8")


def _columns(pairs: Sequence[TrainingPair]) -> dict[str, list[str]]:
    """Return the columns anchor, positive and as many negatives as every pair has."""
    depth = min(len(pair.negatives) for pair in pairs)
    columns = {"anchor": [pair.query for pair in pairs], "positive": [pair.passage for pair in pairs]}
    return columns | {f"negative_{i}": [pair.negatives[i] for pair in pairs] for i in range(depth)}


def _loss(model: Any, arguments: EncoderArguments) -> Any:
    from sentence_transformers.sentence_transformer import losses

    if arguments.mini_batch_size:
        return losses.CachedMultipleNegativesRankingLoss(model, mini_batch_size=arguments.mini_batch_size)
    return losses.MultipleNegativesRankingLoss(model)


def _reporting(on_step: OnStep) -> TrainerCallback:
    from transformers import TrainerCallback

    class Reporting(TrainerCallback):
        """Tells how far the run is."""

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
            on_step(state.global_step, state.max_steps)

    return Reporting()


def _last_checkpoint(folder: Path) -> str | None:
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[-1]))
    return str(found[-1]) if found else None
