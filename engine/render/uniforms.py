"""Typed uniforms: a pass's parameters are declared only once, as a frozen dataclass."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Annotated, Any, get_type_hints

import numpy as np

F32 = Annotated[float, "f32"]
U32 = Annotated[int, "u32"]
IVec2 = Annotated[tuple[int, int], "vec2<i32>"]
IVec4 = Annotated[tuple[int, int, int, int], "vec4<i32>"]
Vec2 = Annotated[tuple[float, float], "vec2<f32>"]
UVec2 = Annotated[tuple[int, int], "vec2<u32>"]
Vec4 = Annotated[tuple[float, float, float, float], "vec4<f32>"]
Rows3 = Annotated[tuple[Vec4, Vec4, Vec4], "array<vec4<f32>, 3>"]
"""A 3×3 or 3×4 matrix by rows."""

# WGSL, section "Alignment and size": type → (numpy type, alignment).
_LAYOUT: dict[str, tuple[Any, int]] = {
    "f32": (np.float32, 4),
    "u32": (np.uint32, 4),
    "vec2<f32>": ((np.float32, (2,)), 8),
    "vec2<i32>": ((np.int32, (2,)), 8),
    "vec2<u32>": ((np.uint32, (2,)), 8),
    "vec4<f32>": ((np.float32, (4,)), 16),
    "vec4<i32>": ((np.int32, (4,)), 16),
    "array<vec4<f32>, 3>": ((np.float32, (3, 4)), 16),
}


@dataclass(frozen=True)
class Uniforms:
    """Base of uniform blocks. Subclass it as a frozen dataclass with fields of this module's types."""

    @classmethod
    def wgsl(cls) -> dict[str, str]:
        """The WGSL type of each field, in order."""
        kind: Any = cls
        return dict(_types(kind))

    def packed(self) -> bytes:
        """The block in WGSL's memory layout."""
        kind: Any = type(self)
        layout = _dtype(kind)
        block = np.zeros((), layout)
        for name in layout.names or ():
            block[name] = getattr(self, name)
        return block.tobytes()


@cache
def _types(kind: Any) -> tuple[tuple[str, str], ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple((field.name, hints[field.name].__metadata__[0]) for field in fields(kind))


@cache
def _dtype(kind: Any) -> np.dtype[np.void]:
    offsets, formats, end = [], [], 0
    for _, wgsl in _types(kind):
        form, alignment = _LAYOUT[wgsl]
        offset = -(-end // alignment) * alignment
        offsets.append(offset)
        formats.append(form)
        end = offset + np.dtype(form).itemsize
    names = [name for name, _ in _types(kind)]
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": max(16, -(-end // 16) * 16)})


def rows3(matrix: Any) -> Rows3:
    """A 3×3 or 3×4 matrix as a uniform value."""
    rows = np.zeros((3, 4))
    rows[:, : np.shape(matrix)[1]] = matrix
    first, second, third = ((float(row[0]), float(row[1]), float(row[2]), float(row[3])) for row in rows)
    return first, second, third
