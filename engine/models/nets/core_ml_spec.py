"""What a Core ML model takes and returns, read from its files without Core ML.

Source: Apple, Core ML Format Specification: Model.proto and FeatureTypes.proto, and the manifest of a package.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError

SUFFIXES = (".mlmodelc", ".mlpackage", ".mlmodel")
"""The endings of Core ML models: compiled, a package, and a single file."""

# Fields of Model, ModelDescription, FeatureDescription and FeatureType.
_DESCRIPTION, _INPUT, _OUTPUT, _NAME, _TYPE, _IMAGE, _ARRAY = 2, 1, 10, 1, 3, 4, 5
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class CoreMlFeature:
    """An input or output: the (height, width) of an image, or the shape of an array, where 0 is any length.

    An empty shape states nothing.
    """

    name: str
    is_image: bool
    shape: tuple[int, ...]


def read_core_ml(path: Path) -> tuple[tuple[CoreMlFeature, ...], tuple[CoreMlFeature, ...]]:
    """The inputs and outputs of a .mlpackage, .mlmodelc or .mlmodel. Raises EngineError if it is none, or damaged."""
    try:
        if path.suffix == ".mlmodelc":
            return _compiled(path)
        file = _root(path) if path.suffix == ".mlpackage" else path
        return _described(file.read_bytes())
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise EngineError(
            f"{path.name} is not a Core ML model, or it is damaged.", "Copy it again, with all files of its folder."
        ) from error


def _root(package: Path) -> Path:
    """The model's file in a package."""
    manifest = json.loads((package / "Manifest.json").read_bytes())
    item = manifest["itemInfoEntries"][manifest["rootModelIdentifier"]]
    data = (package / "Data").resolve()
    file = (data / str(item["path"])).resolve()
    if not file.is_relative_to(data):
        raise ValueError("the manifest leads out of the package")
    return file


def _compiled(folder: Path) -> tuple[tuple[CoreMlFeature, ...], tuple[CoreMlFeature, ...]]:
    if not (folder / "coremldata.bin").is_file():
        raise ValueError("there is no coremldata.bin")
    (about,) = json.loads((folder / "metadata.json").read_bytes())
    inputs, outputs = (tuple(map(_listed, about[key])) for key in ("inputSchema", "outputSchema"))
    return inputs, outputs


def _listed(feature: dict[str, str]) -> CoreMlFeature:
    """A feature of metadata.json, whose numbers are text."""
    if feature["type"] == "Image":
        return CoreMlFeature(feature["name"], True, (int(feature["height"]), int(feature["width"])))
    shape = json.loads(feature.get("shape") or "[]")
    return CoreMlFeature(feature["name"], False, tuple(int(length) for length in shape))


def _described(content: bytes) -> tuple[tuple[CoreMlFeature, ...], tuple[CoreMlFeature, ...]]:
    (description,) = (value for field, value in _fields(content) if field == _DESCRIPTION)
    found = list(_fields(_as_bytes(description)))
    inputs, outputs = (
        tuple(_feature(_as_bytes(value)) for field, value in found if field == kind) for kind in (_INPUT, _OUTPUT)
    )
    if not inputs or not outputs:
        raise ValueError("there is no input or no output")
    return inputs, outputs


def _feature(content: bytes) -> CoreMlFeature:
    name, kind = "", 0
    shape: tuple[int, ...] = ()
    for field, value in _fields(content):
        if field == _NAME:
            name = _as_bytes(value).decode()
        elif field == _TYPE:
            for kind_of, about in _fields(_as_bytes(value)):
                if kind_of == _IMAGE:
                    sides = dict(_fields(_as_bytes(about)))
                    kind, shape = kind_of, (_as_int(sides.get(2, 0)), _as_int(sides.get(1, 0)))
                elif kind_of == _ARRAY:
                    kind, shape = kind_of, tuple(_lengths(_as_bytes(about)))
    return CoreMlFeature(name, kind == _IMAGE, shape)


def _lengths(content: bytes) -> Iterator[int]:
    """The shape of an array: numbers, or packed numbers."""
    for field, value in _fields(content):
        if field != 1:
            continue
        if isinstance(value, int):
            yield value
            continue
        at = 0
        while at < len(value):
            length, at = _varint(value, at)
            yield length


def _fields(content: bytes) -> Iterator[tuple[int, bytes | int]]:
    """The fields of a protobuf message, by number. Raises ValueError or IndexError if it is damaged."""
    at = 0
    while at < len(content):
        key, at = _varint(content, at)
        field, wire = key >> 3, key & 7
        if wire == _VARINT:
            number, at = _varint(content, at)
            yield field, number
            continue
        if wire == _BYTES:
            length, at = _varint(content, at)
        elif wire in (_EIGHT_BYTES, _FOUR_BYTES):
            length = 8 if wire == _EIGHT_BYTES else 4
        else:
            raise ValueError("an unknown type of field")
        if at + length > len(content):
            raise ValueError("the file ends early")
        yield field, content[at : at + length]
        at += length


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
        if shift > 63:
            raise ValueError("a number is too long")


def _as_bytes(value: bytes | int) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number where a message belongs")
    return value


def _as_int(value: bytes | int) -> int:
    if isinstance(value, bytes):
        raise ValueError("a message where a number belongs")
    return value
