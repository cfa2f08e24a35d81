"""Reads PyTorch checkpoints without PyTorch, and without executing their contents."""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError

_DTYPES = {
    "FloatStorage": np.float32,
    "DoubleStorage": np.float64,
    "HalfStorage": np.float16,
    "LongStorage": np.int64,
    "IntStorage": np.int32,
    "BoolStorage": np.bool_,
}


def read_checkpoint(path: Path) -> dict[str, NDArray[Any]]:
    """The named tensors of a checkpoint, or of its nested `state_dict` if there is one.

    Other pickled objects are replaced by empty placeholders. Raises EngineError if the file is not a checkpoint.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            (listed,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
            with archive.open(listed) as file:
                found = _Unpickler(file, archive, listed.removesuffix("data.pkl")).load()
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, pickle.UnpicklingError, AttributeError) as error:
        raise EngineError(f"{path} is not a PyTorch checkpoint: {error}", "Download the model again.") from error
    if isinstance(found, dict) and isinstance(found.get("state_dict"), dict):
        found = found["state_dict"]
    if not isinstance(found, dict):
        raise EngineError(f"{path} contains no named tensors.", "Download the model again.")
    return {str(name): value for name, value in found.items() if isinstance(value, np.ndarray)}


class _Shell:
    """Placeholder for any object in a checkpoint that is not a tensor."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def __setstate__(self, state: Any) -> None: ...


class _Unpickler(pickle.Unpickler):
    """Unpickles tensors as arrays and everything else as `_Shell`; never calls code that a checkpoint names."""

    def __init__(self, file: Any, archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(file)
        self._archive, self._folder = archive, folder

    def find_class(self, module: str, name: str) -> Any:
        """Resolves dictionaries, tensors and number types; everything else becomes `_Shell`."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        return _Shell

    def persistent_load(self, pid: Any) -> NDArray[Any]:
        """Reads a storage from ("storage", number type, file name, device, count)."""
        _, kind, name, _, count = pid
        return np.frombuffer(self._archive.read(f"{self._folder}data/{name}"), kind, int(count))


def _tensor(
    storage: NDArray[Any], offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any
) -> NDArray[Any]:
    steps = tuple(step * storage.itemsize for step in stride)
    if offset < 0 or any(n < 0 for n in (*size, *stride)):
        raise pickle.UnpicklingError("a tensor lies outside its storage")
    reach = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True)) if all(size) else 0
    if reach >= max(len(storage), 1):
        raise pickle.UnpicklingError("a tensor lies outside its storage")
    return np.lib.stride_tricks.as_strided(storage[offset:], size, steps).copy()
