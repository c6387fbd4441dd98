"""What a GPU gives: training, encoder and reader throughput, and FAISS, each beside the CPU of the same machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np

from carrel.errors import UserError
from carrel.eval.bench.benches import machine
from carrel.eval.desk import Progress, no_progress
from carrel.eval.standby_questions import standby_questions
from carrel.models.sentence_encoder import load_encoder
from carrel.models.span_reader import load_span_model
from carrel.platform.trainable import MINILM, base_folder
from carrel.settings import BackendName
from carrel.stores.embedded.faiss_library import gpu_count, load_faiss
from carrel.training.encoder import EncoderArguments, TrainingPair, train_encoder
from carrel.training.reader import ReaderArguments, train_reader

CPU_BACKENDS: tuple[BackendName, ...] = ("torch-fp32", "torch-bf16")
CUDA_BACKENDS: tuple[BackendName, ...] = ("cuda-fp32", "cuda-fp16", "cuda-bf16")

Row = dict[str, Any]


def bench_gpu(
    *, texts: int = 2000, steps: int = 100, vectors: int = 500_000, on_progress: Progress = no_progress
) -> dict[str, Any]:
    """Measure everything on the GPU and on the CPU; each part is a list of rows with `system` and `per_second`.

    Raises:
        UserError: torch finds no CUDA here.
        MissingExtraError: torch is not installed.
    """
    name = _cuda_name()
    parts: dict[str, list[Row]] = {}
    with TemporaryDirectory(prefix="carrel-gpu-") as folder:
        run = Path(folder, "reader")
        base = base_folder(MINILM)
        jobs: dict[str, Callable[[], list[Row]]] = {
            "reader training, examples": lambda: training_reader(base, run, ("cuda", "cpu"), steps),
            "encoder training, pairs": lambda: training_encoder(base, Path(folder, "encoder"), ("cuda", "cpu"), steps),
            "encoder, texts": lambda: encoder_throughput(base, (*CUDA_BACKENDS, *CPU_BACKENDS), texts),
            "reader, passages": lambda: reader_throughput(run / "cuda", (*CUDA_BACKENDS, *CPU_BACKENDS), texts // 4),
            "FAISS, vectors clustered": lambda: faiss_training(vectors),
            "FAISS, searches": lambda: faiss_search(vectors),
        }
        for done, (part, job) in enumerate(jobs.items(), start=1):
            parts[part] = job()
            on_progress(done, len(jobs))
    return {"bench": "gpu", "gpu": name, "parts": parts, **machine()}


def training_reader(base: Path, out: Path, devices: Sequence[str], steps: int) -> list[Row]:
    """Train a reader for a few steps on each device, in bfloat16, batches of 32."""
    questions = standby_questions().questions

    def train(device: str, count: int, on_step: Callable[[int, int], None]) -> None:
        arguments = ReaderArguments(epochs=count * 32 / len(questions), checkpoint_steps=count + 1)
        train_reader(base, questions, out / device, arguments, lambda d, t, _: on_step(d, t), device=device)

    return [_stepped(device, steps, train, 32) for device in devices]


def training_encoder(base: Path, out: Path, devices: Sequence[str], steps: int) -> list[Row]:
    """Train an encoder for a few steps on each device, in bfloat16, batches of 64."""
    asked = standby_questions().questions
    pairs = list(islice(cycle(TrainingPair(q.question, q.context) for q in asked), 64 * steps))

    def train(device: str, count: int, on_step: Callable[[int, int], None]) -> None:
        arguments = EncoderArguments(checkpoint_steps=count + 1)
        train_encoder(base, pairs[: 64 * count], out / device, arguments, on_step, device=device)

    return [_stepped(device, steps, train, 64) for device in devices]


def encoder_throughput(model: Path, backends: Sequence[BackendName], count: int) -> list[Row]:
    """Embed passages of Python's manual with each backend."""
    texts = list(islice(cycle(question.context for question in standby_questions().questions), count))
    rows = []
    for backend in backends:
        encoder = load_encoder(model, backend=backend)
        encoder.encode(texts[:64])
        rows.append(_row(backend, len(texts), lambda encoder=encoder: encoder.encode(texts)))  # type: ignore[misc]
    return rows


