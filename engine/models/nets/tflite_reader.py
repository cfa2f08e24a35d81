"""Reads a TensorFlow Lite file: its tensors, constants and operators, without running it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError

MAGIC = b"TFL3"
"""Bytes 4 to 8 of a TensorFlow Lite file."""


@dataclass(frozen=True, slots=True, eq=False)
class TfliteTensor:
    """A tensor: `data` is its constant, None if an operator or the caller provides it."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    data: NDArray[Any] | None


@dataclass(frozen=True, slots=True, eq=False)
class TfliteNode:
    """An operator: `kind` is its name in the schema, or that of a custom one. `options` is the schema's object.

    `inputs` and `outputs` are indices of tensors; -1 is an input that is left out. `custom` are the bytes of a custom
    operator's options.
    """

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Any
    custom: bytes


@dataclass(frozen=True, slots=True, eq=False)
class TfliteGraph:
    """The main graph of a file, in the order of execution."""

    tensors: tuple[TfliteTensor, ...]
    nodes: tuple[TfliteNode, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def read_tflite(content: bytes, source: str) -> TfliteGraph:
    """The main graph of a TensorFlow Lite file.

    Raises EngineError, naming `source`, if it is another format, is cut off or damaged, or has several graphs.
    """
    import struct

    import tflite

    if content[4:8] != MAGIC:
        raise EngineError(f"{source} is not a TensorFlow Lite file.", "Use a .tflite or .onnx file.")
    try:
        model = tflite.Model.GetRootAsModel(content, 0)
        if model.SubgraphsLength() != 1:
            raise EngineError(
                f"{source} has {model.SubgraphsLength()} graphs, and only one can be converted.",
                "Export the network without control flow.",
            )
        graph = model.Subgraphs(0)
        return TfliteGraph(
            tuple(_tensor(model, graph.Tensors(index)) for index in range(graph.TensorsLength())),
            tuple(_node(model, graph.Operators(index)) for index in range(graph.OperatorsLength())),
            tuple(map(int, graph.InputsAsNumpy())),
            tuple(map(int, graph.OutputsAsNumpy())),
        )
    except (struct.error, IndexError, ValueError, TypeError, AttributeError, KeyError, UnicodeDecodeError) as error:
        raise EngineError(f"{source} is cut off or damaged.", "Copy or download the file again.") from error


@cache
def _names(enumeration: str) -> Mapping[int, str]:
    import tflite

    return {value: name for name, value in vars(getattr(tflite, enumeration)).items() if isinstance(value, int)}


def _tensor(model: Any, tensor: Any) -> TfliteTensor:
    dtype = _names("TensorType")[tensor.Type()].lower()
    shape = tuple(map(int, tensor.ShapeAsNumpy())) if tensor.ShapeLength() else ()
    buffer = model.Buffers(tensor.Buffer())
    data = None
    if buffer.DataLength():
        data = np.frombuffer(buffer.DataAsNumpy().tobytes(), np.dtype(dtype).newbyteorder("<")).reshape(shape)
    return TfliteTensor(tensor.Name().decode(), shape, dtype, data)


def _node(model: Any, operator: Any) -> TfliteNode:
    code = model.OperatorCodes(operator.OpcodeIndex())
    # A code above 127 does not fit the older field, which then has a placeholder below it.
    kind = _names("BuiltinOperator")[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
    return TfliteNode(
        code.CustomCode().decode() if kind == "CUSTOM" else kind,
        tuple(map(int, operator.InputsAsNumpy())),
        tuple(map(int, operator.OutputsAsNumpy())),
        _options(operator),
        operator.CustomOptionsAsNumpy().tobytes() if operator.CustomOptionsLength() else b"",
    )


def _options(operator: Any) -> Any:
    import tflite

    kind = _names("BuiltinOptions")[operator.BuiltinOptionsType()]
    table = operator.BuiltinOptions()
    if kind == "NONE" or table is None:
        return None
    options = getattr(tflite, kind)()
    options.Init(table.Bytes, table.Pos)
    return options
