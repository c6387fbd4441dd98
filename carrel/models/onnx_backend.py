"""ONNX Runtime: one row per call, several calls side by side, one thread each.

Dynamic int8 quantises the activations of a whole call with one scale (ONNX operator DynamicQuantizeLinear), so a row
that shared its call would change with its neighbours. One row per call needs no padding either, and calls of one thread
each, run in parallel, are faster than calls that share their threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from carrel.errors import ModelError
from carrel.models.backend import INPUT_NAMES, Inputs, Outputs, core_count


class OnnxBackend:
    """Runs an ONNX file on the CPU for its `outputs`; `threads` is the number of parallel calls (0: every core).

    Raises:
        ModelError: ONNX Runtime cannot load the file, or it has other inputs or outputs.
    """

    batch_size = 1
    pad_id = 0

    def __init__(self, path: Path, outputs: Sequence[str], *, threads: int = 0) -> None:
        import onnxruntime  # type: ignore[import-untyped]
        from onnxruntime.capi import onnxruntime_pybind11_state as state  # type: ignore[import-untyped]

        unusable = (state.Fail, state.InvalidProtobuf, state.InvalidGraph, state.NoSuchFile, state.NotImplemented)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except unusable as error:
            reason = str(error).strip().splitlines()[0]
            raise ModelError(f"ONNX Runtime cannot load {path}: {reason}; export the model again") from error
        self._inputs = [node.name for node in self._session.get_inputs()]
        self._outputs = list(outputs)
        _check_names(path, "input", self._inputs, INPUT_NAMES)
        _check_names(path, "output", self._outputs, [node.name for node in self._session.get_outputs()])
        self._threads = core_count(threads)

    def run(self, batches: Sequence[Inputs]) -> list[Outputs]:
        if self._threads == 1 or len(batches) < 2:
            return [self._call(batch) for batch in batches]
        # A pool per call: threads kept over a fork would be missing in the child, which would wait for them for ever.
        with ThreadPoolExecutor(min(self._threads, len(batches))) as pool:
            return list(pool.map(self._call, batches))

    def _call(self, batch: Inputs) -> Outputs:
        outputs = self._session.run(self._outputs, {name: batch[name] for name in self._inputs})
        return tuple(np.asarray(output, dtype=np.float32) for output in outputs)


def _check_names(path: Path, what: str, needed: Sequence[str], there: Sequence[str]) -> None:
    unknown = [name for name in needed if name not in there]
    if unknown:
        raise ModelError(
            f"{path} does not fit: of the {what}s {', '.join(needed)} only {', '.join(there)} are possible"
        )
