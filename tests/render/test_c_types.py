"""C types parsed with few declared names are the same as with all names declared."""

from __future__ import annotations

import cffi  # type: ignore[import-untyped]

from engine.render.c_types import parse_with_few_names

SOURCE = """
typedef unsigned int Flags;
typedef struct Chain { struct Chain *next; Flags flags; } Chain;
typedef struct Limits { Chain chain; unsigned long long most[4]; } Limits;
typedef Flags (*Callback)(Limits const *limits, void *given);
struct Plain { Callback call; char const *label; };
"""
NAMES = ["Flags", "Chain *", "Limits[3]", "Callback", "struct Plain", "Flags(*)(Chain *, struct Plain)", "unsigned int"]


def parsed(few: bool) -> tuple[list[str], int]:
    """(the parsed types, the number of parsed declarations)."""
    ffi, declarations = cffi.FFI(), 0
    ffi.cdef(SOURCE)
    if few:
        parse_with_few_names(ffi)
    parse = ffi._parser._parse

    def counted(source: str) -> tuple[object, ...]:
        nonlocal declarations
        found: tuple[object, ...] = parse(source)
        declarations += len(found[0].ext)  # type: ignore[attr-defined]
        return found

    ffi._parser._parse = counted
    types = [ffi.typeof(name) for name in NAMES]
    return [
        f"{kind.cname} {kind.kind} {ffi.sizeof(kind) if kind.kind != 'function' else ''}" for kind in types
    ], declarations


def test_types_are_the_same_and_fewer_declarations_are_parsed() -> None:
    (usual, all_of_them), (same, few) = parsed(few=False), parsed(few=True)

    assert same == usual
    assert few < all_of_them


def test_types_that_are_declared_later_are_found() -> None:
    ffi = cffi.FFI()
    parse_with_few_names(ffi)

    ffi.cdef(SOURCE)
    ffi.cdef("typedef struct { Limits limits; Flags more; } Wide;")

    assert ffi.sizeof("Wide") == ffi.sizeof("Limits") + 8
    assert ffi.new("Wide *", {"more": 7}).more == 7
