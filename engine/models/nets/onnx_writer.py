"""Writes an ONNX graph from a TensorFlow Lite graph, node by node. Pictures are NCHW in it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.models.nets.tflite_reader import TfliteGraph, TfliteNode, TfliteTensor

OPSET, IR = 17, 8
TO_NCHW, TO_NHWC = (0, 3, 1, 2), (0, 2, 3, 1)


class OnnxWriter:
    """An ONNX graph under construction: the value of each tensor of the original graph, by its index.

    Tensors with four axes are NCHW here and NHWC in the original; all others have the same axes in both. The inputs
    and outputs of the finished model are as in the original.
    """

    def __init__(self, graph: TfliteGraph, source: str) -> None:
        self.graph = graph
        self.source = source
        self._values: dict[int, str] = {}
        self._constants: dict[int, NDArray[Any]] = {}
        self._nodes: list[Any] = []
        self._initializers: list[Any] = []
        for index, tensor in enumerate(graph.tensors):
            if tensor.data is not None:
                self._constants[index] = tensor.data

    def tensor(self, index: int) -> TfliteTensor:
        """The original tensor."""
        return self.graph.tensors[index]

    def constant(self, index: int) -> NDArray[Any] | None:
        """The constant of a tensor, with the original axes; None if it is computed."""
        return self._constants.get(index)

    def weights(self, node: TfliteNode, position: int) -> NDArray[Any]:
        """The constant at a position of a node's inputs. Raises EngineError if it is computed."""
        constant = self.constant(node.inputs[position])
        if constant is None:
            raise self.unsupported(node, "computes its weights")
        return constant

    def keep_constant(self, index: int, value: NDArray[Any]) -> None:
        """Declares the constant of a tensor, with the original axes."""
        self._constants[index] = value

    def unsupported(self, node: TfliteNode, reason: str) -> EngineError:
        """The error for an operator that cannot be converted; `reason` is a predicate."""
        return EngineError(
            f"{self.source} cannot be converted: its operator {node.kind} {reason}.",
            "Use an ONNX file of the network.",
        )

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Adds a node and returns the name of its output."""
        from onnx import helper

        name = f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def literal(self, value: Any, dtype: type[np.generic] = np.float32) -> str:
        """Adds a constant array and returns its name."""
        from onnx import numpy_helper

        name = f"constant_{len(self._initializers)}"
        self._initializers.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype), name))
        return name

    def value(self, index: int) -> str:
        """The name of a tensor's value, NCHW if it has four axes."""
        if index not in self._values:
            constant = self.constant(index)
            if constant is None:
                raise EngineError(
                    f"{self.source} uses the tensor {self.tensor(index).name} before it is computed.",
                    "Copy or download the file again.",
                )
            self._values[index] = self.literal(constant.transpose(TO_NCHW) if constant.ndim == 4 else constant)
        return self._values[index]

    def operand(self, index: int, axes: int) -> str:
        """The value of an operand that is broadcast against a tensor with this number of axes."""
        constant = self.constant(index)
        if constant is None or axes != 4 or constant.ndim == 4:
            return self.value(index)
        spread = constant.reshape((1,) * (4 - constant.ndim) + constant.shape)
        return self.literal(spread.transpose(TO_NCHW))

    def put(self, index: int, value: str) -> None:
        """Declares the value of a tensor."""
        self._values[index] = value

    def model(self) -> bytes:
        """The finished model."""
        from onnx import TensorProto, helper

        graph, outputs = self.graph, []
        for index in graph.outputs:
            tensor, value = self.tensor(index), self.value(index)
            perm: dict[str, Any] = {"perm": TO_NHWC} if len(tensor.shape) == 4 else {}
            kind = "Transpose" if perm else "Identity"
            self._nodes.append(helper.make_node(kind, [value], [tensor.name], name=f"out_{index}", **perm))
            outputs.append(helper.make_tensor_value_info(tensor.name, TensorProto.FLOAT, tensor.shape))
        inputs = [
            helper.make_tensor_value_info(self.tensor(index).name, TensorProto.FLOAT, self.tensor(index).shape)
            for index in graph.inputs
        ]
        made = helper.make_graph(self._nodes, "network", inputs, outputs, self._initializers)
        opsets = [helper.make_opsetid("", OPSET)]
        content = helper.make_model(made, opset_imports=opsets, ir_version=IR, producer_name="cleanwater")
        return bytes(content.SerializeToString(deterministic=True))
