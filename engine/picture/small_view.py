"""Frames of a take as small SDR pictures, for analysis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Encoding, Picture
from engine.picture.as_shot import conversion_of
from engine.picture.frame_graphs import InputGraph, Mode
from engine.picture.pipeline import require_conformance
from engine.picture.planes import Planes
from engine.picture.scaling import Placement
from engine.render import Pending, open_device


def small_size(picture: Picture, short_edge: int) -> tuple[int, int]:
    """The upright size of a small picture: its short edge is at most `short_edge`, and both sides are even.

    It is not larger than the picture, except that a side has at least two pixels.
    """
    width, height = picture.display_width, picture.display_height
    scale = min(Fraction(1), Fraction(short_edge, min(width, height)))
    return _even(width, scale), _even(height, scale)


def _even(side: int, scale: Fraction) -> int:
    return max(2, min(round(side * scale / 2), side // 2) * 2)


class SmallView:
    """Renders frames as SDR deliverables show them: upright, scaled in linear light to `size`, as 8-bit codes.

    The whole picture fills `size` (width, height): a share of the small picture's side is the same share of the
    original's. Raises EngineError on a GPU whose colours differ from the CPU's. Not thread-safe.
    """

    def __init__(self, picture: Picture, transform: Encoding, size: tuple[int, int]) -> None:
        self._picture, self._transform = picture, transform
        self._mode: Mode = conversion_of(transform, "sdr") or "sdr"
        whole = (Fraction(picture.display_width), Fraction(picture.display_height))
        self._placement = Placement((Fraction(0), Fraction(0)), whole, 0, 0, *size)
        self._graphs: dict[Any, InputGraph] = {}

    def render(self, planes: Planes) -> NDArray[np.uint8]:
        """A frame, (height, width, 3)."""
        return self._begin(planes).result()

    def stream(self, frames: Iterable[Planes]) -> Iterator[NDArray[np.uint8]]:
        """The frames in order, one rendered while the next is taken from `frames`. Equal planes in a row share one."""
        last: Planes | None = None
        pending: _PendingView | None = None
        for planes in frames:
            begun = pending if planes is last and pending else self._begin(planes)
            if pending:
                yield pending.result()
            last, pending = planes, begun
        if pending:
            yield pending.result()

    def _begin(self, planes: Planes) -> _PendingView:
        graph = self._graphs.get(planes.layout)
        if graph is None:
            require_conformance(self._transform, self._mode)
            graph = InputGraph(open_device(), planes, self._picture, self._transform, self._mode, self._placement)
            self._graphs[planes.layout] = graph
        return _PendingView(graph.begin(planes))


@dataclass(slots=True)
class _PendingView:
    pending: Pending | None
    pixels: NDArray[np.uint8] | None = None

    def result(self) -> NDArray[np.uint8]:
        if self.pending is not None:
            (codes,) = self.pending.result()
            self.pixels, self.pending = _rounded(codes), None
        assert self.pixels is not None
        return self.pixels


def _rounded(codes: NDArray[Any]) -> NDArray[np.uint8]:
    """Display codes of 16 bits as 8 bits, by a table of all 65536 values."""
    rounded: NDArray[np.uint8] = _table(codes.dtype.str)[codes.view(np.uint16)[..., :3]]
    return rounded


@cache
def _table(form: str) -> NDArray[np.uint8]:
    every = np.arange(1 << 16, dtype=np.uint16)
    if np.dtype(form).kind == "u":
        shares = every.astype(np.float32) / np.float32(65535)
    else:
        shares = np.nan_to_num(every.view(np.float16).astype(np.float32), posinf=1.0, neginf=0.0)
    table: NDArray[np.uint8] = np.rint(np.clip(shares, 0, 1) * 255).astype(np.uint8)
    return table
