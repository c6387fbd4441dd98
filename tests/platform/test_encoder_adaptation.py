"""Adapting an encoder: a better model is embedded with and then used, a worse one refused, both with a receipt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carrel import Platform
from carrel.datasets import SquadSet
from carrel.errors import UserError
from carrel.platform.adaptation_queries import (
    apart_from,
    divided,
    judging_texts,
    training_pairs,
    unlabelled_queries,
)
from carrel.platform.collection_passages import collection_passages
from carrel.platform.encoder_adaptation import EncoderAdaptation, adapt_encoder
from carrel.platform.judging_texts import JudgingTexts
from carrel.platform.own_models import name_own
from carrel.platform.trainable import base_folder
from carrel.training.encoder import EncoderArguments
from carrel.training.made_questions import Kind
from tests.models import tiny
from tests.platform.rivers import articles
from tests.platform.test_calibration import quiet

pytest.importorskip("accelerate")

TRAINING = EncoderArguments(epochs=1, batch_size=4, learning_rate=1e-5, max_tokens=48, precision="fp32")
LABELS = SquadSet("rivers", tuple(articles()))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "rivers"
    folder.mkdir()
    for article in articles():
        (folder / f"{article.title}.txt").write_text(article.text, encoding="utf-8")
    with Platform(tmp_path / "home") as desk:
        desk.index(folder)
    return tmp_path / "home"


def test_a_worse_encoder_is_refused_and_the_receipt_says_so(home: Path, tmp_path: Path) -> None:
    base = tiny.save_encoder(tmp_path / "tiny")
    with Platform(home) as desk:
        before = desk.encoder.fingerprint
        receipt = adapt_encoder(
            desk, base, arguments=EncoderAdaptation(training=TRAINING), on_progress=quiet, device="cpu"
        )
    assert not receipt.better
    assert not receipt.adopted
    written = json.loads((home / "models" / "default" / "encoder-1" / "receipt.json").read_text(encoding="utf-8"))
    assert written["baseline"] == before
    assert written["lines"]
    assert all(line["questions"] for line in written["lines"].values())
    assert not (home / "carrel.toml").exists()


def test_a_better_encoder_is_used_once_all_is_embedded(home: Path, tmp_path: Path) -> None:
    name_own(home, "default", "encoder", tiny.save_encoder(tmp_path / "tiny"))
    with Platform(home) as desk:
        desk.index(tmp_path / "rivers")
        receipt = adapt_encoder(
            desk,
            base_folder("minilm"),
            labels=[SquadSet("some", LABELS.articles[:4])],
            judge=[SquadSet("others", LABELS.articles[4:])],
            arguments=EncoderAdaptation(training=TRAINING),
            on_progress=quiet,
            device="cpu",
        )
    assert receipt.adopted, receipt
    assert receipt.lines["labelled question"].questions == 12
    with Platform(home) as desk:
        assert desk.encoder.fingerprint == receipt.adapted
        coverage = {one.fingerprint: one.complete for one in desk.store.coverage()}
        assert coverage[receipt.adapted]
        assert receipt.baseline in coverage
        assert len(desk.search("the river", mode="dense", top_k=3).hits) == 3


def test_a_second_adaptation_leaves_the_first_model_alone(home: Path, tmp_path: Path) -> None:
    base = tiny.save_encoder(tmp_path / "tiny")
    arguments = EncoderAdaptation(training=TRAINING)
    with Platform(home) as desk:
        for labels in ([LABELS], []):
            adapt_encoder(desk, base, labels=labels, arguments=arguments, on_progress=quiet, device="cpu")
    models = home / "models" / "default"
    assert sorted(path.parent.name for path in models.glob("*/receipt.json")) == ["encoder-1", "encoder-2"]


def test_labels_of_texts_that_are_not_there_are_refused(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "note.txt").write_text("Nothing about cities.", encoding="utf-8")
    with Platform(home, collection="other") as desk:
        desk.index(other)
        with pytest.raises(UserError, match="No text that the labels are about"):
            adapt_encoder(desk, tmp_path, labels=[LABELS], on_progress=quiet)


def test_one_document_cannot_teach_and_judge(home: Path, tmp_path: Path) -> None:
    with Platform(home) as desk, pytest.raises(UserError, match="0 queries to judge"):
        adapt_encoder(desk, tmp_path, labels=[SquadSet("one", tuple(articles()[:1]))], on_progress=quiet)


def test_what_judges_is_not_learned_from_under_another_name(home: Path, tmp_path: Path) -> None:
    base = tiny.save_encoder(tmp_path / "tiny")
    judge = SquadSet("some", LABELS.articles[:3])

    def learned(**labels: list[SquadSet]) -> int:
        with Platform(home) as desk:
            receipt = adapt_encoder(
                desk, base, judge=[judge], arguments=EncoderAdaptation(training=TRAINING), on_progress=quiet, **labels
            )
        return int(receipt.learned_from.split()[0])

    assert learned(labels=[LABELS]) == 15
    made = learned()
    copies = tmp_path / "copies"
    copies.mkdir()
    for article in judge.articles:
        (copies / f"Copy of {article.title}.txt").write_text(article.text, encoding="utf-8")
    with Platform(home) as desk:
        desk.index(copies)
    assert learned() == made
    with pytest.raises(
        UserError, match="0 pairs to learn from and 9 queries to judge by; 9 about texts that judge left out"
    ):
        learned(labels=[judge])


def test_what_judges_is_no_wrong_passage_either(home: Path) -> None:
    from carrel.models.span_reader import load_span_model

    with Platform(home) as desk:
        passages = collection_passages(desk)
        made = unlabelled_queries(passages, load_span_model(), limit=100, seed=0)
        learning, judging = divided(made, seed=0)
        texts = judging_texts(desk, passages, judging)
        asked = apart_from(texts, passages, [query for query in learning if query.kind is Kind.KEYWORDS])
        assert asked

        def negatives(texts: JudgingTexts) -> set[str]:
            pairs = training_pairs(desk, passages, asked, texts, negatives=3, seed=0)
            return {text for pair in pairs for text in pair.negatives}

    shown = {passages.embedded[row] for row, text in enumerate(passages.texts) if text.text in texts}
    assert shown & negatives(JudgingTexts([]))
    assert not shown & negatives(texts)


def test_made_questions_are_those_that_the_reader_answers(home: Path) -> None:
    from carrel.models.span_reader import load_span_model

    with Platform(home) as desk:
        passages = collection_passages(desk)
        queries = unlabelled_queries(passages, load_span_model(), limit=100, seed=0)
    assert {query.kind for query in queries} >= {Kind.SENTENCE, Kind.QUESTION}
    for query in queries:
        assert query.wanted[0]
        assert all(0 <= row < len(passages.texts) for row in query.rows)
        if query.kind is Kind.SENTENCE:
            assert query.text not in query.wanted[0]


def test_a_question_about_a_subject_is_held_against_texts_that_do_not_mention_it(tmp_path: Path) -> None:
    from carrel.models.span_reader import load_span_model

    folder = tmp_path / "notes"
    folder.mkdir()
    for subject in ("zoom", "sound", "screen", "price"):
        for number in range(3):
            (folder / f"{subject}-{number}.txt").write_text(
                f"The {subject} is good. This camera was bought in the shop number {number}.", encoding="utf-8"
            )
    with Platform(tmp_path / "home") as desk:
        desk.index(folder)
        passages = collection_passages(desk)
        queries = unlabelled_queries(passages, load_span_model(), limit=100, seed=0)
        asked = [query for query in queries if query.kind is Kind.SUBJECT]
        pairs = training_pairs(desk, passages, asked, JudgingTexts([]), negatives=2, seed=0)
        judging = JudgingTexts(text.text for text in passages.texts if "sound" in text.text)
        apart = training_pairs(desk, passages, asked, judging, negatives=2, seed=0)
    # Every text mentions the camera: nothing is wrong as an answer to that.
    everywhere = [query for query in asked if query.text == "How is the camera?"]
    assert len(everywhere) == 12
    assert all(len(query.rows) == 12 for query in everywhere)
    assert len(pairs) == 12
    for pair in pairs:
        (subject,) = (word for word in ("zoom", "sound", "screen", "price") if word in pair.query)
        assert pair.query == f"How is the {subject}?"
        assert subject in pair.passage
        assert len(pair.negatives) == 2
        assert all(subject not in text for text in pair.negatives)
    assert any("sound" in text for pair in pairs for text in pair.negatives)
    assert not any("sound" in text for pair in apart for text in pair.negatives)
