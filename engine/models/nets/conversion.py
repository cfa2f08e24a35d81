"""Converts TensorFlow Lite networks to ONNX, once each: the results are in the user's cache, by digest."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from engine.atomic_files import write_atomic
from engine.errors import EngineError
from engine.models.nets.onnx_writer import TO_NCHW, OnnxWriter
from engine.models.nets.tflite_operators import OPERATORS
from engine.models.nets.tflite_reader import read_tflite

CONVERTER = 1
"""The converter's version: another one makes other files."""


def converted_path(digest: str) -> Path:
    """Where the conversion of the file with this SHA-256 is kept."""
    from platformdirs import user_cache_path

    return user_cache_path("Cleanwater") / "nets" / f"{digest}-{CONVERTER}.onnx"


def convert_tflite(content: bytes, source: str) -> bytes:
    """The same network as ONNX, with the same names, sizes and layouts of its inputs and outputs.

    Weights in float16 become float32. Raises EngineError, naming `source`, if it is damaged or has an operator that is
    not known here.
    """
    writer = OnnxWriter(read_tflite(content, source), source)
    for index in writer.graph.inputs:
        name = writer.tensor(index).name
        picture = len(writer.tensor(index).shape) == 4
        writer.put(index, writer.add("Transpose", name, perm=TO_NCHW) if picture else name)
    for node in writer.graph.nodes:
        convert = OPERATORS.get(node.kind)
        if convert is None:
            raise writer.unsupported(node, "is not known")
        convert(writer, node)
    return writer.model()


def converted(path: Path) -> bytes:
    """The conversion of a TensorFlow Lite file, kept for the next time. Raises EngineError as `convert_tflite`.

    A process that may not use the cache, such as a job, converts it in memory: that takes a tenth of a second.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.", "Check the disk and its permissions.") from error
    kept = converted_path(hashlib.sha256(content).hexdigest())
    with suppress(OSError):
        return kept.read_bytes()
    made = convert_tflite(content, path.name)
    with suppress(EngineError):
        write_atomic(kept, made)
    return made
