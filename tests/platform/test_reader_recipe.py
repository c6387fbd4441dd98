"""The recipe's own bookkeeping: what a folder of a run holds, and which labels are trained on."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from carrel.datasets.problems import BadEntriesError
from carrel.errors import ModelError, UserError
from carrel.platform.reader_recipe import ReaderRecipe, is_finished, make_reader, recipe_identity
from carrel.platform.run_identity import record_identity
from carrel.platform.training_data import read_labelled
from carrel.training.reader import ReaderArguments


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    context = "Warsaw is the capital of Poland. It stands on the Vistula."
    asked = [("q1", "Vistula", context.index("Vistula")), ("q2", "Poland", 3)]
    questions = [
        {"id": name, "question": "Which?", "answers": [{"text": text, "answer_start": start}]}
        for name, text, start in asked
    ]
    path = tmp_path / "labels.json"
    path.write_text(json.dumps({"data": [{"title": "Warsaw", "paragraphs": [{"context": context, "qas": questions}]}]}))
    return path


@pytest.fixture
def recipe(labels: Path, tmp_path: Path) -> ReaderRecipe:
    base = tmp_path / "base"
    base.mkdir()
    (base / "model.safetensors").write_bytes(b"weights")
    for name in ("config.json", "tokenizer.json"):
        (base / name).write_text("{}", encoding="utf-8")
    return ReaderRecipe((labels,), base=str(base), arguments=ReaderArguments(epochs=2))


def test_a_label_that_is_not_at_its_offset_is_refused_or_left_out_and_counted(labels: Path) -> None:
    with pytest.raises(BadEntriesError, match="q2: 'Poland' is not at offset 3"):
        read_labelled([labels])
    (file,) = read_labelled([labels], on_bad="skip")
    assert [question.id for question in file.articles[0].questions] == ["q1"]
    assert file.problems.total == 1


def test_a_share_of_a_base_that_cannot_read_is_refused_before_anything_else(
    recipe: ReaderRecipe, tmp_path: Path
) -> None:
    wrong = dataclasses.replace(recipe, base_share=0.5, files=(tmp_path / "not there.json",))
    with pytest.raises(ModelError, match="no span reader"):
        make_reader(wrong, tmp_path / "out", on_progress=lambda *_: None)


def test_a_finished_run_is_recognised_by_its_recipe(recipe: ReaderRecipe, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    assert not is_finished(run, recipe)
    (run / "model.safetensors").write_bytes(b"trained")
    record_identity(run, recipe_identity(recipe))
    assert is_finished(run, recipe)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"negatives": 0.5}, "negatives"),
        ({"arguments": ReaderArguments(epochs=3)}, "arguments"),
        ({"altered": 0.2}, "altered"),
        ({"base_share": 0.5}, "base_share"),
    ],
)
def test_the_model_of_another_recipe_is_refused(
    recipe: ReaderRecipe, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "model.safetensors").write_bytes(b"trained")
    record_identity(run, recipe_identity(recipe))
    other = dataclasses.replace(recipe, **change)  # type: ignore[arg-type]
    with pytest.raises(UserError, match=rf"another recipe \({said} differ\)"):
        is_finished(run, other)
    record_identity(run, recipe_identity(other))
    with pytest.raises(UserError, match=rf"another recipe \({said} differ\)"):
        is_finished(run, recipe)


def test_a_run_that_recorded_its_arguments_only_is_judged_by_them(recipe: ReaderRecipe, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "model.safetensors").write_bytes(b"trained")
    old = {name: value for name, value in dataclasses.asdict(recipe.arguments).items() if name != "patience"}
    (run / "arguments.json").write_text(json.dumps(old))
    assert is_finished(run, recipe)
    with pytest.raises(UserError, match="another recipe"):
        is_finished(run, dataclasses.replace(recipe, arguments=ReaderArguments(epochs=2, patience=3)))


def test_subjqa_reviews_are_the_paragraphs_of_their_product(carrel_data: Path) -> None:
    (file,) = read_labelled([carrel_data / "subjqa" / "electronics-dev.csv.gz"])
    assert len(file.articles) > 10
    for article in file.articles:
        for question in article.questions:
            assert question.context in article.paragraphs
            assert all(question.context[a.start : a.end] == a.text for a in question.answers)
