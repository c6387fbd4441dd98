"""Adapting a collection's reader, with labels or without; used only where it is proven better.

Without labels to learn from, questions are made out of statements in the text, and kept where the reader in use has
their answer among its best spans. What judges is asked twice: with the text that the question is about, and of the
whole collection, which is what a user sees; a reader that is better at the one and worse at the other is not better.
Only labels judge: who learned made questions answers others of their kind better, whatever became of real ones.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path

from carrel._haystack import Document
from carrel.datasets import Dataset, SquadArticle, SquadQuestion, SquadSet
from carrel.errors import UserError
from carrel.indexing.report import Progress
from carrel.measures.answers import token_f1
from carrel.models.locate import RUN
from carrel.models.span_reader import load_span_model
from carrel.platform.calibration import calibrate_adapted
from carrel.platform.collection_passages import collection_passages
from carrel.platform.judging_texts import JudgingTexts, judging_documents, left_out
from carrel.platform.label_places import find_contexts
from carrel.platform.outcomes import LabelledQuestion, labelled_questions
from carrel.platform.own_models import candidate_folder, use_reader
from carrel.platform.platform import Platform
from carrel.platform.receipt import Receipt, written_receipt
from carrel.platform.round_trip import answered_back
from carrel.platform.training_data import squad_articles
from carrel.readers.span_reader import SpanReader
from carrel.training.card import file_hash
from carrel.training.export import export_reader
from carrel.training.made_questions import made_statements
from carrel.training.negatives import hard_negatives
from carrel.training.reader import ReaderArguments, check_reads, train_reader

ROUND_TRIP_SPANS = 5
"""A made question is kept if its answer is among so many best spans: more than the first, else nothing is learned."""

_SEARCHED = 30
"""Passages looked at for wrong ones to learn from."""

LONGEST_ANSWER = 24
"""Words of an answer that is learned from: about the thirty tokens that a reader gives at most."""

UNPROVEN = (
    "Made questions show that it learned what they taught, and not that it answers real ones better: labels that judge "
    "(--judge) can show that."
)


@dataclass(frozen=True, slots=True)
class ReaderAdaptation:
    """How a reader is adapted.

    At most `made` questions are made, at most `judged` judge; `negatives` is the share of questions that are paired
    with a passage of the collection that does not answer them, `unanswerable` that of the labels without an answer
    which are learned from (each annotator's answer is an example of its own), `base_share` that of the base's weights
    in the mean of them and the trained ones, which is what is used.
    """

    made: int = 5000
    judged: int = 1000
    negatives: float = 0.0
    unanswerable: float = 0.3
    base_share: float = 0.0
    seed: int = 0
    training: ReaderArguments = field(
        default_factory=lambda: ReaderArguments(epochs=4, learning_rate=5e-5, dropout=0.1)
    )


FROM_LABELS = ReaderAdaptation()
FROM_TEXT = replace(FROM_LABELS, base_share=0.3, training=replace(FROM_LABELS.training, epochs=1))
"""Made questions teach a manner of asking, which takes one round; the base's share keeps what they do not ask for."""


def adapt_reader(
    desk: Platform,
    base: Path,
    *,
    labels: Sequence[Dataset] = (),
    judge: Sequence[Dataset] = (),
    arguments: ReaderAdaptation | None = None,
    on_progress: Progress,
    device: str | None = None,
) -> Receipt:
    """Train `base` on the collection, compare it with the reader in use, and use it if it is proven better.

    Learned from are the `labels`, or made questions without any. The labels of `judge` judge, or else those of a fifth
    of the documents, which is not learned from; without labels of either kind, the reader is made and compared, and not
    used. Model and receipt stand in `models/COLLECTION/reader-N` of the home. The arguments are `FROM_LABELS` or
    `FROM_TEXT` if None.

    Raises:
        UserError: there are too few questions to learn from or to judge by.
        ModelError: weights of the base are to be kept in part, and it is no span reader.
        MissingExtraError: torch is not installed.
    """
    arguments = arguments or (FROM_LABELS if labels else FROM_TEXT)
    if arguments.base_share:
        check_reads(base)
    by_labels = bool(labels or judge)
    learned, judging, texts, apart = _divided(desk, labels, judge, arguments)
    if not learned or not judging:
        raise UserError(
            f"There are {len(learned)} questions to learn from and {len(judging)} to judge by"
            f"{left_out(apart)}: take labels of more documents, or index more of them"
        )
    examples = [*annotated(learned, arguments.unanswerable), *_negatives(desk, learned, texts, arguments)]
    out = candidate_folder(desk.home, desk.collection, "reader", _identity(base, examples, arguments))
    train_reader(
        base,
        examples,
        out / RUN,
        arguments.training,
        lambda done, total, _: on_progress("training", done, total, "steps"),
        base_share=arguments.base_share,
        device=device,
    )
    export_reader(out / RUN, out, name=f"{desk.collection}-reader")
    source = "labels" if labels else "questions made out of the collection's text"
    learned_from = f"{len(learned)} questions: {source}{left_out(apart)}"
    receipt = _compared(desk, out, judging, learned_from, on_progress, by_labels=by_labels)
    if not by_labels:
        receipt = receipt.model_copy(update={"note": UNPROVEN})
    elif receipt.better:
        name = f"held-out documents of {desk.collection}"
        note = calibrate_adapted(desk, out, judging, name=name, on_progress=on_progress)
        use_reader(desk, out)
        receipt = receipt.model_copy(update={"adopted": True, "note": note})
    receipt.save(out)
    return receipt


def _divided(
    desk: Platform, labels: Sequence[Dataset], judge: Sequence[Dataset], arguments: ReaderAdaptation
) -> tuple[list[SquadQuestion], list[LabelledQuestion], JudgingTexts, int]:
    """Return the questions to learn from, those without an answer too, and the answerable ones that judge.

    The texts are those that judge, and the number that of the questions that are left out, being about them.
    """
    judging = [question for dataset in judge for question in _answerable(dataset)]
    texts = JudgingTexts(_texts_of(desk, judging))
    made, unasked = ([], 0) if labels else _made(desk, arguments, texts)
    datasets = labels or [SquadSet("made questions", tuple(made))]
    articles = [article for dataset in datasets for article in squad_articles(dataset)]
    held_out = set() if judge else judging_documents((article.title for article in articles), arguments.seed)
    if not judge:
        judging = [one for dataset in datasets for one in _answerable(dataset) if one.group in held_out]
        texts = JudgingTexts(_texts_of(desk, judging))
    others = [question for article in articles if article.title not in held_out for question in article.questions]
    learned = [question for question in others if question.context not in texts]
    chosen = random.Random(arguments.seed).sample(judging, min(arguments.judged, len(judging)))
    return learned, chosen, texts, unasked + len(others) - len(learned)


def _answerable(dataset: Dataset) -> list[LabelledQuestion]:
    return [question for question in labelled_questions(dataset) if question.golds]


def _texts_of(desk: Platform, questions: Sequence[LabelledQuestion]) -> Iterator[str]:
    """Yield the texts that the questions are about, and those of the documents that hold them."""
    contexts = dict.fromkeys((context, question.group) for question in questions for context in question.contexts)
    yield from (context for context, _ in contexts)
    for source in dict.fromkeys(place.source for place in find_contexts(desk.store, contexts).values()):
        yield desk.store.version_text(source).text


def annotated(questions: Sequence[SquadQuestion], unanswerable: float) -> list[SquadQuestion]:
    """Return an example for every annotator's answer, and a share of the questions without any, chosen by their id.

    Answers of more than `LONGEST_ANSWER` words are left out.
    """
    examples = []
    for question in questions:
        if question.answers:
            short = [answer for answer in question.answers if len(answer.text.split()) <= LONGEST_ANSWER]
            examples += [replace(question, answers=(answer,)) for answer in short]
        elif random.Random(question.id).random() < unanswerable:
            examples.append(question)
    return examples


def _made(desk: Platform, arguments: ReaderAdaptation, judging: JudgingTexts) -> tuple[list[SquadArticle], int]:
    """Make questions out of the collection's documents, and keep those that come back.

    The number is that of the questions about texts that judge, which are not asked.
    """
    made = made_statements(collection_passages(desk).texts, seed=arguments.seed)
    asked = [question for question in made if question.context not in judging]
    chosen = random.Random(arguments.seed).sample(asked, min(arguments.made, len(asked)))
    reader = load_span_model(
        desk.settings.models.reader, threads=desk.settings.models.threads, backend=desk.settings.models.backend
    )
    by_document: dict[str, list[SquadQuestion]] = {}
    for question in answered_back(reader, chosen, best=ROUND_TRIP_SPANS):
        by_document.setdefault(question.title, []).append(question)
    articles = [
        SquadArticle(document, tuple(dict.fromkeys(q.context for q in questions)), tuple(questions))
        for document, questions in sorted(by_document.items())
    ]
    return articles, len(made) - len(asked)


def _negatives(
    desk: Platform, questions: Sequence[SquadQuestion], judging: JudgingTexts, arguments: ReaderAdaptation
) -> list[SquadQuestion]:
    if not arguments.negatives:
        return []

    def search(question: str, count: int) -> list[str]:
        found = (document.content or "" for document in desk.retrieve(question, top_k=_SEARCHED))
        return list(islice((text for text in found if text not in judging), count))

    return hard_negatives(questions, search, share=arguments.negatives, seed=arguments.seed)


def _compared(
    desk: Platform,
    out: Path,
    judging: Sequence[LabelledQuestion],
    learned_from: str,
    on_progress: Progress,
    *,
    by_labels: bool,
) -> Receipt:
    adapted = SpanReader(
        str(out),
        rank_weight=desk.settings.ask.rank_weight,
        threads=desk.settings.models.threads,
        backend=desk.settings.models.backend,
    )
    scores: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in ("given its text", "collection")}
    for done, question in enumerate(judging, start=1):
        own = [Document(content=context) for context in question.contexts]
        found = desk.retrieve(question.text, top_k=desk.settings.ask.retriever_top_k, filters=question.filters)
        for name, documents in zip(scores, (own, found), strict=True):
            for place, reader in enumerate((desk.reader, adapted)):
                scores[name][place].append(_f1(reader, question, documents, ranked=documents is found))
        on_progress("comparing", done, len(judging), "questions")
    return written_receipt(
        scores,
        what="reader",
        collection=desk.collection,
        measure="token F1 of the first answer",
        baseline=desk.reader.fingerprint,
        adapted=adapted.fingerprint,
        learned_from=learned_from,
        held_out_documents=len({question.group for question in judging}),
        learned=() if by_labels else tuple(scores),
    )


def _f1(reader: SpanReader, question: LabelledQuestion, documents: Sequence[Document], *, ranked: bool) -> float:
    answers = reader.read(question.text, documents, top_k=1, ranked=ranked).answers
    return token_f1(answers[0].text if answers else "", question.golds)


def _identity(base: Path, questions: Sequence[SquadQuestion], arguments: ReaderAdaptation) -> dict[str, object]:
    import hashlib

    digest = hashlib.sha256("\0".join(f"{one.id}\0{one.question}\0{one.context}" for one in questions).encode())
    return {
        "base": file_hash(base / "model.safetensors"),
        "questions": digest.hexdigest(),
        "arguments": asdict(arguments),
    }
