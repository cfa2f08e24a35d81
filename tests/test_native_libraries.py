"""A package that lacks a system library is reported, with the library and the Debian package that contains it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from engine.native_libraries import LoadFailure, load_failures

# Both have the same length, so that the name can be replaced inside the binary.
LIBRARY, ABSENT = b"libatomic.so.1", b"libabsent.so.1"


def test_every_native_package_loads() -> None:
    assert load_failures() == []


@pytest.mark.skipif(sys.platform != "linux", reason="the wheel for this system needs no library of its own")
def test_a_package_without_its_library_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.find_spec("pedalboard_native")
    assert spec is not None
    assert spec.origin is not None
    binary = Path(spec.origin).read_bytes()
    assert LIBRARY in binary
    broken = tmp_path / Path(spec.origin).name.replace("pedalboard_native", "broken_native")
    broken.write_bytes(binary.replace(LIBRARY, ABSENT))
    monkeypatch.syspath_prepend(str(tmp_path))

    (failure,) = load_failures({"broken_native": "dialog compression"})

    assert (failure.package, failure.library, failure.debian_package) == ("broken_native", "libabsent.so.1", "")
    assert "cannot open shared object file" in failure.message


def test_a_missing_library_is_reported_with_its_debian_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    message = "libatomic.so.1: cannot open shared object file: No such file or directory"
    (tmp_path / "lacks_atomic.py").write_text(f"raise ImportError({message!r})\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))

    assert load_failures({"lacks_atomic": "sound"}) == [
        LoadFailure("lacks_atomic", "sound", message, "libatomic.so.1", "libatomic1")
    ]
