"""Builds ONNX graphs node by node for ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_OPSET, _IR = 17, 8

Weights = dict[str, NDArray[Any]]


class OnnxGraph:
    """A graph under construction; the methods that add to it return the name of their output."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def node(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> str:
        """Adds a node and returns the name of its first output."""
        from onnx import helper

        name = f"{kind.lower()}{len(self._nodes)}"
        made = [name, *(f"{name}_{n}" for n in range(1, outputs))]
        self._nodes.append(helper.make_node(kind, list(inputs), made, name=name, **attributes))
        return name

    def constant(self, value: Any) -> str:
        """Adds a constant array; floats become single precision."""
        from onnx import numpy_helper

        array = np.asarray(value)
        if array.dtype.kind == "f":
            array = array.astype(np.float32)
        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def norm(self, source: str, weights: Weights, name: str) -> str:
        """Adds batch normalisation; scale and shift default to 1 and 0 if the weights have none."""
        mean, variance = weights[f"{name}.running_mean"], weights[f"{name}.running_var"]
        scale = weights.get(f"{name}.weight", np.ones_like(mean))
        shift = weights.get(f"{name}.bias", np.zeros_like(mean))
        parts = (self.constant(part) for part in (scale, shift, mean, variance))
        return self.node("BatchNormalization", source, *parts, epsilon=1e-5)

    def convolved(self, source: str, weights: Weights, name: str, **attributes: Any) -> str:
        """Adds a convolution, with a bias if the weights have one."""
        parts = [self.constant(weights[f"{name}.weight"])]
        if f"{name}.bias" in weights:
            parts.append(self.constant(weights[f"{name}.bias"]))
        return self.node("Conv", source, *parts, **attributes)

    def relu(self, source: str) -> str:
        """Adds a ReLU."""
        return self.node("Relu", source)

    def session(self, shape: list[int | str], out: str) -> Any:
        """An ONNX Runtime session on the CPU, with an input `x` of this shape and one output."""
        import onnxruntime
        from onnx import TensorProto, helper

        graph = helper.make_graph(
            self._nodes,
            "network",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(out, TensorProto.FLOAT, None)],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Threads that wait in a loop would take the cores from other jobs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
