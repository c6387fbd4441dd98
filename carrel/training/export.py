"""Exporting models for ONNX Runtime: from a Hugging Face folder to a folder of Carrel's own.

python -m carrel.training.export encoder --out carrel/weights/encoder
python -m carrel.training.export reader --model RUN --out carrel/weights/reader
python -m carrel.training.export half --model RUN --out carrel-models/carrel_models/weights/reader/run
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_args

import click
import numpy as np

from carrel.errors import ModelError
from carrel.models.backend import IntArray, stack
from carrel.models.manifest import (
    TOKENIZER,
    EncoderManifest,
    Manifest,
    PairManifest,
    ReaderManifest,
    record_files,
    write_manifest,
)
from carrel.training.calibration_texts import PAIRS
from carrel.training.onnx_graph import Precision, quantize, write_graph

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from carrel.training.onnx_modules import EncoderGraph, PairGraph, ReaderGraph

    TracedGraph = EncoderGraph | PairGraph | ReaderGraph

WEIGHTS = "model.onnx"
Samples = list[dict[str, IntArray]]
M = TypeVar("M", bound=Manifest)


def export_encoder(base: Path, out: Path, *, name: str, precision: Precision = "int8") -> EncoderManifest:
    """Export the sentence-transformers folder `base` to `out`, with pooling and normalisation inside the graph.

    Raises:
        ModelError: `base` is no sentence encoder.
        MissingExtraError: torch is not installed.
    """
    from carrel.models.torch_encoder import describe_encoder, load_sentence_transformer
    from carrel.training.onnx_modules import EncoderGraph

    model = load_sentence_transformer(base, "cpu")
    manifest = describe_encoder(base, model, name=name)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = model.tokenizer.backend_tokenizer
    _write_tokenizer(tokenizer, out)
    samples = _samples(tokenizer, manifest, pairs=False)
    _write_weights(EncoderGraph(model), out / WEIGHTS, manifest.outputs, precision, samples)
    return _finish(manifest, out, precision)


def export_reader(base: Path, out: Path, *, name: str, precision: Precision = "int8") -> ReaderManifest:
    """Export the span reader in the transformers folder `base` to `out`.

    Raises:
        ModelError: `base` is no span reader.
        MissingExtraError: torch is not installed.
    """
    from carrel.models.torch_reader import describe_reader, input_names, load_question_answering
    from carrel.training.onnx_modules import ReaderGraph

    model, tokenizer = load_question_answering(base)
    manifest = describe_reader(base, model, name=name)
    out.mkdir(parents=True, exist_ok=True)
    _write_tokenizer(tokenizer, out)
    samples = _samples(tokenizer, manifest, pairs=True)
    _write_weights(ReaderGraph(model, input_names(model)), out / WEIGHTS, manifest.outputs, precision, samples)
    return _finish(manifest, out, precision)


def export_pair_scorer(base: Path, out: Path, *, name: str, precision: Precision = "int8") -> PairManifest:
    """Export the pair scorer in the transformers folder `base` to `out`.

    Raises:
        ModelError: `base` is no pair scorer.
        MissingExtraError: torch is not installed.
    """
    from carrel.models.torch_pair import describe_pair, load_sequence_classification
    from carrel.models.torch_reader import input_names
    from carrel.training.onnx_modules import PairGraph

    model, tokenizer = load_sequence_classification(base)
    manifest = describe_pair(base, model, name=name)
    out.mkdir(parents=True, exist_ok=True)
    _write_tokenizer(tokenizer, out)
    samples = _samples(tokenizer, manifest, pairs=True)
    _write_weights(PairGraph(model, input_names(model)), out / WEIGHTS, manifest.outputs, precision, samples)
    return _finish(manifest, out, precision)


def _write_weights(
    graph: TracedGraph, target: Path, outputs: tuple[str, ...], precision: Precision, samples: Samples
) -> None:
    if precision not in get_args(Precision):
        raise ModelError(f"There is no precision {precision!r}; there are {' and '.join(get_args(Precision))}")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        traced, finished = Path(folder, "traced.onnx"), Path(folder, "finished.onnx")
        write_graph(graph, traced, inputs=graph.inputs, outputs=outputs)
        if precision == "int8":
            quantize(traced, finished, samples)
        (finished if precision == "int8" else traced).replace(target)


def _samples(tokenizer: Tokenizer, manifest: Manifest, *, pairs: bool) -> Samples:
    """Return the calibration texts as inputs of a model that reads pairs, or single texts."""
    texts = PAIRS if pairs else [text for _, text in PAIRS]
    encodings = tokenizer.encode_batch(list(texts))
    for encoding in encodings:
        encoding.truncate(manifest.max_tokens)
    return [
        stack([(np.array(e.ids, dtype=np.int64), np.array(e.type_ids, dtype=np.int64))]) for e in encodings if e.ids
    ]


def _write_tokenizer(tokenizer: Tokenizer, out: Path) -> None:
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(out / TOKENIZER), pretty=False)


def _finish(manifest: M, out: Path, precision: Precision) -> M:
    files = record_files(out, (WEIGHTS, TOKENIZER))
    exported = manifest.model_copy(
        update={"backend": "onnxruntime", "precision": precision, "weights": WEIGHTS, "files": files}
    )
    write_manifest(out, exported)
    return exported


@click.group()
def main() -> None:
    """Export a model for ONNX Runtime."""


_out = click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write.")
_precision = click.option("--precision", default="int8", show_default=True, type=click.Choice(get_args(Precision)))


@main.command("encoder")
@_out
@_precision
@click.option("--measure-on", type=click.Path(path_type=Path), help="SQuAD file to compare with the original on.")
def _encoder_command(out: Path, precision: Precision, measure_on: Path | None) -> None:
    """Export all-MiniLM-L6-v2, with its model card."""
    from carrel.training.encoder_recipe import make_encoder

    fidelity = make_encoder(out, precision=precision, measure_on=measure_on)
    click.echo(f"{out} holds the encoder" + (f": {fidelity}" if fidelity else ""))


@main.command("reader")
@click.option(
    "--model", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of the training."
)
@click.option("--name", default="carrel-reader", show_default=True, help="The model's name.")
@_out
@_precision
def _reader_command(model: Path, name: str, out: Path, precision: Precision) -> None:
    """Export a trained span reader; 'carrel train reader' does it too, and calibrates and describes it."""
    manifest = export_reader(model, out, name=name, precision=precision)
    click.echo(f"{out} holds {manifest.fingerprint}")


@main.command("half")
@click.option(
    "--model", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of the training."
)
@_out
def _half_command(model: Path, out: Path) -> None:
    """Keep a trained model's weights in half precision, for training them further."""
    from carrel.training.half_precision import keep_in_half_precision

    keep_in_half_precision(model, out)
    click.echo(f"{out} holds the weights")


if __name__ == "__main__":
    main()
