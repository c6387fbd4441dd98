import json

import pytest

from carrel.errors import ModelError
from carrel.models.locate import find_model
from carrel.models.manifest import (
    EncoderManifest,
    ReaderManifest,
    read_manifest,
    record_files,
    verify_files,
    write_manifest,
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"weights")
    (tmp_path / "tokenizer.json").write_text("{}")
    write_manifest(tmp_path, manifest(tmp_path))
    return tmp_path


def manifest(folder, **changes):
    fields = {
        "name": "small",
        "backend": "onnxruntime",
        "precision": "int8",
        "max_tokens": 64,
        "files": record_files(folder, ["model.onnx", "tokenizer.json"]),
        "dimensions": 8,
        "pooling": "mean",
    }
    return EncoderManifest(**{**fields, **changes})


def test_what_is_written_is_read(folder):
    assert read_manifest(folder, EncoderManifest) == manifest(folder)


def test_every_setting_that_changes_vectors_changes_the_fingerprint(folder):
    base = manifest(folder).fingerprint
    for changes in ({"precision": "float32"}, {"pooling": "cls"}, {"max_tokens": 65}, {"query_prompt": "query: "}):
        assert manifest(folder, **changes).fingerprint != base
    (folder / "model.onnx").write_bytes(b"other weights")
    assert manifest(folder).fingerprint != base


def test_a_null_threshold_does_not_change_what_a_reader_is(folder):
    fields = {"name": "r", "backend": "torch", "precision": "float32", "max_tokens": 64, "files": {}}
    assert ReaderManifest(**fields, null_threshold=1.5).fingerprint == ReaderManifest(**fields).fingerprint


def test_another_kind_of_model_is_named(folder):
    with pytest.raises(ModelError, match=r"kind 'sentence-encoder', but a span-reader is needed"):
        read_manifest(folder, ReaderManifest)


def test_a_missing_file_is_named(folder):
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"lacks tokenizer\.json"):
        read_manifest(folder, EncoderManifest)


def test_a_file_that_was_cut_short_is_found_without_reading_it(folder):
    (folder / "model.onnx").write_bytes(b"weigh")
    with pytest.raises(ModelError, match=r"has 5 bytes where carrel\.json says 7"):
        read_manifest(folder, EncoderManifest)


def test_a_file_with_other_content_of_the_same_size_is_found_by_verifying(folder):
    (folder / "model.onnx").write_bytes(b"wEights")
    read = read_manifest(folder, EncoderManifest)
    with pytest.raises(ModelError, match="SHA-256 differs"):
        verify_files(folder, read.files)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dimensions": "many"}, r"malformed: dimensions"),
        ({"dimensions": 0}, r"malformed: dimensions"),
        ({"backend": "tensorflow"}, r"malformed: backend"),
        ({"colour": "red"}, r"malformed: colour"),
    ],
)
def test_a_malformed_field_is_named(folder, change, message):
    data = json.loads((folder / "carrel.json").read_text())
    (folder / "carrel.json").write_text(json.dumps({**data, **change}))
    with pytest.raises(ModelError, match=message):
        read_manifest(folder, EncoderManifest)


@pytest.mark.parametrize("content", ["", "[1, 2]", "{"])
def test_a_manifest_that_is_no_json_object_is_an_error(folder, content):
    (folder / "carrel.json").write_text(content)
    with pytest.raises(ModelError, match=r"carrel\.json"):
        read_manifest(folder, EncoderManifest)


def test_the_shipped_encoder_is_what_its_manifest_says():
    folder = find_model("carrel-encoder")
    verify_files(folder, read_manifest(folder, EncoderManifest).files)
