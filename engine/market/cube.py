"""Lookup tables as .cube files: a strict reader, and a writer of one form.

Source: Cube LUT Specification 1.0 (Adobe, 2013). OpenColorIO's reader accepts NaN, infinite values and values in the
notation of the locale; this one does not.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from engine.errors import RequestError

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_KEY = re.compile(r"[A-Z][A-Z0-9_]*")
_LARGEST_1D, _LARGEST_3D = 65536, 129
_HUGE = 65504.0
Row = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class CubeTable:
    """A table: `size` entries (1D) or `size` per axis with red fastest (3D), for inputs from `low` to `high`."""

    dimensions: int
    size: int
    low: Row
    high: Row
    rows: tuple[Row, ...]


def read_cube(content: bytes, name: str) -> CubeTable:
    """The table of a file. Raises RequestError, with the line, for anything that the format does not have."""
    try:
        lines = content.decode("ascii").splitlines()
    except UnicodeDecodeError:
        raise _refusal(name, 1, "is not ASCII text") from None
    keys: dict[str, tuple[int, list[str]]] = {}
    rows: list[Row] = []
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "TITLE":
            continue
        if not _KEY.fullmatch(words[0]):
            rows.append(_row(name, number, words))
            continue
        if rows or words[0] in keys:
            raise _refusal(name, number, f"has {words[0]} twice, or behind the values")
        keys[words[0]] = (number, words[1:])
    return _table(name, keys, rows)


def cube_bytes(table: CubeTable) -> bytes:
    """The file of a table, without a title and comments: the same table makes the same bytes."""
    lines = [f"LUT_{table.dimensions}D_SIZE {table.size}"]
    lines += [f"{key} {_written(row)}" for key, row in (("DOMAIN_MIN", table.low), ("DOMAIN_MAX", table.high))]
    return "\n".join([*lines, *map(_written, table.rows), ""]).encode("ascii")


def _table(name: str, keys: dict[str, tuple[int, list[str]]], rows: list[Row]) -> CubeTable:
    sizes = [key for key in ("LUT_1D_SIZE", "LUT_3D_SIZE") if key in keys]
    for key, (number, _) in keys.items():
        if key not in ("LUT_1D_SIZE", "LUT_3D_SIZE", "DOMAIN_MIN", "DOMAIN_MAX"):
            raise _refusal(name, number, f"has the unknown key {key[:40]}")
    if len(sizes) != 1:
        raise _refusal(name, 1, "needs LUT_1D_SIZE or LUT_3D_SIZE, once")
    number, words = keys[sizes[0]]
    dimensions = int(sizes[0][4])
    largest = _LARGEST_1D if dimensions == 1 else _LARGEST_3D
    if len(words) != 1 or not words[0].isdecimal() or not 2 <= int(words[0]) <= largest:
        raise _refusal(name, number, f"needs a size from 2 to {largest}")
    size = int(words[0])
    if len(rows) != size**dimensions:
        raise _refusal(name, number, f"has {len(rows)} rows of values, not {size**dimensions}")
    low, high = (
        _row(name, *keys[key]) if key in keys else (edge, edge, edge)
        for key, edge in (("DOMAIN_MIN", 0.0), ("DOMAIN_MAX", 1.0))
    )
    if any(first >= last for first, last in zip(low, high, strict=True)):
        raise _refusal(name, number, "has a DOMAIN_MIN that is not below DOMAIN_MAX")
    return CubeTable(dimensions, size, low, high, tuple(rows))


def _row(name: str, number: int, words: list[str]) -> Row:
    if len(words) != 3 or not all(map(_NUMBER.fullmatch, words)):
        raise _refusal(name, number, "needs three numbers, as 0.25 or 2.5e-1")
    red, green, blue = map(float, words)
    if not all(math.isfinite(value) and abs(value) <= _HUGE for value in (red, green, blue)):
        raise _refusal(name, number, f"has a value beyond ±{_HUGE:.0f}")
    return red, green, blue


def _written(row: Row) -> str:
    # Adding zero makes −0 a 0.
    return " ".join(f"{value + 0.0:.7g}" for value in row)


def _refusal(name: str, line: int, reason: str) -> RequestError:
    return RequestError(f"{name}, line {line}: the table {reason}.", "Export it again as a .cube file.")
