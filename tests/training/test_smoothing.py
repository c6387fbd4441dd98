"""Outliers are moved into the weights: the graph computes the same, and loses less as integers."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from carrel.training.onnx_graph import quantize
from carrel.training.smoothing import smooth

CHANNELS, OUTLIER = 64, 7


@pytest.fixture
def graph(tmp_path):
    """A graph of an activation whose channel 7 is fifty times as large as the others, and two products with it."""
    order = np.random.default_rng(0)
    table = order.normal(size=(100, CHANNELS)).astype(np.float32)
    gain = np.ones(CHANNELS, dtype=np.float32)
    gain[OUTLIER] = 50
    weights = [order.normal(size=(CHANNELS, 32)).astype(np.float32) for _ in range(2)]
    for weight in weights:
        weight[OUTLIER] /= 50
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["embedded"], name="gather"),
        helper.make_node("Div", ["embedded", "gain"], ["hidden"], name="gained"),
        helper.make_node("MatMul", ["hidden", "one"], ["left"], name="left"),
        helper.make_node("MatMul", ["hidden", "two"], ["right"], name="right"),
        helper.make_node("Add", ["left", "right"], ["out"], name="add"),
    ]
    tensors = zip(("table", "gain", "one", "two"), (table, 1 / gain, *weights), strict=True)
    made = helper.make_model(
        helper.make_graph(
            nodes,
            "g",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])],
            [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
            [numpy_helper.from_array(array, name) for name, array in tensors],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.save(made, str(tmp_path / "graph.onnx"))
    return tmp_path / "graph.onnx"


def smoothed(source, target):
    model = onnx.load(str(source))
    smooth(model, SAMPLES)
    onnx.save(model, str(target))
    return [node.op_type for node in model.graph.node]


def run(path, ids):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"input_ids": ids})[0]


IDS = np.arange(40, dtype=np.int64)[None]
SAMPLES = [{"input_ids": np.arange(100, dtype=np.int64)[None]}]


def test_the_graph_computes_the_same(graph, tmp_path):
    nodes = smoothed(graph, tmp_path / "smooth.onnx")
    np.testing.assert_allclose(run(tmp_path / "smooth.onnx", IDS), run(graph, IDS), rtol=1e-4, atol=1e-3)
    # Both products read the same activation, which is divided once.
    assert nodes.count("Mul") == 1


def test_integers_lose_less(graph, tmp_path):
    exact = run(graph, IDS)
    quantize(graph, tmp_path / "smooth.onnx", SAMPLES)
    quantize_dynamic(
        str(graph), str(tmp_path / "plain.onnx"), per_channel=True, reduce_range=True, weight_type=QuantType.QInt8
    )
    smoothed_error, plain_error = (
        np.abs(run(tmp_path / f"{name}.onnx", IDS) - exact).mean() for name in ("smooth", "plain")
    )
    assert smoothed_error < plain_error / 3


def test_without_outliers_nothing_is_inserted(graph, tmp_path):
    level = onnx.load(str(graph))
    tensors = {tensor.name: tensor for tensor in level.graph.initializer}
    tensors["gain"].CopyFrom(numpy_helper.from_array(np.ones(CHANNELS, dtype=np.float32), "gain"))
    onnx.save(level, str(graph))
    assert smoothed(graph, tmp_path / "smooth.onnx").count("Mul") == 0
