"""Writes science pictures as OpenEXR with several parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.atomic_files import partial
from engine.errors import EngineError, RequestError


@dataclass(frozen=True, slots=True, eq=False)
class ExrPart:
    """A part: channels (rows, columns) by name, the first row at the top, in half or full floats."""

    name: str
    channels: Mapping[str, NDArray[Any]]
    attributes: Mapping[str, Any]


def write_parts(path: Path, parts: Sequence[ExrPart]) -> None:
    """Write the parts to one file, atomically, without loss. The same parts make the same bytes.

    Raises EngineError if the file cannot be written.
    """
    import OpenEXR

    made = [
        OpenEXR.Part(
            {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, **part.attributes},
            {name: np.ascontiguousarray(samples) for name, samples in part.channels.items()},
            part.name,
        )
        for part in parts
    ]
    try:
        with partial(path) as unfinished:
            OpenEXR.File(made).write(str(unfinished))
    except (RuntimeError, OSError) as problem:
        raise EngineError(
            f"{path} cannot be written: {problem}", "Check the folder and the space on its disk."
        ) from None


def read_attribute(path: Path, name: str) -> str:
    """A text attribute of the first part of a file. Raises RequestError if there is none or the file is no OpenEXR."""
    import OpenEXR

    try:
        with OpenEXR.File(str(path), header_only=True) as file:
            found = file.parts[0].header.get(name)
    except (RuntimeError, OSError, ValueError) as problem:
        raise RequestError(f"{path} cannot be read: {problem}", "Choose an OpenEXR file.") from None
    if not isinstance(found, str):
        raise RequestError(f"{path} has no attribute “{name}”.", "Choose a file that cwtui science composite wrote.")
    return found
