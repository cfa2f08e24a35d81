"""Sizes of workgroups within the limits that every WebGPU device has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from engine.errors import EngineError

MAX_THREADS = 256
MAX_SHARED_BYTES = 16 << 10

Shape = Literal["square", "row", "column"]

# GPUs run 32 or 64 invocations at a time, best with neighbours along a row. Smaller ones follow for passes whose shared
# memory would exceed the limit.
_SIZES: dict[Shape, tuple[tuple[int, int], ...]] = {
    "square": ((16, 16), (16, 8), (8, 8), (8, 4), (4, 4)),
    "row": ((256, 1), (128, 1), (64, 1), (32, 1), (16, 1)),
    "column": ((8, 32), (8, 16), (8, 8), (4, 16), (4, 8)),
}
# A software device has a cost for each workgroup, and none for the places of its pixels.
_SOFTWARE_SIZES = ((256, 1), (128, 2), (64, 4), (32, 8), (16, 16))


def choose_tile(
    shape: Shape,
    software: bool,
    shared_bytes: Callable[[tuple[int, int]], int] = lambda tile: 0,
    size: tuple[int, int] | None = None,
) -> tuple[int, int]:
    """The size of a workgroup (x, y) of a shape: the first whose shared memory is within the limit.

    A software device gets the one that covers a picture of `size` with the fewest invocations. Raises EngineError if
    even the smallest one needs more memory.
    """
    if software and size:
        return min(_SOFTWARE_SIZES, key=lambda tile: _covered(size[0], tile[0]) * _covered(size[1], tile[1]))
    sizes = _SIZES[shape]
    for tile in sizes:
        if shared_bytes(tile) <= MAX_SHARED_BYTES:
            return tile
    raise EngineError(
        f"A workgroup of {sizes[-1][0]} × {sizes[-1][1]} needs {shared_bytes(sizes[-1])} bytes of shared memory; "
        f"devices have at least {MAX_SHARED_BYTES}.",
        "Keep less in workgroup variables, or read the picture instead.",
    )


def count_tiles(size: tuple[int, int], tile: tuple[int, int]) -> tuple[int, int, int]:
    """The workgroups that cover `size` pixels."""
    return -(-size[0] // tile[0]), -(-size[1] // tile[1]), 1


def _covered(length: int, step: int) -> int:
    return -(-length // step) * step
