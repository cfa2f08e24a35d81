"""Checkpoints are read as data: code that they name is never executed."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import EngineError
from engine.speech.diarize import locate_diarizer
from engine.speech.diarize.checkpoint import read_checkpoint


class Storage:
    """PyTorch's pickled storage of a tensor: a reference to a separate file."""

    def __init__(self, name: str, count: int) -> None:
        self.pid = ("storage", StorageType(), name, "cpu", count)


class StorageType:
    """Pickled as the global torch.FloatStorage."""


class Tensor:
    """Pickled as a call of torch._utils._rebuild_tensor_v2."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments


class Global:
    """A pickled name: `module.name`, called with `arguments`."""

    def __init__(self, path: str, *arguments: Any) -> None:
        self.path, self.arguments = path, arguments


class Writer(pickle._Pickler):  # the Python implementation: its save can be overridden
    def persistent_id(self, obj: Any) -> Any:
        return obj.pid if isinstance(obj, Storage) else None

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        if isinstance(obj, StorageType):
            self.write(b"ctorch\nFloatStorage\n")
        elif isinstance(obj, Tensor | Global):
            path = obj.path if isinstance(obj, Global) else "torch._utils._rebuild_tensor_v2"
            module, _, name = path.rpartition(".")
            self.write(f"c{module}\n{name}\n".encode())
            super().save(obj.arguments)
            self.write(b"R")
        else:
            super().save(obj, save_persistent_id)


def write(path: Path, content: Any, numbers: dict[str, np.ndarray]) -> Path:
    pickled = io.BytesIO()
    Writer(pickled, 2).dump(content)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data.pkl", pickled.getvalue())
        for name, array in numbers.items():
            archive.writestr(f"net/data/{name}", array.astype("<f4").tobytes())
    return path


NUMBERS = np.arange(12, dtype=np.float32)


def test_tensors_are_read_with_their_offsets_and_strides(tmp_path: Path) -> None:
    storage = Storage("0", 12)
    content = {
        "rows": Tensor(storage, 0, (3, 4), (4, 1)),
        "columns": Tensor(storage, 0, (4, 3), (1, 4)),
        "tail": Tensor(storage, 8, (4,), (1,)),
    }
    found = read_checkpoint(write(tmp_path / "a.pt", {"state_dict": content, "epoch": 3}, {"0": NUMBERS}))
    assert np.array_equal(found["rows"], NUMBERS.reshape(3, 4))
    assert np.array_equal(found["columns"], NUMBERS.reshape(3, 4).T)
    assert np.array_equal(found["tail"], NUMBERS[8:])


def test_names_in_a_checkpoint_are_never_called(tmp_path: Path) -> None:
    created = tmp_path / "sprung"
    content = {"weight": Tensor(Storage("0", 12), 0, (12,), (1,)), "trap": Global("os.mkdir", str(created))}
    assert list(read_checkpoint(write(tmp_path / "a.pt", content, {"0": NUMBERS}))) == ["weight"]
    assert not created.exists()


@pytest.mark.parametrize(
    ("offset", "size", "stride"), [(0, (13,), (1,)), (-1, (2,), (1,)), (0, (3, 5), (4, 1)), (0, (3,), (-1,))]
)
def test_a_tensor_outside_its_storage_is_refused(tmp_path: Path, offset: int, size: Any, stride: Any) -> None:
    content = {"weight": Tensor(Storage("0", 12), offset, size, stride)}
    with pytest.raises(EngineError, match="outside"):
        read_checkpoint(write(tmp_path / "a.pt", content, {"0": NUMBERS}))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\x80\x02." * 30])
def test_an_invalid_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.pt"
    path.write_bytes(content)
    with pytest.raises(EngineError, match=r"broken\.pt"):
        read_checkpoint(path)


def test_a_truncated_checkpoint_is_named(tmp_path: Path) -> None:
    whole = locate_diarizer().segmentation.read_bytes()
    path = tmp_path / "half.bin"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EngineError, match=r"half\.bin"):
        read_checkpoint(path)
