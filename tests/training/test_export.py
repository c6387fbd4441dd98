import numpy as np
import pytest
from click.testing import CliRunner

from carrel.errors import ModelError
from carrel.models.manifest import EncoderManifest, ReaderManifest, read_manifest, verify_files
from carrel.models.sentence_encoder import load_encoder
from carrel.models.span_reader import load_span_model
from carrel.training.export import export_encoder, export_reader, main
from carrel.training.onnx_graph import heads
from tests.models import tiny

QUESTION = "Who built the tower?"


@pytest.fixture(scope="module")
def encoder_folder(tmp_path_factory):
    pytest.importorskip("sentence_transformers")
    return tiny.save_encoder(tmp_path_factory.mktemp("encoder"), prompts={"query": "query: "})


@pytest.mark.parametrize("name", ["bert", "roberta", "distilbert"])
def test_a_float32_export_reads_as_torch_does(tiny_base, tmp_path, name):
    export_reader(tiny_base / name, tmp_path, name="r", precision="float32")
    exported, original = load_span_model(tmp_path), load_span_model(tiny_base / name, device="cpu")
    for passage in [*tiny.TEXTS, " ".join(tiny.TEXTS * 3)]:
        (ours,), (theirs,) = exported.read(QUESTION, [passage]), original.read(QUESTION, [passage])
        assert [(span.start, span.end) for span in ours] == [(span.start, span.end) for span in theirs]
        np.testing.assert_allclose([s.score for s in ours], [s.score for s in theirs], atol=1e-3)


def test_a_float32_encoder_gives_the_vectors_of_torch(encoder_folder, tmp_path):
    export_encoder(encoder_folder, tmp_path, name="e", precision="float32")
    exported, original = load_encoder(tmp_path), load_encoder(encoder_folder, device="cpu")
    texts = [*tiny.TEXTS, "", " ".join(tiny.TEXTS * 3)]
    np.testing.assert_allclose(exported.encode(texts), original.encode(texts), atol=1e-5)
    np.testing.assert_allclose(exported.encode_query(QUESTION), original.encode_query(QUESTION), atol=1e-5)
    assert exported.manifest.query_prompt == "query: "


def test_int8_is_smaller_and_close(encoder_folder, tmp_path):
    texts = tiny.TEXTS
    exact = load_encoder(encoder_folder, device="cpu").encode(texts)
    sizes = {}
    for precision in ("float32", "int8"):
        manifest = export_encoder(encoder_folder, tmp_path / precision, name="e", precision=precision)
        sizes[precision] = manifest.files["model.onnx"].size
        cosines = np.sum(load_encoder(tmp_path / precision).encode(texts) * exact, axis=1)
        assert cosines.min() > 0.98
    assert sizes["int8"] < sizes["float32"]


def test_every_precision_is_another_fingerprint(tiny_base, tmp_path):
    made = {
        export_reader(tiny_base / "bert", tmp_path / p, name="r", precision=p).fingerprint for p in ("float32", "int8")
    }
    assert len(made) == 2


def test_exporting_twice_makes_the_same_files(tiny_base, tmp_path):
    one, two = (export_reader(tiny_base / "bert", tmp_path / folder, name="r") for folder in ("one", "two"))
    assert one == two


@pytest.mark.parametrize("name", ["bert", "roberta", "distilbert"])
def test_only_the_head_stays_in_float32(tiny_base, tmp_path, name):
    import onnx

    export_reader(tiny_base / name, tmp_path / "float32", name="r", precision="float32")
    assert len(heads(onnx.load(str(tmp_path / "float32" / "model.onnx")).graph)) == 1
    export_reader(tiny_base / name, tmp_path / "int8", name="r")
    graph = onnx.load(str(tmp_path / "int8" / "model.onnx")).graph
    weights = {tensor.name for tensor in graph.initializer}
    assert len([node for node in graph.node if node.op_type == "MatMul" and node.input[1] in weights]) == 1


@pytest.mark.parametrize("name", ["bert", "roberta", "distilbert"])
def test_an_export_has_no_mask(tiny_base, tmp_path, name):
    import onnx

    export_reader(tiny_base / name, tmp_path, name="r", precision="float32")
    graph = onnx.load(str(tmp_path / "model.onnx")).graph
    assert "attention_mask" not in {node.name for node in graph.input}
    assert "Where" not in {node.op_type for node in graph.node}


def test_an_export_leaves_nothing_else_behind(tiny_base, tmp_path):
    manifest = export_reader(tiny_base / "bert", tmp_path, name="r")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["carrel.json", "model.onnx", "tokenizer.json"]
    assert read_manifest(tmp_path, ReaderManifest) == manifest
    verify_files(tmp_path, manifest.files)


def test_an_encoder_cannot_be_exported_as_a_reader(tiny_base, tmp_path):
    with pytest.raises(ModelError, match="not a span reader"):
        export_reader(tiny_base / "base", tmp_path, name="r")


def test_an_unknown_precision_is_an_error(tiny_base, tmp_path):
    with pytest.raises(ModelError, match="'int4'; there are float32 and int8"):
        export_reader(tiny_base / "bert", tmp_path, name="r", precision="int4")  # type: ignore[arg-type]


def test_the_command_exports_a_reader(tiny_base, tmp_path):
    arguments = ["reader", "--model", str(tiny_base / "bert"), "--out", str(tmp_path), "--precision", "int8"]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert read_manifest(tmp_path, ReaderManifest).fingerprint in result.output


def test_the_shipped_encoder_says_how_it_was_made():
    from carrel.models.locate import find_model

    folder = find_model("carrel-encoder")
    manifest = read_manifest(folder, EncoderManifest)
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert manifest.precision in card
    assert "python -m carrel.training.export encoder" in card
    assert "Apache License" in (folder / "LICENSE").read_text(encoding="utf-8")
