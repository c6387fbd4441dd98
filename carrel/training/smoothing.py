"""Taking the outliers out of activations before they become integers.

One scale for all activations of a product leaves little of it to the many where a few channels are ten times as large,
as those after a layer normalisation and an activation function are. Dividing these channels by a constant and
multiplying their rows of the weights by it changes nothing but that (Xiao et al. 2023, SmoothQuant, section 4; there
with a power of both ranges, here by a cap, which measured better on readers).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from carrel.models.backend import IntArray

_CAP = 2.0
"""What a channel may reach, as a multiple of the median channel: 1.5 and 3 left larger errors of a reader's logits."""

Peaks = NDArray[np.float32]


def smooth(model: onnx.ModelProto, samples: Sequence[Mapping[str, IntArray]]) -> None:
    """Move the outliers of the products' inputs into the weights, in place.

    `samples` are inputs of the graph; the largest activation of a channel is looked for among them.
    """
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    products = _products(model.graph, weights)
    peaks = _peaks(model, sorted(products), samples)
    for activation, nodes in products.items():
        scale = np.maximum(1.0, peaks[activation] / (_CAP * np.median(peaks[activation]))).astype(np.float32)
        if scale.max() == 1.0:
            continue
        divisor, smoothed = f"{activation}/smoothing", f"{activation}/smoothed"
        model.graph.initializer.append(numpy_helper.from_array(1 / scale, divisor))
        first = list(model.graph.node).index(nodes[0])
        model.graph.node.insert(first, helper.make_node("Mul", [activation, divisor], [smoothed], name=smoothed))
        for node in nodes:
            weight = weights[node.input[1]]
            scaled = numpy_helper.to_array(weight) * scale[:, None]
            weight.CopyFrom(numpy_helper.from_array(scaled.astype(np.float32), weight.name))
            node.input[0] = smoothed


def _products(graph: onnx.GraphProto, weights: Mapping[str, onnx.TensorProto]) -> dict[str, list[onnx.NodeProto]]:
    """Return, for every activation, the products of it with weights of its own."""
    uses = [name for node in graph.node for name in node.input]
    found: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in weights and uses.count(node.input[1]) == 1:
            found.setdefault(node.input[0], []).append(node)
    return found


def _peaks(
    model: onnx.ModelProto, activations: Sequence[str], samples: Sequence[Mapping[str, IntArray]]
) -> dict[str, Peaks]:
    """Return the largest magnitude of every channel of the activations, shape (channels,)."""
    import onnxruntime  # type: ignore[import-untyped]

    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    del watched.graph.output[:]
    watched.graph.output.extend(
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in activations
    )
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [node.name for node in session.get_inputs()]
    peaks: dict[str, Peaks] = {}
    for sample in samples:
        outputs = session.run(None, {name: sample[name] for name in names})
        for name, output in zip(activations, outputs, strict=True):
            found = np.abs(output).reshape(-1, output.shape[-1]).max(axis=0)
            peaks[name] = np.maximum(peaks.get(name, found), found)
    return peaks
