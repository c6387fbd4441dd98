"""Models in the layout of transformers: the loading code for hub models, on tiny ones of the real architectures."""

import json
import shutil

import numpy as np
import pytest

from carrel.errors import ModelError
from carrel.models.sentence_encoder import load_encoder
from carrel.models.span_reader import load_span_model
from carrel.models.torch_runtime import usable_device
from tests.models import tiny

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

QUESTION = "Who built the tower?"


@pytest.fixture(scope="module")
def encoder_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    return tiny.save_encoder(folder, prompts={"query": "When, where and why: ", "document": ""})


def best_by_transformers(folder, passage, *, token_types):
    """The best span of at most 30 tokens, from transformers' own tokenizer and model."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForQuestionAnswering.from_pretrained(folder).eval()
    inputs = tokenizer(
        QUESTION, passage, return_tensors="pt", return_token_type_ids=token_types, return_offsets_mapping=True
    )
    offsets = inputs.pop("offset_mapping")[0].tolist()
    tokens = [i for i, sequence in enumerate(inputs.sequence_ids(0)) if sequence == 1]
    with torch.no_grad():
        output = model(**inputs)
    start, end = output.start_logits[0], output.end_logits[0]
    score, i, j = max((float(start[i] + end[j]), i, j) for i in tokens for j in tokens if i <= j < i + 30)
    return offsets[i][0], offsets[j][1], score - float(start[0] + end[0])


@pytest.mark.parametrize("name", ["bert", "roberta", "distilbert"])
@pytest.mark.parametrize("passage", tiny.TEXTS)
def test_a_reader_finds_what_transformers_itself_finds(tiny_models, name, passage):
    model = load_span_model(tiny_models / name, device="cpu")
    ((best, *_),) = model.read(QUESTION, [passage])
    start, end, score = best_by_transformers(tiny_models / name, passage, token_types=name == "bert")
    assert (best.start, best.end) == (start, end)
    assert best.score == pytest.approx(score, abs=1e-4)


def test_token_types_reach_a_network_that_has_them(tiny_models):
    model = load_span_model(tiny_models / "bert", device="cpu")
    ((best, *_),) = model.read(QUESTION, [tiny.TEXTS[2]])
    without = best_by_transformers(tiny_models / "bert", tiny.TEXTS[2], token_types=False)
    assert abs(best.score - without[2]) > 0.01


def test_roberta_reads_up_to_its_last_position(tiny_models):
    model = load_span_model(tiny_models / "roberta", device="cpu")
    assert model.manifest.max_tokens == 64
    assert model.read(QUESTION, [" ".join(tiny.TEXTS * 5)])[0]


@pytest.mark.parametrize("name", ["bert", "roberta"])
def test_padding_does_not_change_a_passage(tiny_models, name):
    model = load_span_model(tiny_models / name, device="cpu")
    together = model.read(QUESTION, tiny.TEXTS)
    for passage, spans in zip(tiny.TEXTS, together, strict=True):
        (alone,) = model.read(QUESTION, [passage])
        assert [(s.start, s.end) for s in alone] == [(s.start, s.end) for s in spans]
        np.testing.assert_allclose([s.score for s in alone], [s.score for s in spans], atol=1e-4)


def test_an_encoder_folder_gives_the_vectors_of_sentence_transformers(encoder_folder):
    from sentence_transformers import SentenceTransformer

    original = SentenceTransformer(str(encoder_folder), device="cpu")
    encoder = load_encoder(encoder_folder, device="cpu")
    np.testing.assert_allclose(encoder.encode(tiny.TEXTS), original.encode(tiny.TEXTS), atol=1e-5)
    assert (encoder.dimensions, encoder.max_tokens, encoder.manifest.pooling) == (32, 48, "mean")


def test_a_query_gets_the_prompt_that_the_folder_names(encoder_folder):
    from sentence_transformers import SentenceTransformer

    original = SentenceTransformer(str(encoder_folder), device="cpu")
    encoder = load_encoder(encoder_folder, device="cpu")
    np.testing.assert_allclose(encoder.encode_query(QUESTION), original.encode_query(QUESTION), atol=1e-5)
    assert not np.allclose(encoder.encode_query(QUESTION), encoder.encode([QUESTION])[0], atol=1e-3)


def test_a_long_text_is_cut_as_sentence_transformers_cuts_it(encoder_folder):
    from sentence_transformers import SentenceTransformer

    original = SentenceTransformer(str(encoder_folder), device="cpu")
    long = " ".join(tiny.TEXTS)
    encoder = load_encoder(encoder_folder, device="cpu")
    np.testing.assert_allclose(encoder.encode([long]), original.encode([long]), atol=1e-5)


def test_other_pooling_is_other_vectors_and_another_fingerprint(tmp_path):
    mean, cls = (tiny.save_encoder(tmp_path / mode, pooling=mode) for mode in ("mean", "cls"))
    one, other = load_encoder(mean, device="cpu"), load_encoder(cls, device="cpu")
    assert (one.manifest.pooling, other.manifest.pooling) == ("mean", "cls")
    assert one.fingerprint != other.fingerprint
    assert not np.allclose(one.encode(tiny.TEXTS), other.encode(tiny.TEXTS), atol=1e-3)


def test_a_reader_is_no_encoder(tiny_models):
    with pytest.raises(ModelError, match=r"holds a BertForQuestionAnswering, not a sentence encoder"):
        load_encoder(tiny_models / "bert")


def test_an_encoder_is_no_reader(encoder_folder):
    with pytest.raises(ModelError, match=r"holds BertModel, not a span reader"):
        load_span_model(encoder_folder)


@pytest.mark.parametrize(("missing", "said"), [("model.safetensors", "no weights"), ("tokenizer.json", "no tokenizer")])
def test_a_missing_part_is_named(tiny_models, tmp_path, missing, said):
    folder = shutil.copytree(tiny_models / "bert", tmp_path / "copy")
    (folder / missing).unlink()
    with pytest.raises(ModelError, match=said):
        load_span_model(folder)


def test_weights_that_are_damaged_are_an_error(tiny_models, tmp_path):
    folder = shutil.copytree(tiny_models / "bert", tmp_path / "copy")
    (folder / "model.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(ModelError, match=r"copy cannot be loaded"):
        load_span_model(folder, device="cpu")


def test_weights_without_the_layer_that_marks_spans_are_an_error(tiny_models, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(tiny_models / "bert", tmp_path / "copy")
    weights = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if not name.startswith("qa_outputs")}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"lack layers of a BertForQuestionAnswering: qa_outputs"):
        load_span_model(folder, device="cpu")


def test_a_configuration_that_is_no_json_is_named(tiny_models, tmp_path):
    folder = shutil.copytree(tiny_models / "bert", tmp_path / "copy")
    (folder / "config.json").write_text("{")
    with pytest.raises(ModelError, match=r"config\.json is not JSON"):
        load_span_model(folder)


def test_windows_are_those_of_the_training_where_it_says_so(tiny_models, tmp_path):
    folder = shutil.copytree(tiny_models / "bert", tmp_path / "copy")
    (folder / "arguments.json").write_text(json.dumps({"max_tokens": 48, "stride": 12}))
    manifest = load_span_model(folder, device="cpu").manifest
    assert (manifest.max_tokens, manifest.stride) == (48, 12)


def test_a_device_that_is_not_there_is_a_clear_error():
    with pytest.raises(ModelError, match=r"cannot use the device 'warp'"):
        usable_device("warp")
