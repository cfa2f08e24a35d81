"""Small nets as ONNX files, for tests: each does what it is named after, or breaks its contract in one way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from engine.models.nets import NetContract, NetInput, NetMeaning, NetOutput, NetTask

WIDTH, HEIGHT = 32, 24
_FLOATS = {"float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16}


def onnx_model(
    nodes: Sequence[Any],
    constants: dict[str, Any],
    *,
    dtype: str = "float32",
    shape: Sequence[int | str] = (1, 3, HEIGHT, WIDTH),
    opset: int = 17,
) -> bytes:
    """A model with the input `x` of this shape and the output `y`."""
    inputs = [helper.make_tensor_value_info("x", _FLOATS[dtype], shape)]
    outputs = [helper.make_tensor_value_info("y", _FLOATS[dtype], None)]
    stored = [
        numpy_helper.from_array(np.asarray(value, dtype if np.asarray(value).dtype.kind == "f" else None), name)
        for name, value in constants.items()
    ]
    graph = helper.make_graph(list(nodes), "net", inputs, outputs, stored)
    return bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8).SerializeToString()
    )


def red_mask(**options: Any) -> bytes:
    """Alpha is 1 where a picture is redder than it is green."""
    nodes = [
        helper.make_node("Conv", ["x", "difference"], ["red"]),
        helper.make_node("Mul", ["red", "steep"], ["steeper"]),
        helper.make_node("Add", ["steeper", "shift"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["y"]),
    ]
    kernel = np.array([1.0, -1.0, 0.0]).reshape(1, 3, 1, 1)
    return onnx_model(nodes, {"difference": kernel, "steep": 60.0, "shift": -9.0}, **options)


def brightness(scale: float = 1.0, shift: float = 0.0, **options: Any) -> bytes:
    """The mean of the channels, scaled and shifted: an inverse depth by brightness, or metres."""
    nodes = [
        helper.make_node("Conv", ["x", "mean", "shift"], ["y"]),
    ]
    kernel = np.full((1, 3, 1, 1), scale / 3)
    return onnx_model(nodes, {"mean": kernel, "shift": np.array([float(shift)])}, **options)


def squared(**options: Any) -> bytes:
    """The mean of the squares of 0 to 1000: more than float16 has."""
    nodes = [
        helper.make_node("Mul", ["x", "thousand"], ["large"]),
        helper.make_node("Mul", ["large", "large"], ["larger"]),
        helper.make_node("Conv", ["larger", "mean"], ["y"]),
    ]
    return onnx_model(nodes, {"thousand": 1000.0, "mean": np.full((1, 3, 1, 1), 1 / 3)}, **options)


def not_a_number() -> bytes:
    """The logarithm of a negative value."""
    nodes = [
        helper.make_node("Sub", ["x", "two"], ["negative"]),
        helper.make_node("Log", ["negative"], ["logs"]),
        helper.make_node("Conv", ["logs", "mean"], ["y"]),
    ]
    return onnx_model(nodes, {"two": 2.0, "mean": np.full((1, 3, 1, 1), 1 / 3)})


def constant() -> bytes:
    """The same for every picture."""
    nodes = [
        helper.make_node("Mul", ["x", "nothing"], ["zero"]),
        helper.make_node("Conv", ["zero", "mean", "shift"], ["y"]),
    ]
    return onnx_model(nodes, {"nothing": 0.0, "mean": np.full((1, 3, 1, 1), 1 / 3), "shift": np.array([0.5])})


def half_size() -> bytes:
    """Brightness at half the size."""
    nodes = [helper.make_node("Conv", ["x", "mean"], ["y"], strides=[2, 2])]
    return onnx_model(nodes, {"mean": np.full((1, 3, 1, 1), 1 / 3)})


def contract(task: NetTask = "depth", meaning: NetMeaning = "inverse_depth", **changes: Any) -> NetContract:
    """The contract of these nets; `changes` are to their input and output."""
    output = {key: changes.pop(key) for key in ("range", "shape", "tensor") if key in changes}
    dtype = changes.get("dtype", "float32")
    taken = NetInput(**{"width": WIDTH, "height": HEIGHT, **changes})
    return NetContract(task=task, input=taken, outputs=(NetOutput(meaning=meaning, dtype=dtype, **output),))


def write_contract(path: Path, *lines: str, task: str = "depth", meaning: str = "inverse_depth") -> Path:
    """A contract as a TOML file; `lines` are added to its output."""
    head = [f'task = "{task}"', 'licence = "MIT"', "[input]", f"width = {WIDTH}", f"height = {HEIGHT}"]
    path.write_text("\n".join([*head, "[[outputs]]", f'meaning = "{meaning}"', *lines]) + "\n")
    return path
