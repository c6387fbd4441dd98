"""What quantization and half precision buy and cost: size, latency and quality of a model in every form of it."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, get_args

from carrel.datasets import Dataset
from carrel.eval.bench.benches import machine
from carrel.eval.bench.timing import time_in_rounds
from carrel.eval.desk import Progress, no_progress
from carrel.eval.optimization_tasks import Task, encoder_task, pair_task, reader_task
from carrel.measures import percentile
from carrel.models.torch_folder import read_config, task_head
from carrel.platform.trainable import base_folder
from carrel.settings import BackendName
from carrel.training.onnx_graph import Precision

ORIGINAL = "torch-fp32"
"""What every other form is compared with: the weights as they are."""

RESULT = "optimization.json"
_WEIGHTS = ("*.safetensors", "*/*.safetensors", "pytorch_model*.bin")


class Export(Protocol):
    """Writes the weights of a folder as an export of one precision."""

    def __call__(self, base: Path, out: Path, *, name: str, precision: Precision) -> Any: ...


@dataclass(frozen=True, slots=True)
class OptimizationArguments:
    """`calls` timed calls for each form, in `rounds` rounds with the forms in turn, after an unmeasured call of each;
    quality on `limit` questions, a seeded sample.
    """

    calls: int = 60
    rounds: int = 3
    limit: int = 500
    seed: int = 0
    threads: int = 0


@dataclass(frozen=True, slots=True)
class Form:
    """A model in one form: its size in bytes, latency in seconds a call, and quality on the questions.

    `agreement` is how close its outputs are to those of the original: what it means, and the quality, the task says.
    """

    name: str
    fingerprint: str
    size: int
    mean: float
    deviation: float
    p95: float
    calls: int
    quality: float
    agreement: float


@dataclass(frozen=True, slots=True)
class Optimization:
    """All forms of a model; the first is the original."""

    model: str
    kind: str
    quality: str
    agreement: str
    questions: int
    forms: tuple[Form, ...]

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "forms": [asdict(form) for form in self.forms]}


def optimize(
    model: str,
    out: Path,
    dataset: Dataset,
    arguments: OptimizationArguments = OptimizationArguments(),
    on_progress: Progress = no_progress,
) -> Optimization:
    """Export a model in every precision to folders of `out`, and measure them beside the original.

    The outcome stands in `out/optimization.json` too. CUDA's backends are measured where there is CUDA.

    Raises:
        UserError: there is no such model, its weights are not here, or the dataset does not fit it.
        MissingExtraError: torch is not installed.
    """
    base = base_folder(model)
    task, export = _task(base, dataset, arguments)
    folders: dict[str, Path] = {}
    for precision in get_args(Precision):
        folders[f"onnx {precision}"] = out / precision
        export(base, out / precision, name=f"{Path(model).name}-{precision}", precision=precision)
    forms: dict[str, Any] = {name: task.load(base, backend) for name, backend in _torch_backends().items()}
    forms |= {name: task.load(folder, "default") for name, folder in folders.items()}
    sizes = {name: _weights_size(base, name) for name in _torch_backends()}
    sizes |= {name: (folder / "model.onnx").stat().st_size for name, folder in folders.items()}
    outcome = Optimization(
        model,
        task.kind,
        task.quality,
        task.agreement,
        task.count,
        _measured(task, forms, sizes, arguments, on_progress),
    )
    shape = json.dumps({**outcome.to_json(), **machine()}, indent=2)
    (out / RESULT).write_text(shape + "\n", encoding="utf-8")
    return outcome


def _measured(
    task: Task,
    forms: dict[str, Any],
    sizes: dict[str, int],
    arguments: OptimizationArguments,
    on_progress: Progress,
) -> tuple[Form, ...]:
    inputs = [str(number) for number in range(arguments.calls)]
    timed = time_in_rounds(
        {name: partial(_call, task, form) for name, form in forms.items()},
        inputs,
        rounds=arguments.rounds,
        seconds=float("inf"),
    )
    original = task.outputs(forms[ORIGINAL])
    made = []
    for done, (name, form) in enumerate(forms.items(), start=1):
        seconds = [one for taken in timed[name].rounds for one in taken]
        outputs = original if name == ORIGINAL else task.outputs(form)
        made.append(
            Form(
                name,
                form.fingerprint,
                sizes[name],
                statistics.mean(seconds),
                statistics.stdev(seconds) if len(seconds) > 1 else 0.0,
                percentile(seconds, 0.95) or 0.0,
                len(seconds),
                task.value(outputs),
                task.agree(outputs, original),
            )
        )
        on_progress(done, len(forms))
    return tuple(made)


def _call(task: Task, form: Any, number: str) -> object:
    return task.call(form, int(number))


def _task(base: Path, dataset: Dataset, arguments: OptimizationArguments) -> tuple[Task, Export]:
    from carrel.training.export import export_encoder, export_pair_scorer, export_reader

    head = task_head(read_config(base)) or ""
    chosen = {"limit": arguments.limit, "seed": arguments.seed, "threads": arguments.threads}
    if head.endswith("ForQuestionAnswering"):
        return reader_task(dataset, **chosen), export_reader
    if head.endswith("ForSequenceClassification"):
        return pair_task(dataset, **chosen), export_pair_scorer
    return encoder_task(dataset, **chosen), export_encoder


def _torch_backends() -> dict[str, BackendName]:
    import torch

    backends: Sequence[BackendName] = ("torch-fp32", "torch-bf16")
    further: Sequence[BackendName] = ("cuda-fp32", "cuda-fp16", "cuda-bf16") if torch.cuda.is_available() else ()
    return {str(name): name for name in (*backends, *further)}


def _weights_size(base: Path, backend: str) -> int:
    """Return the bytes of the weights in memory: half of the float32 ones where the backend keeps half precision."""
    from safetensors import safe_open

    total = 0
    for path in {path for pattern in _WEIGHTS[:2] for path in base.glob(pattern)}:
        with safe_open(path, framework="numpy") as file:
            for key in file.keys():  # noqa: SIM118  (no mapping)
                count = 1
                for length in file.get_slice(key).get_shape():
                    count *= length
                total += count
    return total * (4 if backend.endswith("fp32") else 2)
