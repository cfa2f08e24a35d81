"""Planes on the GPU up to display pixels: the door and the view, band by band where a frame is large."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Encoding
from engine.picture.color import Floats, InputTransform, View, input_transform, view_table
from engine.picture.passes import DOOR_COLUMNS, Columns, DoorPass, ViewPass, rows_of
from engine.picture.planes import Planes, decoding_matrix
from engine.picture.scaling import Axis, keep_axis
from engine.render import Buffer, Device, Step

Mode = Literal["linear", "sdr", "hlg", "sdr-through", "hlg-through"]
"""What comes out: ACEScg, a baked view, or the take's own code values again."""

# Encodings that are handed through: the pass's constant, and where the colours come from.
_THROUGH: dict[Mode, tuple[int, Encoding]] = {"hlg-through": (1, Encoding.HLG), "sdr-through": (2, Encoding.REC709)}

# Scaled lines waiting between the passes; small enough to stay near the cores, large enough to keep them busy.
_SLAB_BYTES = 48 << 20


@dataclass(frozen=True, slots=True)
class Band:
    """Output lines [line, line + lines) and the slab lines [start, stop) they are made of, stored orientation."""

    line: int
    lines: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a scaled pixel of the stored picture lies upright: origin + x·along_x + y·along_y."""

    origin: tuple[int, int]
    along_x: tuple[int, int]
    along_y: tuple[int, int]

    @classmethod
    def upright(cls, width: int, height: int, rotation: int, mirrored: bool) -> Turn:
        """For a scaled stored picture of width × height, turned counter-clockwise and then mirrored."""
        quarter = round(rotation / 90) % 4
        origin, along_x, along_y = (
            ((0, 0), (1, 0), (0, 1)),
            ((0, width - 1), (0, -1), (1, 0)),
            ((width - 1, height - 1), (-1, 0), (0, -1)),
            ((height - 1, 0), (0, 1), (-1, 0)),
        )[quarter]
        if mirrored:
            far = (height if quarter % 2 else width) - 1
            origin = (far - origin[0], origin[1])
            along_x, along_y = (-along_x[0], along_x[1]), (-along_y[0], along_y[1])
        return cls(origin, along_x, along_y)

    def moved(self, x: int, y: int) -> Turn:
        """The same, with the picture's corner at (x, y)."""
        return Turn((self.origin[0] + x, self.origin[1] + y), self.along_x, self.along_y)


