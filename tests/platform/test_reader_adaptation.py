"""Adapting a reader: labels that teach what it does not know make it better; the receipt decides."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from carrel import Platform
from carrel.datasets import GoldSpan, SquadArticle, SquadQuestion, SquadSet
from carrel.errors import ModelError, UserError
from carrel.platform import reader_adaptation
from carrel.platform.own_models import name_own
from carrel.platform.reader_adaptation import ReaderAdaptation, adapt_reader, annotated
from carrel.platform.trainable import base_folder
from carrel.settings import Settings
from carrel.training.reader import ReaderArguments
from tests.models import tiny
from tests.platform.rivers import articles
from tests.platform.test_calibration import quiet

pytest.importorskip("torch")

pytestmark = pytest.mark.usefixtures("one_thread")

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


def arguments(epochs: int) -> ReaderAdaptation:
    training = ReaderArguments(
        epochs=epochs, batch_size=4, learning_rate=3e-3, max_tokens=64, stride=8, precision="fp32"
    )
    return ReaderAdaptation(negatives=0.25, training=training)


def test_a_better_reader_becomes_the_collections(home: Path, tmp_path: Path) -> None:
    pytest.importorskip("carrel_models")
    base = base_folder("carrel-reader")
    name_own(home, "default", "reader", tiny.save_bert(tmp_path / "tiny"))
    training = ReaderArguments(epochs=1, batch_size=4, learning_rate=1e-5, max_tokens=64, stride=8, precision="fp32")
    with Platform(home) as desk:
        receipt = adapt_reader(
            desk,
            base,
            labels=[SquadSet("some", LABELS.articles[:4])],
            judge=[SquadSet("others", LABELS.articles[4:])],
            arguments=ReaderAdaptation(training=training),
            on_progress=quiet,
            device="cpu",
        )
    assert receipt.adopted, receipt
    assert receipt.lines["given its text"].questions == 12
    assert set(receipt.lines) == {"given its text", "collection"}
    assert receipt.note
    own = Settings.load(home).collections["default"]
    assert own.reader == "models/default/reader-1"
    with Platform(home) as desk:
        assert desk.reader.fingerprint == receipt.adapted
        assert desk.ask("Which river does Paris stand on?").answers


def test_a_reader_that_forgot_is_refused(home: Path, tmp_path: Path) -> None:
    base = tiny.save_bert(tmp_path / "tiny", head="BertModel")
    with Platform(home) as desk:
        before = desk.reader.fingerprint
        receipt = adapt_reader(desk, base, labels=[LABELS], arguments=arguments(1), on_progress=quiet, device="cpu")
    assert not receipt.adopted
    assert receipt.baseline == before
    assert (home / "models" / "default" / "reader-1" / "receipt.json").is_file()
    assert not (home / "carrel.toml").exists()


OPINIONS = {
    "case": ("slow", "very light"),
    "phone": ("loud enough", "heavy"),
    "lamp": ("not bad at all", "made of iron"),
    "radio": ("easy to read", "hard to open"),
    "clock": ("a bit dim", "red"),
    "torch": ("broken", "far too short"),
}
REVIEWS = {
    name: f"I bought this one in May. The zoom is {first}, but the handle was {second}. It came within a week."
    for name, (first, second) in OPINIONS.items()
}


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    folder = tmp_path / "reviews"
    folder.mkdir()
    for name, text in REVIEWS.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    with Platform(tmp_path / "home") as desk:
        desk.index(folder)
    return tmp_path / "home"


def judging(texts: dict[str, str]) -> SquadSet:
    made = []
    for name, text in texts.items():
        answer = GoldSpan("The zoom", text.index("The zoom"))
        question = SquadQuestion(f"{name}-1", "How is the zoom?", name, text, (answer,))
        made.append(SquadArticle(name, (text,), (question,)))
    return SquadSet("judging", tuple(made))


def test_what_was_made_teaches_and_does_not_judge(reviews: Path) -> None:
    pytest.importorskip("carrel_models")
    training = ReaderArguments(epochs=8, batch_size=4, learning_rate=5e-5, max_tokens=64, stride=8, precision="fp32")
    with Platform(reviews) as desk:
        base = base_folder(desk.settings.models.reader)
        receipt = adapt_reader(
            desk, base, arguments=ReaderAdaptation(training=training), on_progress=quiet, device="cpu"
        )
    assert "made out of the collection's text" in receipt.learned_from
    line = receipt.lines["given its text"]
    assert (line.adapted or 0) > (line.baseline or 0)
    assert not receipt.better
    assert not receipt.adopted
    assert "--judge" in receipt.note
    assert not (reviews / "carrel.toml").exists()


def test_documents_that_judge_are_not_learned_from(reviews: Path, tmp_path: Path) -> None:
    base = tiny.save_bert(tmp_path / "tiny")

    def learned(judge: SquadSet, made: int = 1000) -> int:
        asked = dataclasses.replace(arguments(1), made=made)
        with Platform(reviews) as desk:
            receipt = adapt_reader(desk, base, judge=[judge], arguments=asked, on_progress=quiet, device="cpu")
        assert receipt.note == ""
        return int(receipt.learned_from.split()[0])

    elsewhere = learned(judging({"other": "The zoom is fine.", "another": "The zoom is poor."}))
    assert 2 * len(REVIEWS) - 2 <= elsewhere <= 2 * len(REVIEWS)
    own = {name: REVIEWS[name] for name in ("case", "torch")}
    others = learned(judging(own))
    assert 2 <= elsewhere - others <= 4
    assert learned(judging(own), made=2 * (len(REVIEWS) - len(own))) == others, "as many are made of the others alone"
    copies = tmp_path / "copies"
    copies.mkdir()
    for name, text in own.items():
        (copies / f"{name} again.txt").write_text(text, encoding="utf-8")
    with Platform(reviews) as desk:
        desk.index(copies)
    assert learned(judging(own)) == others


def test_labels_of_texts_that_judge_are_not_learned_from(home: Path, tmp_path: Path) -> None:
    base = tiny.save_bert(tmp_path / "tiny")
    some = SquadSet("some", LABELS.articles[:3])

    def learned(labels: SquadSet) -> int:
        with Platform(home) as desk:
            receipt = adapt_reader(
                desk, base, labels=[labels], judge=[some], arguments=arguments(1), on_progress=quiet, device="cpu"
            )
        assert receipt.lines["given its text"].questions == 9
        assert receipt.learned_from.endswith(" about texts that judge left out")
        return int(receipt.learned_from.split()[0])

    assert learned(LABELS) == 15
    # Another name, the whole document instead of a paragraph, and an answer of its own: still a text that judges.
    whole = "\n\n".join(LABELS.articles[0].paragraphs)
    answer = GoldSpan("The cathedral", whole.index("The cathedral"))
    question = SquadQuestion("new", "What is visited?", "A copy", whole, (answer,))
    copy = SquadArticle("A copy", (whole,), (question,))
    assert learned(SquadSet("with a copy", (*LABELS.articles, copy))) == 15
    with pytest.raises(
        UserError, match="0 questions to learn from and 9 to judge by; 9 about texts that judge left out"
    ):
        learned(some)


def test_what_judges_is_no_wrong_passage_either(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class LearningError(Exception):
        pass

    def learn(_base: Path, examples: list[SquadQuestion], *_: object, **__: object) -> None:
        raise LearningError(examples)

    monkeypatch.setattr(reader_adaptation, "train_reader", learn)
    judges = SquadSet("some", LABELS.articles[:3])
    every = dataclasses.replace(arguments(1), negatives=1.0)
    with Platform(home) as desk, pytest.raises(LearningError) as learned:
        adapt_reader(
            desk, tiny.save_bert(tmp_path / "tiny"), labels=[LABELS], judge=[judges], arguments=every, on_progress=quiet
        )
    wrong = [example.context for example in learned.value.args[0] if example.id.endswith("-negative")]
    assert wrong
    assert not any(text in article.text for text in wrong for article in articles()[:3])


def test_an_export_without_its_weights_cannot_be_trained_further(tmp_path: Path) -> None:
    from carrel.training.export import export_reader

    export_reader(tiny.save_bert(tmp_path / "run"), tmp_path / "export", name="r")
    with pytest.raises(ModelError, match="an export for inference"):
        base_folder(str(tmp_path / "export"))
    export_reader(tmp_path / "run", tmp_path, name="r")
    assert base_folder(str(tmp_path)) == tmp_path / "run"


def test_every_annotators_answer_that_a_reader_could_give_is_an_example_and_some_without_are() -> None:
    both = SquadQuestion("q", "Where?", "t", "Here or there.", (GoldSpan("Here", 0), GoldSpan("there", 8)))
    whole = " ".join(["word"] * 25)
    long = SquadQuestion("l", "What?", "t", whole, (GoldSpan(whole, 0), GoldSpan(whole.removesuffix(" word"), 0)))
    assert [one.answers for one in annotated([long], 0)] == [long.answers[1:]]
    none = [SquadQuestion(f"n{i}", "Where?", "t", "Nothing.", ()) for i in range(200)]
    assert [one.answers for one in annotated([both, *none], 0)] == [both.answers[:1], both.answers[1:]]
    assert len(annotated(none, 1)) == 200
    assert 30 < len(annotated(none, 0.3)) < 90
    assert annotated(none, 0.3) == annotated(none, 0.3)
