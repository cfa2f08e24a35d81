"""From decoded planes to a delivered frame, on the GPU: the door, the view, and out to the encoder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Encoding, Picture
from engine.picture.color import Floats, View, input_transform
from engine.picture.frontend import Frontend, Mode, Turn
from engine.picture.passes import YuvPass
from engine.picture.planes import Planes, YuvPlanes, luma_weights
from engine.picture.scaling import Axis, Fit, Placement, place, scale_axis
from engine.render import Device, Pending, open_device

Overlay = NDArray[np.uint8]
"""(height, width, 4) RGBA at the output's size, straight alpha, laid on in display code values."""

# BT.2408: graphics white sits at 75 % HLG, so that captions are as bright as a white page and no brighter.
_OVERLAY_WHITE: dict[View, float] = {"sdr": 1.0, "hlg": 0.75}
_MATRIX: dict[View, int] = {"sdr": 1, "hlg": 9}


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """What the encoder is to get. `fit` shows the whole picture (black around it), `fill` crops it to the frame."""

    width: int
    height: int
    view: View = "sdr"
    bit_depth: Literal[8, 10] = 8
    fit: Fit = "fit"


class Pipeline:
    """One take's way through the GPU. Buffers are made for the first frame and used for all that follow.

    `transform` is the input transform the take was confirmed with; `spec` may be left out where only
    `linear` and `view_rgb8` are wanted.
    """

    def __init__(self, picture: Picture, transform: Encoding, spec: OutputSpec | None = None) -> None:
        self._device = open_device()
        self._picture = picture
        self._transform = input_transform(transform, picture.primaries)
        self._spec = spec
        self._encoding = transform
        self._output = _Output(self._device, spec) if spec else None
        self._frontends: dict[Any, Frontend] = {}

    def run(self, planes: Planes, overlay: Overlay | None = None, frame_number: int = 0) -> YuvPlanes:
        """One frame, scaled, upright, seen through the view, under `overlay`; dithered by its frame number."""
        return self._start(planes, overlay, frame_number).result()

    def stream(self, frames: Iterable[tuple[Planes, Overlay | None]], first_frame: int = 0) -> Iterator[YuvPlanes]:
        """The same for frame after frame; each is on the GPU while the next is decoded and the last encoded."""
        waiting: _Frame | None = None
        for number, (planes, overlay) in enumerate(frames, first_frame):
            started = self._start(planes, overlay, number)
            if waiting:
                yield waiting.result()
            waiting = started
        if waiting:
            yield waiting.result()

    def linear(self, planes: Planes) -> Floats:
        """The whole picture upright as scene-linear ACEScg, float32 (display height, display width, 3)."""
        return self._upright(self._still(planes, "linear", None))

    def display(self, planes: Planes, width: int | None = None) -> Floats:
        """The picture upright through the SDR view: code values 0–1, float32 (h, w, 3).

        At its own size, or `width` pixels wide.
        """
        return self._upright(self._still(planes, "sdr", width).astype(np.float32) / np.float32(65535))

    def view_rgb8(self, planes: Planes, width: int | None = None) -> NDArray[np.uint8]:
        """The same, rounded to uint8, as a PNG holds it."""
        return np.rint(self.display(planes, width) * 255).astype(np.uint8)

    def _start(self, planes: Planes, overlay: Overlay | None, frame_number: int) -> _Frame:
        if self._spec is None or self._output is None:
            raise ValueError("this pipeline was made without an output")
        frontend = self._frontends.get(planes.layout)
        if frontend is None:
            frontend = self._frontends[planes.layout] = self._delivered(planes, self._spec, self._output)
        return self._output.start(frontend, planes, overlay, frame_number)

    def _delivered(self, planes: Planes, spec: OutputSpec, output: _Output) -> Frontend:
        size = (self._picture.display_width, self._picture.display_height)
        placement = place(size, (spec.width, spec.height), spec.fit)
        across, down = self._axes(planes, placement)
        turn = Turn.upright(len(across.first), len(down.first), self._picture.rotation, self._picture.mirrored)
        mode: Mode = spec.view
        # What already is in the deliverable's own encoding is handed through: a view would grade it anew.
        if spec.view == "hlg" and self._encoding is Encoding.HLG:
            mode = "hlg-through"
        elif spec.view == "sdr" and self._encoding is Encoding.REC709:
            mode = "sdr-through"
        return Frontend(
            self._device, planes, self._transform, mode, across, down,
            output.display, turn.moved(placement.x, placement.y), spec.width,
        )  # fmt: skip

    def _still(self, planes: Planes, mode: Mode, width: int | None) -> NDArray[Any]:
        size = (self._picture.display_width, self._picture.display_height)
        target = size if width is None else (width, max(1, round(width * size[1] / size[0])))
        key = (planes.layout, mode, target)
        frontend = self._frontends.get(key)
        if frontend is None:
            across, down = self._axes(planes, place(size, target, "fill"))
            frontend = Frontend(self._device, planes, self._transform, mode, across, down)
            self._frontends[key] = frontend
        return frontend.read(planes)

    @property
    def _turned(self) -> bool:
        return round(self._picture.rotation / 90) % 2 == 1

    def _axes(self, planes: Planes, placement: Placement) -> tuple[Axis, Axis]:
        """The weights along the stored picture's rows and columns that show the placement's window upright."""
        sizes = (self._picture.display_width, self._picture.display_height)
        targets = (placement.width, placement.height)
        shares = [(placement.start[i] / sizes[i], placement.span[i] / sizes[i], targets[i]) for i in (0, 1)]
        if self._turned:
            shares.reverse()
        stored = (planes.width, planes.height)
        across, down = (
            scale_axis(size, target, start * size, span * size)
            for size, (start, span, target) in zip(stored, shares, strict=True)
        )
        return across, down

    def _upright(self, pixels: NDArray[Any]) -> NDArray[Any]:
        turned = np.rot90(pixels, round(self._picture.rotation / 90) % 4)
        return np.ascontiguousarray(turned[:, ::-1] if self._picture.mirrored else turned)


