"""Loads wgpu's native backend with C types that were compiled before.

When wgpu-py is imported, cffi parses its C header with a parser in Python, and later each type that wgpu-py names: a
fifth of a second of processor time in every process that opens the GPU. The tables that cffi makes of the header are
in wgpu_types.txt, which `scripts/wgpu_types.py` writes. Another version of wgpu has another header, which is parsed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TYPES = Path(__file__).with_name("wgpu_types.txt")
_NAME = "wgpu_types"


@contextmanager
def compiled_types() -> Iterator[None]:
    """Within this block, a cffi FFI that is given the header of `TYPES` uses its tables instead of parsing it."""
    import cffi  # type: ignore[import-untyped]

    usual = cffi.FFI
    cffi.FFI = _HeaderFFI
    try:
        yield
    finally:
        cffi.FFI = usual


class _HeaderFFI:
    """A cffi FFI of one header. It has the attributes of the compiled one, or of the usual one for another header."""

    def __init__(self) -> None:
        import cffi

        self._ffi = cffi.api.FFI()

    def cdef(self, source: str) -> None:
        compiled = compiled_ffi(source)
        if compiled is None:
            self._ffi.cdef(source)
            return
        self._ffi = compiled
        # Found without a call of __getattr__: wgpu-py uses them for every command.
        self.__dict__ |= {name: getattr(compiled, name) for name in dir(compiled) if not name.startswith("_")}

    def set_source(self, name: str, source: None) -> None:
        """The compiled tables have their source already."""
        if hasattr(self._ffi, "set_source"):
            self._ffi.set_source(name, source)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ffi, name)


def compiled_ffi(source: str) -> Any:
    """The FFI of a header, made of the tables of `TYPES`; None if they are those of another header."""
    import _cffi_backend  # type: ignore[import-untyped]

    try:
        digest, tables = TYPES.read_text(encoding="ascii").split("\n", 1)
    except (OSError, ValueError):
        return None
    if digest != header_digest(source):
        return None
    table: dict[str, Any] = json.loads(zlib.decompress(base64.b85decode(tables.replace("\n", ""))))
    try:
        return _cffi_backend.FFI(_NAME, **{key: _packed(value) for key, value in table.items()})
    except ImportError:
        # This cffi has another version of the tables.
        return None


def header_digest(source: str) -> str:
    """The first line of `TYPES` for a header."""
    return hashlib.sha256(source.encode()).hexdigest()


def _packed(value: Any) -> Any:
    """Tables from JSON."""
    if isinstance(value, Mapping):
        return str(value["bytes"]).encode("latin-1")
    return tuple(map(_packed, value)) if isinstance(value, list) else value
