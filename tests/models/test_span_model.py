"""Reading on ONNX Runtime, with an exported tiny network."""

import numpy as np
import pytest

from carrel.errors import ModelError, UserError
from carrel.models.sentence_encoder import load_encoder
from carrel.models.span_reader import load_span_model
from tests.models import tiny

QUESTION = "Who built the tower?"


@pytest.fixture(scope="module")
def folder(tiny_models, tmp_path_factory):
    from carrel.training.export import export_reader

    out = tmp_path_factory.mktemp("exported")
    export_reader(tiny_models / "bert", out, name="tiny", precision="int8")
    return out


@pytest.fixture(scope="module")
def model(folder):
    return load_span_model(folder)


def as_tuples(found):
    return [[(span.start, span.end, span.score) for span in spans] for spans in found]


def test_a_passage_does_not_depend_on_its_neighbours_even_in_int8(model):
    together = as_tuples(model.read(QUESTION, tiny.TEXTS))
    assert [as_tuples(model.read(QUESTION, [text]))[0] for text in tiny.TEXTS] == together
    assert as_tuples(model.read(QUESTION, tiny.TEXTS[::-1]))[::-1] == together


def test_parallel_calls_give_the_same_scores(folder, model):
    assert as_tuples(load_span_model(folder, threads=3).read(QUESTION, tiny.TEXTS)) == as_tuples(
        load_span_model(folder, threads=1).read(QUESTION, tiny.TEXTS)
    )


def test_offsets_are_characters_of_the_passage(model):
    passage = "Ünïcödé 🦊 stands before it: Gustave Eiffel's company built it in 1889."
    for span in model.read(QUESTION, [passage])[0]:
        text = passage[span.start : span.end]
        assert text
        assert text == text.strip()


def test_no_answer_is_longer_than_the_limit(folder):
    model = load_span_model(folder, max_answer_tokens=3)
    for passage, spans in zip(tiny.TEXTS, model.read(QUESTION, tiny.TEXTS), strict=True):
        for span in spans:
            assert len(model.tokenizer.encode(passage[span.start : span.end], add_special_tokens=False).ids) <= 3


def test_a_passage_longer_than_a_window_is_read_to_its_end(model):
    passage = " ".join(tiny.TEXTS * 10)
    found = model.read(QUESTION, [passage], count=50)[0]
    assert max(span.end for span in found) > len(passage) * 0.9
    assert not any(a.overlaps(b) for i, a in enumerate(found) for b in found[:i])


@pytest.mark.parametrize("stride", [0, 60, 500])
def test_any_stride_reads_the_whole_passage(folder, stride):
    model = load_span_model(folder, stride=stride)
    assert model.read("library " * 200, [" ".join(tiny.TEXTS * 5)])[0]


def test_passages_without_words_have_no_spans(model):
    assert model.read(QUESTION, []) == []
    assert model.read(QUESTION, ["", "  \n", tiny.TEXTS[0]])[:2] == [[], []]


@pytest.mark.parametrize("question", ["", " \n"])
def test_an_empty_question_is_an_error(model, question):
    with pytest.raises(UserError, match="question is empty"):
        model.read(question, ["text"])


def test_asking_for_more_spans_keeps_the_best_ones(model):
    few, many = (model.read(QUESTION, [tiny.TEXTS[2]], count=count)[0] for count in (1, 5))
    assert few == many[:1]
    assert len(many) > 1


def test_a_reader_is_not_loaded_as_an_encoder(folder):
    with pytest.raises(ModelError, match=r"kind 'span-reader', but a sentence-encoder"):
        load_encoder(folder)


def test_a_graph_of_another_kind_does_not_fit(folder, tmp_path):
    import shutil

    from carrel.models.locate import find_model
    from carrel.models.manifest import ReaderManifest, read_manifest, record_files, write_manifest

    other = shutil.copytree(folder, tmp_path / "other")
    shutil.copy(find_model("carrel-encoder") / "model.onnx", other / "model.onnx")
    manifest = read_manifest(folder, ReaderManifest)
    write_manifest(other, manifest.model_copy(update={"files": record_files(other, manifest.files)}))
    with pytest.raises(ModelError, match=r"does not fit: .*start_logits"):
        load_span_model(other)


def test_scores_are_finite(model):
    assert all(np.isfinite(span.score) for spans in model.read(QUESTION, tiny.TEXTS) for span in spans)