def bands(lines: Axis, slab_line: int) -> list[Band]:
    """Cut the output so that no band needs more slab (lines of `slab_line` bytes) than its share."""
    most = max(_SLAB_BYTES // slab_line, lines.taps + 1)
    first = lines.first.astype(np.int64)
    found: list[Band] = []
    line = 0
    while line < len(first):
        count = int(np.searchsorted(first[line:], first[line] + most - lines.taps, side="right"))
        count = min(count, most)
        found.append(Band(line, count, int(first[line]), int(first[line + count - 1]) + lines.taps))
        line += count
    return found


class Frontend:
    """The steps from one layout of planes to pixels, with every buffer they need.

    With `display`, pixels land there upright by `turn`, rows `stride` pixels apart; without it they are read back in
    stored orientation.
    """

    def __init__(
        self,
        device: Device,
        like: Planes,
        transform: InputTransform,
        mode: Mode,
        across: Axis,
        down: Axis,
        display: Buffer | None = None,
        turn: Turn | None = None,
        stride: int = 0,
    ) -> None:
        self._device = device
        self._mode = mode
        self._last: Planes | None = None
        self._width = like.width
        self._planes = [device.buffer(-(-plane.strides[0] // 4) * 4 * len(plane), "plane") for plane in like.samples]
        # What shrinks is scaled at the door, before it is stored; what grows is scaled on its way out.
        shrunk, lines = (keep_axis(like.height), down) if down.enlarges else (down, keep_axis(len(down.first)))
        self._shown_lines, self._across = lines, across
        self._bands = bands(keep_axis(len(shrunk.first)) if mode == "linear" else lines, like.width * 16)
        self._slab = device.buffer(max(band.stop - band.start for band in self._bands) * like.width * 16, "slab")
        self._opened = self._open(like, transform, Columns.of(shrunk, like.height))
        self._seen: list[Step] = []
        self._display = display
        if mode != "linear":
            if self._display is None:
                self._display = device.buffer(max(band.lines for band in self._bands) * len(across.first) * 8, "band")
            self._seen = self._see(mode, self._display, turn, stride or len(across.first))
        self._steps = [step for pair in zip(self._opened, self._seen, strict=False) for step in pair]

    def steps(self, planes: Planes, again: bool = False) -> list[Step]:
        """Upload a frame and hand out the steps that show it; none where it is still there, unless `again`."""
        if planes is self._last:
            return self._steps if again else []
        self._upload(planes)
        return self._steps

    def read(self, planes: Planes) -> NDArray[Any]:
        """A frame in stored orientation: ACEScg float32, or R′G′B′ uint16; (lines, columns, 3)."""
        self._upload(planes)
        parts: list[NDArray[Any]] = []
        for number, band in enumerate(self._bands):
            steps = [self._opened[number], *self._seen[number : number + 1]]
            if self._mode == "linear" or self._display is None:
                (data,) = self._device.submit(steps, [(self._slab, band.lines * self._width * 16)]).result()
                parts.append(data.view(np.float32).reshape(band.lines, self._width, 4)[..., :3])
            else:
                width = len(self._across.first)
                (data,) = self._device.submit(steps, [(self._display, band.lines * width * 8)]).result()
                parts.append(data.view(np.uint16).reshape(band.lines, width, 4)[..., :3])
        pixels: NDArray[Any] = np.concatenate(parts)
        if self._mode != "linear":
            return pixels
        return _scaled(_scaled(pixels, self._shown_lines).swapaxes(0, 1), self._across).swapaxes(0, 1)

    def _upload(self, planes: Planes) -> None:
        self._last = planes
        for buffer, samples in zip(self._planes, planes.samples, strict=True):
            self._device.upload(buffer, _whole_words(samples))

    def _open(self, like: Planes, transform: InputTransform, columns: Columns) -> list[Step]:
        cuts = [columns.stretches(band.start, band.stop) for band in self._bands]
        luma, cb, cr = self._planes
        buffers = {
            "luma": luma,
            "cb": cb,
            "cr": cr,
            "row_pairs": _filled(self._device, columns.row_pairs),
            "line_pairs": _filled(self._device, columns.line_pairs),
            "stretches": _filled(self._device, np.concatenate(cuts)),
            "slab": self._slab,
        }
        door = _door(self._device, like.samples[0].itemsize * 8, like.subsampling, int(transform.curve))
        steps: list[Step] = []
        stretch = 0
        for band, cut in zip(self._bands, cuts, strict=True):
            bound = door.bind(**buffers)
            bound.set(
                to_rgb=rows_of(decoding_matrix(like)),
                to_acescg=rows_of(transform.matrix),
                size=(like.width, like.height),
                luma_stride=-(-like.samples[0].strides[0] // 4),
                chroma_stride=-(-like.samples[1].strides[0] // 4),
                line=band.start,
                stretch=stretch,
            )
            stretch += len(cut)
            steps.append((bound, (-(-like.width // DOOR_COLUMNS), len(cut), 1)))
        return steps

    def _see(self, mode: Mode, display: Buffer, turn: Turn | None, stride: int) -> list[Step]:
        lines, across = self._shown_lines, self._across
        width = len(across.first)
        through, own = _THROUGH.get(mode, (0, Encoding.HLG))
        view = _view(self._device, across.taps, lines.taps, through)
        buffers = {
            "slab": self._slab,
            "columns": _filled(self._device, across.first),
            "column_weights": _filled(self._device, across.weights),
            "lines": _filled(self._device, lines.first),
            "line_weights": _filled(self._device, lines.weights),
            "table": _table(self._device, "sdr" if mode.startswith("sdr") else "hlg"),
            "display": display,
        }
        steps: list[Step] = []
        for band in self._bands:
            placed = turn or Turn((0, -band.line), (1, 0), (0, 1))
            bound = view.bind(**buffers)
            bound.set(
                to_own=rows_of(np.linalg.inv(input_transform(own).matrix)),
                origin=placed.origin,
                along_x=placed.along_x,
                along_y=placed.along_y,
                size=(width, band.lines),
                line=band.line,
                slab_line=band.start,
                slab_width=self._width,
                stride=stride,
            )
            steps.append((bound, (-(-width // 64), band.lines, 1)))
        return steps


def _whole_words(samples: NDArray[Any]) -> NDArray[Any]:
    """The same rows, each filling whole 4-byte words."""
    short = -samples.strides[0] % 4
    return np.pad(samples, ((0, 0), (0, short // samples.itemsize))) if short else samples


def _scaled(pixels: Floats, axis: Axis) -> Floats:
    return pixels if axis.keeps and len(axis.first) == len(pixels) else axis.apply(pixels)


@cache
def _door(device: Device, bits: int, subsampling: tuple[int, int], curve: int) -> DoorPass:
    constants = {"BITS": bits, "SUB_X": subsampling[0], "SUB_Y": subsampling[1], "CURVE": curve}
    return DoorPass(device.gpu, constants)


@cache
def _view(device: Device, column_taps: int, line_taps: int, through: int) -> ViewPass:
    return ViewPass(device.gpu, {"COLUMN_TAPS": column_taps, "LINE_TAPS": line_taps, "THROUGH": through})


@cache
def _table(device: Device, view: View) -> Buffer:
    cube = view_table(view).reshape(-1, 3).astype(np.uint32)
    return _filled(device, np.column_stack([cube[:, 0] | cube[:, 1] << 16, cube[:, 2]]))


def _filled(device: Device, data: NDArray[Any]) -> Buffer:
    buffer = device.buffer(data.nbytes)
    device.upload(buffer, np.ascontiguousarray(data))
    return buffer
