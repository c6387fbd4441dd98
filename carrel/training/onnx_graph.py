"""Networks as ONNX graphs: what is traced, and dynamic int8 of the result."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from carrel.models.backend import IntArray

if TYPE_CHECKING:
    import onnx
    import torch

Precision = Literal["float32", "int8"]

OPSET = 17
_HEAD = 8
"""The most outputs of a product that counts as a head."""


def write_graph(module: torch.nn.Module, path: Path, *, inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Trace `module` in float32 and write it to `path`; inputs have shape (batch, tokens), both of any size.

    `module` is called with the named inputs in this order and returns the outputs in theirs.
    """
    import torch

    module = module.float().cpu().eval()
    ids = torch.randint(5, 50, (2, 16))
    examples = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "token_type_ids": torch.zeros_like(ids)}
    axes = {name: {0: "batch", 1: "tokens"} for name in inputs}
    with warnings.catch_warnings(), torch.no_grad():
        # The exporter warns of its age, and of shapes that the trace holds fast; the callers compare the outputs.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            tuple(examples[name] for name in inputs),
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={**axes, **{name: {0: "batch"} for name in outputs}},
            opset_version=OPSET,
            dynamo=False,
        )


def quantize(source: Path, target: Path, samples: Sequence[Mapping[str, IntArray]]) -> None:
    """Write the graph `source` to `target` with int8 weights, activations quantised at run time.

    Weights are quantised per output channel and keep to 7 bits: with 8, the 16-bit sums of x86 processors without VNNI
    saturate, and vectors made on one machine would not fit those of another. Outliers of the activations on `samples`
    are moved into the weights before; a product that narrows to a handful of numbers stays in float32, which costs
    nothing.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic  # type: ignore[import-untyped]

    from carrel.training.smoothing import smooth

    model = onnx.load(str(source))
    smooth(model, samples)
    with _errors_only():
        quantize_dynamic(
            model,
            str(target),
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=heads(model.graph),
        )


@contextmanager
def _errors_only() -> Iterator[None]:
    """Keep quantisation from advising a step before it that fuses nothing in these graphs, over the root logger."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(before)


def heads(graph: onnx.GraphProto) -> list[str]:
    """Return the names of the products with at most a few outputs: those that mark spans or score."""
    shapes = {weight.name: tuple(weight.dims) for weight in graph.initializer}
    products = [(node.name, shapes.get(node.input[1])) for node in graph.node if node.op_type == "MatMul"]
    return [name for name, shape in products if shape is not None and len(shape) == 2 and shape[1] <= _HEAD]