def reader_throughput(model: Path, backends: Sequence[BackendName], count: int) -> list[Row]:
    """Read passages of Python's manual, twenty for a question, with each backend."""
    texts = list(islice(cycle(question.context for question in standby_questions().questions), count))
    rows = []
    for backend in backends:
        reader = load_span_model(model, backend=backend)
        reader.read("What is this?", texts[:20])

        def read(reader: Any = reader) -> None:
            for start in range(0, len(texts), 20):
                reader.read("What is this?", texts[start : start + 20])

        rows.append(_row(backend, len(texts), read))
    return rows


def faiss_training(count: int, dimensions: int = 384) -> list[Row]:
    """Cluster vectors by their cosines, as inverted lists need it, on the CPU and on the GPU if FAISS has it."""
    faiss = load_faiss()
    vectors = _random_vectors(count, dimensions)
    lists = max(1, int(np.sqrt(count)))
    rows = []
    for name, wrap in _faiss_places(faiss):
        clustering = faiss.Clustering(dimensions, lists)
        clustering.niter = 5
        clustering.seed = 0
        clustering.spherical = True
        index = wrap(faiss.IndexFlatIP(dimensions))
        rows.append(_row(name, count, lambda c=clustering, i=index: c.train(vectors, i)))  # type: ignore[misc]
    return [*rows, *_missing(faiss)]


def faiss_search(count: int, dimensions: int = 384, queries: int = 256) -> list[Row]:
    """Find the ten nearest of all vectors exactly, on the CPU and on the GPU if FAISS has it."""
    faiss = load_faiss()
    vectors, asked = _random_vectors(count, dimensions), _random_vectors(queries, dimensions, seed=1)
    rows = []
    for name, wrap in _faiss_places(faiss):
        index = wrap(faiss.IndexFlatIP(dimensions))
        index.add(vectors)
        index.search(asked[:8], 10)
        rows.append(_row(name, queries, lambda index=index: index.search(asked, 10)))  # type: ignore[misc]
    return [*rows, *_missing(faiss)]


def _cuda_name() -> str:
    try:
        import torch
    except ImportError:
        raise UserError("The check of the GPU needs torch: pip install 'carrel[torch]'") from None
    if not torch.cuda.is_available():
        raise UserError(
            f"torch {torch.__version__} finds no CUDA on this machine: run the check of the GPU where there is one"
        )
    return str(torch.cuda.get_device_name(0))


def _stepped(device: str, steps: int, train: Callable[[str, int, Callable[[int, int], None]], None], batch: int) -> Row:
    """Time the steps of a training after the first tenth, in which memory is found and kernels are chosen."""
    times: list[float] = []
    train(device, steps, lambda *_: times.append(perf_counter()))
    warm = max(1, len(times) // 10)
    counted = len(times) - warm
    seconds = times[-1] - times[warm - 1]
    return {"system": f"{device}, bf16", "per_second": batch * counted / seconds, "seconds": seconds}


def _row(system: str, count: int, work: Callable[[], object]) -> Row:
    began = perf_counter()
    work()
    seconds = perf_counter() - began
    return {"system": system, "per_second": count / seconds, "seconds": seconds}


def _faiss_places(faiss: Any) -> list[tuple[str, Callable[[Any], Any]]]:
    places: list[tuple[str, Callable[[Any], Any]]] = [("faiss on the CPU", lambda index: index)]
    if gpu_count(faiss):
        places.append(("faiss on the GPU", faiss.index_cpu_to_all_gpus))
    return places


def _missing(faiss: Any) -> list[Row]:
    """Return the row that says that this build of FAISS uses no GPU, where that is so."""
    if gpu_count(faiss):
        return []
    return [{"system": "faiss on the GPU: this build has none (README, Extras)", "per_second": None, "seconds": None}]


def _random_vectors(count: int, dimensions: int, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float32]]:
    vectors = np.random.default_rng(seed).standard_normal((count, dimensions), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors
