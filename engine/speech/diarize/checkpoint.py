"""PyTorch's checkpoint files read without PyTorch, and without running anything that is in them."""

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
    """The named tensors of a checkpoint, those of a nested `state_dict` where there is one.

    Anything else that is pickled into it stays an empty shell. Raises EngineError where it is no such file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            (listed,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
            with archive.open(listed) as file:
                found = _Unpickler(file, archive, listed.removesuffix("data.pkl")).load()
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, pickle.UnpicklingError, AttributeError) as error:
        raise EngineError(f"{path} is no PyTorch checkpoint: {error}", "Fetch the model again.") from error
    if isinstance(found, dict) and isinstance(found.get("state_dict"), dict):
        found = found["state_dict"]
    if not isinstance(found, dict):
        raise EngineError(f"{path} holds no named tensors.", "Fetch the model again.")
    return {str(name): value for name, value in found.items() if isinstance(value, np.ndarray)}


class _Shell:
    """Stands for whatever object a checkpoint holds beside its tensors."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def __setstate__(self, state: Any) -> None: ...


class _Unpickler(pickle.Unpickler):
    """Makes arrays of tensors, and shells of everything else: nothing that a checkpoint names is ever called."""

    def __init__(self, file: Any, archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(file)
        self._archive, self._folder = archive, folder

    def find_class(self, module: str, name: str) -> Any:
        """Dictionaries, tensors, and the kinds of numbers they hold."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        return _Shell

    def persistent_load(self, pid: Any) -> NDArray[Any]:
        """A storage: ("storage", its numbers' kind, its file, where it was, how many)."""
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
