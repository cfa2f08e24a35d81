"""The C types that wgpu's backend uses are those of its header."""

from __future__ import annotations

from typing import Any

import cffi  # type: ignore[import-untyped]
import pytest
from wgpu.backends.wgpu_native import _ffi  # type: ignore[attr-defined]

from engine.render import compiled_header
from engine.render.compiled_header import TYPES, compiled_ffi, compiled_types
from scripts.wgpu_types import compile_header

SMALL = "typedef struct { int few; } Small;"


@pytest.fixture(scope="module")
def parsed() -> Any:
    """The FFI that cffi makes of the installed header by parsing it."""
    ffi = cffi.FFI()
    ffi.cdef(_ffi.get_wgpu_header())
    return ffi


def test_the_compiled_types_are_those_of_the_installed_header() -> None:
    assert TYPES.read_text(encoding="ascii") == compile_header(), "run scripts/wgpu_types.py"


def test_every_type_has_its_layout(parsed: Any) -> None:
    compiled = compiled_ffi(_ffi.get_wgpu_header())
    names, structs, unions = parsed.list_types()
    assert tuple(map(list, compiled.list_types())) == (names, structs, unions)

    def plain(name: str) -> str:
        """The name of a type that cffi writes as a structure when it has parsed it."""
        return name.replace("struct ", "").replace("enum ", "")

    def layout(ffi: Any, name: str) -> tuple[object, ...]:
        kind = ffi.typeof(name)
        if kind.kind == "struct" and kind.fields is not None:
            members = [(field, plain(member.type.cname), member.offset) for field, member in kind.fields]
            return ffi.sizeof(kind), members
        if kind.kind == "enum":
            return ffi.sizeof(kind), sorted(kind.relements.items())
        return (plain(kind.cname),)

    for name in names:
        assert layout(compiled, name) == layout(parsed, name), name


def test_another_header_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert compiled_ffi(SMALL) is None
    usual = cffi.FFI
    with compiled_types():
        ffi = cffi.FFI()
        ffi.cdef(SMALL)
        ffi.set_source("small.h", None)
    assert ffi.new("Small *", {"few": 7}).few == 7
    assert cffi.FFI is usual
    monkeypatch.setattr(compiled_header, "TYPES", TYPES.with_name("missing.txt"))
    assert compiled_ffi(_ffi.get_wgpu_header()) is None
