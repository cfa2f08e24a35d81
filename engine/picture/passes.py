"""The picture's three compute passes: in at the door, through the view, out to the encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.picture.scaling import Axis
from engine.render import ComputePass

ROWS_3 = (np.float32, (3, 4))
WORDS_2 = (np.int32, (2,))

# Columns a door workgroup decodes: 64 invocations, four each; shaders/door.wgsl declares the same.
DOOR_COLUMNS = 256
# Scaled lines an invocation makes in a row: more decode fewer rows twice, fewer keep more of a GPU busy.
_STRETCH = 16


class DoorPass(ComputePass):
    """Stored samples to scene-linear ACEScg, scaled down along the column."""

    shader = "door.wgsl"
    uniforms = np.dtype(
        [
            ("to_rgb", *ROWS_3),
            ("to_acescg", *ROWS_3),
            ("size", np.uint32, (2,)),
            ("luma_stride", np.uint32),
            ("chroma_stride", np.uint32),
            ("line", np.uint32),
            ("stretch", np.uint32),
        ]
    )


class ViewPass(ComputePass):
    """The picture scaled along the row, upright, and seen through a view."""

    shader = "view.wgsl"
    uniforms = np.dtype(
        [
            ("to_own", *ROWS_3),
            ("origin", *WORDS_2),
            ("along_x", *WORDS_2),
            ("along_y", *WORDS_2),
            ("size", np.uint32, (2,)),
            ("line", np.uint32),
            ("slab_line", np.uint32),
            ("slab_width", np.uint32),
            ("stride", np.uint32),
        ]
    )


class YuvPass(ComputePass):
    """Display pixels under an overlay to limited-range 4:2:0."""

    shader = "yuv.wgsl"
    uniforms = np.dtype(
        [
            ("weights", np.float32, (4,)),
            ("range", np.float32, (4,)),
            ("size", np.uint32, (2,)),
            ("luma_words", np.uint32),
            ("chroma_words", np.uint32),
            ("cb_at", np.uint32),
            ("cr_at", np.uint32),
            ("frame", np.uint32),
            ("overlaid", np.uint32),
        ]
    )


@dataclass(frozen=True, slots=True)
class Columns:
    """An axis that keeps or shrinks, turned about for DoorPass: what each two source rows add to which lines.

    `row_pairs` (pairs, 4) and `line_pairs` (lines,) are as shaders/door.wgsl reads them; `starts` (pairs,) is
    the first of the three lines a pair adds to.
    """

    row_pairs: NDArray[np.uint32]
    line_pairs: NDArray[np.uint32]
    starts: NDArray[np.int64]
    axis: Axis

    @classmethod
    def of(cls, axis: Axis, rows: int) -> Columns:
        """Weights become 16-bit fractions whose sum is still exactly one for every line."""
        fractions = np.rint(axis.weights * 65535.0).astype(np.int64)
        every = np.arange(len(fractions))
        fractions[every, fractions.argmax(1)] += 65535 - fractions.sum(1)
        lines = np.repeat(every, axis.taps)
        sources = (axis.first[:, None].astype(np.int64) + np.arange(axis.taps)).ravel()
        used = fractions.ravel() > 0
        lines, sources, weights = lines[used], sources[used], fractions.ravel()[used]
        pairs = (rows + 1) // 2
        starts = np.full(pairs, -1)
        starts[sources[::-1] // 2] = lines[::-1]
        starts = np.maximum.accumulate(np.maximum(starts, 0))
        spread = np.zeros((pairs, 2, 3), np.uint32)
        spread[sources // 2, sources % 2, lines - starts[sources // 2]] = weights
        packed = spread[:, :, 0] | spread[:, :, 1] << 16
        row_pairs = np.column_stack([packed, spread[:, 1, 2], np.zeros(pairs, np.uint32)])
        line_pairs = np.searchsorted(starts, every, side="right").astype(np.uint32)
        return cls(row_pairs.astype(np.uint32), line_pairs, starts, axis)

    def stretches(self, start: int, stop: int) -> NDArray[np.uint32]:
        """Cut scaled lines [start, stop) into workgroup rows for DoorPass."""
        first = np.arange(start, stop, _STRETCH)
        pair = self.axis.first[first].astype(np.int64) // 2
        begins = np.minimum(self.starts[pair], first)
        return np.stack([begins, first, np.minimum(first + _STRETCH, stop), pair], 1).astype(np.uint32)


def rows_of(matrix: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """A 3×3 or 3×4 matrix as WGSL's three vec4 rows."""
    rows = np.zeros((3, 4), np.float32)
    rows[:, : matrix.shape[1]] = matrix
    return rows
