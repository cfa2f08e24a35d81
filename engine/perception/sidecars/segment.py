"""Files of products: .npz archives with the arrays of a number of frames, as NumPy reads and writes them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

from engine.atomic_files import partial

# Level 1: deflate is the slowest step of writing. Level 6, the default, takes five times as long for flow.
_LEVEL = 1


class SegmentWriter:
    """Writes one file. It appears under its name, whole, when the block ends without an error."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = ExitStack()

    def add(self, number: int, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Adds the arrays of a frame, as NAME_NUMBER.npy."""
        for name, values in arrays.items():
            # A fixed date: equal products make equal files.
            entry = ZipInfo(f"{name}_{number:07d}.npy")
            content = BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(values), allow_pickle=False)
            # The level of the archive does not apply to an entry that is made here.
            self._archive.writestr(entry, content.getvalue(), ZIP_DEFLATED, _LEVEL)

    def __enter__(self) -> Self:
        """Opens the file under a temporary name."""
        unfinished = self._stack.enter_context(partial(self._path))
        self._archive = self._stack.enter_context(ZipFile(unfinished, "w"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Renames the file, or deletes it after an error."""
        self._stack.__exit__(kind, error, trace)


def read_frame(archive: Any, number: int) -> dict[str, NDArray[Any]]:
    """The arrays of a frame in an open .npz archive, by name; empty if the frame has none."""
    ending = f"_{number:07d}"
    return {name.removesuffix(ending): archive[name] for name in archive.files if name.endswith(ending)}
