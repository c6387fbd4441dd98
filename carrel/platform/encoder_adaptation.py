"""Adapting a collection's encoder, with labels or without; used only where it is proven better.

Without labels, queries are made out of the text (`carrel.training.made_questions`). The documents that judge were not
learned from, and it takes a gain on the kinds of query that were not learned from either, so that a model that has
merely learned the trick of making queries is not taken for a better one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from carrel.datasets import Dataset
from carrel.errors import UserError
from carrel.indexing.report import Progress
from carrel.models.locate import RUN
from carrel.models.sentence_encoder import load_encoder
from carrel.models.span_reader import load_span_model
from carrel.platform.adaptation_queries import (
    apart_from,
    divided,
    judging_texts,
    labelled_queries,
    training_pairs,
    unlabelled_queries,
)
from carrel.platform.collection_passages import CollectionPassages, collection_passages
from carrel.platform.judging_texts import left_out
from carrel.platform.own_models import candidate_folder, use_encoder
from carrel.platform.platform import Platform
from carrel.platform.ranking_comparison import RankedQuery, by_kind, reciprocal_ranks
from carrel.platform.receipt import Receipt, written_receipt
from carrel.training.card import file_hash
from carrel.training.encoder import EncoderArguments, TrainingPair, train_encoder
from carrel.training.export import export_encoder
from carrel.training.made_questions import Kind

LEARNED = (Kind.SENTENCE, Kind.KEYWORDS, Kind.SUBJECT)
"""The made kinds that are learned from. A loss on them counts, a gain does not: the others have to show that."""


@dataclass(frozen=True, slots=True)
class EncoderAdaptation:
    """How an encoder is adapted.

    At most `made` queries of each kind are made; `judged` queries at most judge; every pair gets `negatives` wrong
    passages.
    """

    made: int = 5000
    judged: int = 1000
    negatives: int = 1
    seed: int = 0
    training: EncoderArguments = field(default_factory=EncoderArguments)


def adapt_encoder(
    desk: Platform,
    base: Path,
    *,
    labels: Sequence[Dataset] = (),
    judge: Sequence[Dataset] = (),
    arguments: EncoderAdaptation = EncoderAdaptation(),
    on_progress: Progress,
    device: str | None = None,
) -> Receipt:
    """Train `base` on the collection, compare it with the encoder in use, and use it if it is proven better.

    Learned from are the `labels`, or made queries without any. The labels of `judge` judge, or else a fifth of the
    documents, which is not learned from. Model and receipt stand in `models/COLLECTION/encoder-N` of the home.

    Raises:
        UserError: the collection holds too little text, or none of the labels'.
        MissingExtraError: torch is not installed.
    """
    passages = collection_passages(desk)
    asked, judging = _queries(desk, passages, labels, judge, arguments)
    texts = judging_texts(desk, passages, judging)
    learning = apart_from(texts, passages, asked)
    apart = len(asked) - len(learning)
    pairs = training_pairs(desk, passages, learning, texts, negatives=arguments.negatives, seed=arguments.seed)
    judging = random.Random(arguments.seed).sample(judging, min(arguments.judged, len(judging)))
    if len(pairs) < 2 or not judging:
        raise UserError(
            f"The collection {desk.collection!r} gives {len(pairs)} pairs to learn from and {len(judging)} queries to "
            f"judge by{left_out(apart)}: index more documents, or take more labels"
        )
    random.Random(arguments.seed).shuffle(pairs)
    out = candidate_folder(desk.home, desk.collection, "encoder", _identity(base, pairs, arguments))
    train_encoder(
        base,
        pairs,
        out / RUN,
        arguments.training,
        lambda done, total: on_progress("training", done, total, "steps"),
        device=device,
    )
    export_encoder(out / RUN, out, name=f"{desk.collection}-encoder")
    receipt = _compared(desk, out, passages, judging, _learned_from(pairs, learning) + left_out(apart))
    if receipt.better:
        use_encoder(desk, out, on_progress)
        receipt = receipt.model_copy(update={"adopted": True})
    receipt.save(out)
    return receipt


def _queries(
    desk: Platform,
    passages: CollectionPassages,
    labels: Sequence[Dataset],
    judge: Sequence[Dataset],
    arguments: EncoderAdaptation,
) -> tuple[list[RankedQuery], list[RankedQuery]]:
    """Return the queries to learn from, some of which can be about texts that judge, and all that judge."""
    if labels:
        asked = labelled_queries(desk, passages, labels)
    else:
        reader = load_span_model(
            desk.settings.models.reader, threads=desk.settings.models.threads, backend=desk.settings.models.backend
        )
        asked = unlabelled_queries(passages, reader, limit=arguments.made, seed=arguments.seed)
    if judge:
        learning, judging = asked, labelled_queries(desk, passages, judge)
    else:
        learning, judging = divided(asked, arguments.seed)
    return [query for query in learning if labels or query.kind in LEARNED], judging


def _compared(
    desk: Platform, out: Path, passages: CollectionPassages, judging: Sequence[RankedQuery], learned_from: str
) -> Receipt:
    adapted = load_encoder(out, threads=desk.settings.models.threads, backend=desk.settings.models.backend)
    before, after = (reciprocal_ranks(encoder, passages.embedded, judging) for encoder in (desk.encoder, adapted))
    return written_receipt(
        by_kind(judging, before, after),
        what="encoder",
        collection=desk.collection,
        measure="reciprocal rank of the first right passage",
        baseline=desk.encoder.fingerprint,
        adapted=adapted.fingerprint,
        learned_from=learned_from,
        held_out_documents=len({query.document for query in judging}),
        learned=LEARNED,
    )


def _learned_from(pairs: Sequence[TrainingPair], queries: Sequence[RankedQuery]) -> str:
    kinds = ", ".join(sorted({str(query.kind) for query in queries}))
    return f"{len(pairs)} pairs of query and passage: {kinds}"


def _identity(base: Path, pairs: Sequence[TrainingPair], arguments: EncoderAdaptation) -> dict[str, object]:
    import hashlib

    digest = hashlib.sha256("\0".join(f"{pair.query}\0{pair.passage}" for pair in pairs).encode())
    return {
        "base": file_hash(base / "model.safetensors"),
        "pairs": digest.hexdigest(),
        "arguments": asdict(arguments),
    }
