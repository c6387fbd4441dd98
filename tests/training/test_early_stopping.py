"""Training that ends when held-out questions say so, and that learns from a teacher."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from carrel.errors import ModelError
from carrel.models.span_reader import load_span_model
from carrel.models.windows import WindowCutter
from carrel.training.examples import make_examples
from carrel.training.reader import ReaderArguments, train_reader
from tests.models import tiny
from tests.training.test_reader_training import QUESTIONS, question

pytest.importorskip("torch")

pytestmark = pytest.mark.usefixtures("one_thread")

ARGUMENTS = ReaderArguments(
    epochs=20, batch_size=2, learning_rate=3e-3, max_tokens=64, stride=8, precision="fp32", checkpoint_steps=1000
)


def test_training_stops_when_the_held_out_questions_are_no_longer_answered_better(tiny_base: Path, tmp_path: Path):
    steps = []
    arguments = dataclasses.replace(ARGUMENTS, patience=15, evaluate_steps=4, epochs=100)
    train_reader(
        tiny_base / "base", QUESTIONS, tmp_path, arguments, lambda *done: steps.append(done), validation=QUESTIONS[3:]
    )
    # "No answer" is right from the first measurement at which nothing is answered on; the patience then ends it.
    assert len(steps) < steps[0][1]
    assert len(steps) % 4 == 0
    assert not (tmp_path / "best").exists()
    model = load_span_model(tmp_path, device="cpu")
    assert model.read(QUESTIONS[3].question, [QUESTIONS[3].context], count=1)[0][0].score < 0


def test_a_student_learns_what_its_teacher_thinks(tiny_base: Path, tmp_path: Path):
    teacher = tmp_path / "teacher"
    train_reader(tiny_base / "base", QUESTIONS, teacher, ARGUMENTS, lambda *_: None)
    alone = dataclasses.replace(ARGUMENTS, teacher=str(teacher), teacher_weight=1.0, epochs=20)
    # The labels are wrong on purpose: with the teacher's word alone they are not looked at.
    wrong = [dataclasses.replace(one, answers=()) for one in QUESTIONS]
    train_reader(tiny_base / "base", wrong, tmp_path / "student", alone, lambda *_: None, device="cpu")
    student = load_span_model(tmp_path / "student", device="cpu")
    for one in QUESTIONS[:3]:
        best = student.read(one.question, [one.context], count=1)[0][0]
        assert one.context[best.start : best.end] == one.answers[0].text


@pytest.mark.parametrize("architecture", ["bert", "roberta"])
def test_a_teachers_probabilities_move_to_the_students_tokens(tiny_base: Path, architecture: str):
    from carrel.training.distillation import Teacher

    cutter = WindowCutter(tiny.wordpiece(), max_tokens=40, stride=8)
    examples = make_examples(QUESTIONS, cutter)
    tokens = max(len(example.window.ids) for example in examples)
    for target in Teacher(str(tiny_base / architecture), device="cpu").targets(examples, tokens):
        assert target.shape == (len(examples), tokens)
        assert np.allclose(target.sum(axis=1), 1, atol=1e-5)
        for row, example in zip(target, examples, strict=True):
            passage = slice(example.window.first, example.window.first + len(example.window.offsets))
            outside = np.delete(row, [0, *range(passage.start, passage.stop)])
            assert not outside.any()


def test_a_teacher_that_is_no_reader_is_one_clear_line(tiny_base: Path, tmp_path: Path):
    arguments = dataclasses.replace(ARGUMENTS, teacher=str(tiny_base / "base"))
    with pytest.raises(ModelError, match="not a span reader"):
        train_reader(tiny_base / "base", QUESTIONS, tmp_path, arguments, lambda *_: None)


def test_a_whole_document_gives_its_answer_and_a_little_of_the_rest():
    cutter = WindowCutter(tiny.wordpiece(), max_tokens=24, stride=4)
    context = " ".join(tiny.TEXTS * 6)
    examples = make_examples([question(1, "Who?", "Gustave Eiffel's company", context)], cutter)
    assert len([example for example in examples if not example.end]) == 2
    assert [example for example in examples if example.end]