class _Output:
    """The far end: display pixels, an overlay and the planes for the encoder, at one size."""

    def __init__(self, device: Device, spec: OutputSpec) -> None:
        self._device = device
        self._spec = spec
        self._shown: Frontend | None = None
        in_word = 2 if spec.bit_depth > 8 else 4
        chroma_words = -(-((spec.width + 1) // 2) // in_word)
        luma_words = 2 * chroma_words
        self._chroma_rows = (spec.height + 1) // 2
        self._cb_at = luma_words * spec.height
        self._cr_at = self._cb_at + chroma_words * self._chroma_rows
        self._size = (self._cr_at + chroma_words * self._chroma_rows) * 4
        self._groups = (-(-chroma_words // 64), self._chroma_rows, 1)
        self._strides = (luma_words * in_word, chroma_words * in_word)
        self.display = device.buffer(spec.width * spec.height * 8, "display")
        self._planes = device.buffer(self._size, "planes")
        self._overlay = device.buffer(spec.width * spec.height * 4, "overlay")
        self._pass = YuvPass(device.gpu, {"BITS": 16 if spec.bit_depth > 8 else 8}).bind(
            display=self.display, overlay=self._overlay, planes=self._planes
        )
        red, blue = luma_weights(_MATRIX[spec.view])
        code = 1 << (spec.bit_depth - 8)
        self._pass.set(
            weights=(red, 1 - red - blue, blue, _OVERLAY_WHITE[spec.view]),
            range=(219 * code, 16 * code, 224 * code, 128 * code),
            size=(spec.width, spec.height),
            luma_words=luma_words,
            chroma_words=chroma_words,
            cb_at=self._cb_at,
            cr_at=self._cr_at,
        )

    def start(self, frontend: Frontend, planes: Planes, overlay: Overlay | None, frame_number: int) -> _Frame:
        if overlay is not None:
            if overlay.shape != (self._spec.height, self._spec.width, 4):
                raise ValueError(f"an overlay of {overlay.shape} does not fit {self._spec}")
            self._device.upload(self._overlay, np.ascontiguousarray(overlay))
        self._pass.set(frame=frame_number & 0xFFFFFFFF, overlaid=overlay is not None)
        steps = frontend.steps(planes, again=frontend is not self._shown)
        self._shown = frontend
        pending = self._device.submit([*steps, (self._pass, self._groups)], [(self._planes, self._size)])
        return _Frame(self, pending)

    def planes(self, data: NDArray[np.uint8]) -> YuvPlanes:
        spec = self._spec
        samples = data.view(np.uint16 if spec.bit_depth > 8 else np.uint8)
        words = 4 // samples.itemsize
        luma, chroma = self._strides
        y = samples[: self._cb_at * words].reshape(spec.height, luma)[:, : spec.width]
        columns = (spec.width + 1) // 2
        u, v = samples[self._cb_at * words :].reshape(2, self._chroma_rows, chroma)[:, :, :columns]
        return YuvPlanes(y, u, v, spec.bit_depth)


class _Frame:
    """A frame on its way through the GPU."""

    def __init__(self, output: _Output, pending: Pending) -> None:
        self._output = output
        self._pending = pending

    def result(self) -> YuvPlanes:
        return self._output.planes(self._pending.result()[0])
