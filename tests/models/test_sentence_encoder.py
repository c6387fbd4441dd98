import shutil
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.errors import ModelError
from carrel.models.locate import find_model
from carrel.models.sentence_encoder import load_encoder

TEXTS = [
    "A carrel is a small desk in a library.",
    "Bananas are yellow.",
    "",
    "The quick brown fox jumps over the lazy dog. " * 100,
    "Grüße aus Zürich, 東京 and 🦊",
]


@pytest.fixture(scope="module")
def encoder():
    return load_encoder("carrel-encoder")


def test_vectors_are_float32_contiguous_and_of_unit_length(encoder):
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimensions) == (5, 384)
    assert vectors.dtype == np.float32
    assert vectors.flags.c_contiguous
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_vectors(encoder):
    assert encoder.encode([]).shape == (0, 384)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=5), st.randoms())
def test_a_vector_does_not_depend_on_its_neighbours(encoder, texts, random):
    together = encoder.encode(texts)
    order = list(range(len(texts)))
    random.shuffle(order)
    np.testing.assert_array_equal(encoder.encode([texts[i] for i in order]), together[order])
    np.testing.assert_array_equal(encoder.encode([texts[0]])[0], together[0])


def test_parallel_calls_give_the_same_bits_as_one_thread(encoder):
    np.testing.assert_array_equal(load_encoder(threads=3).encode(TEXTS), load_encoder(threads=1).encode(TEXTS))


def test_a_question_is_closest_to_the_passage_about_it(encoder):
    cosines = encoder.encode(TEXTS[:2]) @ encoder.encode_query("Where do people read in a library?")
    assert cosines[0] > cosines[1] + 0.2


def test_text_beyond_the_limit_is_not_read(encoder):
    long = "word " * (encoder.max_tokens - 2)
    np.testing.assert_array_equal(*encoder.encode([long, long + "and much more of it"]))


def test_the_tokenizer_counts_whole_texts(encoder):
    assert len(encoder.tokenizer.encode("word " * 1000, add_special_tokens=False).ids) == 1000


def test_one_name_is_loaded_once(encoder):
    assert load_encoder("carrel-encoder").tokenizer is encoder.tokenizer


def test_loading_and_encoding_touch_neither_torch_nor_transformers():
    code = (
        "import sys; from carrel.models.sentence_encoder import load_encoder; load_encoder().encode_query('hello');"
        "sys.exit(sorted({'torch', 'transformers', 'haystack'} & sys.modules.keys()) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(find_model("carrel-encoder"), tmp_path / "copy")


def test_weights_that_are_no_graph_are_an_error(copy):
    size = (copy / "model.onnx").stat().st_size
    (copy / "model.onnx").write_bytes(b"\0" * size)
    with pytest.raises(ModelError, match=r"ONNX Runtime cannot load .*model\.onnx"):
        load_encoder(copy)


def test_a_tokenizer_that_is_none_is_an_error(copy):
    size = (copy / "tokenizer.json").stat().st_size
    (copy / "tokenizer.json").write_bytes(b" " * size)
    with pytest.raises(ModelError, match=r"tokenizer\.json is not a tokenizer"):
        load_encoder(copy)


def test_an_empty_folder_holds_no_model(tmp_path):
    with pytest.raises(ModelError, match=r"holds no model"):
        load_encoder(tmp_path)


def test_the_fingerprint_names_model_and_content(encoder):
    assert encoder.fingerprint.startswith("carrel-encoder@")
