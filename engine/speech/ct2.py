"""Reader for CTranslate2's model.bin, a sequence of named arrays."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from engine.errors import RequestError

# CTranslate2's DataType, in its order; bfloat16 is the upper half of a float32.
_TYPES: tuple[str, ...] = ("<f4", "<i1", "<i2", "<i4", "<f2", "<u2")
_BFLOAT16 = 5


@dataclass(frozen=True, slots=True)
class Ct2Model:
    """The contents of a model.bin. Quantised weights are not scaled; their scales are in `…_scale`."""

    spec: str
    revision: int
    variables: dict[str, NDArray[Any]]


def read_ct2(path: Path) -> Ct2Model:
    """Reads a model.bin of binary version 4 to 6, arrays mapped from the file and not copied.

    Layout (CTranslate2, python/ctranslate2/specs/model_spec.py): u32 version, specification name,
    u32 revision, u32 count; for each variable its name, u8 rank, u32 dimensions, u8 data type, u32
    bytes, data; then u32 count of (alias, name). Text is u16 length with a closing zero. Little-endian.
    Raises RequestError if the file has another format.
    """
    try:
        with path.open("rb") as file:
            version = _number(file, "I")
            if not 4 <= version <= 6:
                raise RequestError(
                    f"{path} is a CTranslate2 model of unsupported version {version}.", "Convert the model again."
                )
            spec, revision = _text(file), _number(file, "I")
            variables = dict(_variable(path, file) for _ in range(_number(file, "I")))
            for _ in range(_number(file, "I")):
                alias, name = _text(file), _text(file)
                variables[alias] = variables[name]
    except (struct.error, IndexError, KeyError, UnicodeDecodeError, ValueError) as error:
        raise RequestError(f"{path} is not a complete CTranslate2 model.", "Copy the model again.") from error
    return Ct2Model(spec, revision, variables)


def _variable(path: Path, file: BinaryIO) -> tuple[str, NDArray[Any]]:
    name = _text(file)
    shape = tuple(_number(file, "I") for _ in range(_number(file, "B")))
    kind, size = _number(file, "B"), _number(file, "I")
    at = file.tell()
    file.seek(size, 1)
    count = int(np.prod(shape, dtype=np.int64))
    values: NDArray[Any] = np.memmap(path, _TYPES[kind], "r", at, (count,))
    if kind == _BFLOAT16:
        values = (values.astype(np.uint32) << 16).view(np.float32)
    return name, values.reshape(shape)


def _number(file: BinaryIO, kind: str) -> int:
    size = struct.calcsize("<" + kind)
    return int(struct.unpack("<" + kind, file.read(size))[0])


def _text(file: BinaryIO) -> str:
    return file.read(_number(file, "H"))[:-1].decode()
