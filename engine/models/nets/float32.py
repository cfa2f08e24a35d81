"""A model in float16 as one in float32, for a second try where its range is not enough."""

from __future__ import annotations

from typing import Any

from numpy import float32


def in_float32(content: bytes) -> bytes | None:
    """The same ONNX model with float32 in place of float16 everywhere, or None if it has no float16."""
    import onnx

    model = onnx.load_model_from_string(content)
    if not _widen(model.graph):
        return None
    return bytes(model.SerializeToString())


def _widen(graph: Any) -> bool:
    from onnx import TensorProto, numpy_helper

    found = False

    def widened(tensor: Any) -> bool:
        if tensor.data_type != TensorProto.FLOAT16:
            return False
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(float32), tensor.name))
        return True

    for tensor in graph.initializer:
        found |= widened(tensor)
    for info in (*graph.input, *graph.output, *graph.value_info):
        if info.type.tensor_type.elem_type == TensorProto.FLOAT16:
            info.type.tensor_type.elem_type = TensorProto.FLOAT
            found = True
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT16:
                attribute.i = TensorProto.FLOAT
                found = True
            if attribute.HasField("t"):
                found |= widened(attribute.t)
            if attribute.HasField("g"):
                found |= _widen(attribute.g)
            for inner in attribute.graphs:
                found |= _widen(inner)
    return found
