"""The GPU pipeline from decoded planes to delivered frames: input, scaling, view and output."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Encoding, Picture
from engine.picture.alpha import upright_alpha
from engine.picture.as_shot import Conversion, conversion_of
from engine.picture.choices import Rendering, View
from engine.picture.color import Floats, input_transform
from engine.picture.passes import (
    AsShotPass,
    InputPass,
    PlaneLayout,
    ScalePass,
    ViewPass,
    YuvPass,
    quarters,
    row_bytes,
)
from engine.picture.planes import Chroma, Planes, YuvPlanes
from engine.picture.scaling import Axis, Fit, Placement, place, scale_axis
from engine.render import Buffer, Bytes, Commands, Device, Graph, Image, Lease, Pending, Plan, open_device

Overlay = NDArray[np.uint8]
"""(height, width, 4) RGBA at the output's size, straight alpha, composited in display code values."""

# BT.2408: graphics white at 203 nits is 75 % HLG and 58 % PQ, so captions are as bright as a white page.
_OVERLAY_WHITE: dict[View, float] = {"sdr": 1.0, "hlg": 0.75, "pq": 0.58}
# Frames in flight, so that the GPU is never idle while one is decoded or encoded.
_AHEAD = 2
_MATRIX: dict[View, int] = {"sdr": 1, "hlg": 9, "pq": 9}

HALF_MAX = np.float32(65504)


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """The format for the encoder. Fit "fit" shows the whole picture with black bars, "fill" crops it to the frame."""

    width: int
    height: int
    view: View = "sdr"
    bit_depth: Literal[8, 10] = 8
    fit: Fit = "fit"
    chroma: Chroma = "420"


class Pipeline:
    """Renders the frames of one take on the GPU. Graphs are compiled at the first frame and reused.

    `transform` is the take's confirmed input transform; `spec` is only needed for `run` and `stream`. `rendering`
    selects the conversion to display codes for movies and stills. Each new layout of planes is compiled at its first
    frame. `run`, `stream` and `linear` raise EngineError on a GPU whose colours differ from the CPU's, unless `strict`
    is False.
    """

    def __init__(
        self,
        picture: Picture,
        transform: Encoding,
        spec: OutputSpec | None = None,
        *,
        rendering: Rendering = "as-shot",
        strict: bool = True,
    ) -> None:
        self._device = open_device()
        self._rendering = rendering
        self._strict = strict
        self._picture = picture
        self._encoding = transform
        self._spec = spec
        self._output = _Output(self._device, picture, spec) if spec else None
        self._fronts: dict[Any, _Front] = {}
        self._shown: _Front | None = None

    def run(self, planes: Planes, overlay: Overlay | None = None, frame_number: int = 0) -> YuvPlanes:
        """One frame: scaled, upright, with view and `overlay`, dithered by its frame number."""
        return self._begin(planes, overlay, frame_number).result()

    def stream(self, frames: Iterable[tuple[Planes, Overlay | None]], first_frame: int = 0) -> Iterator[YuvPlanes]:
        """As `run` for many frames; one is rendered while the next is decoded and the last encoded.

        Submitting work may block until earlier work is done (on lavapipe), so a separate thread submits the next frame
        before it reads the last one.
        An overlay must not change until its frame is returned.
        """
        with ThreadPoolExecutor(1, "gpu") as gpu:
            begun: Future[_PendingOutput] | None = None
            waiting: deque[Future[YuvPlanes]] = deque()
            for number, (planes, overlay) in enumerate(frames, first_frame):
                last, begun = begun, gpu.submit(self._begin, planes, overlay, number)
                if last:
                    waiting.append(gpu.submit(_finish, last))
                if len(waiting) > _AHEAD:
                    yield waiting.popleft().result()
            if begun:
                waiting.append(gpu.submit(_finish, begun))
            while waiting:
                yield waiting.popleft().result()

    def _begin(self, planes: Planes, overlay: Overlay | None, frame_number: int) -> _PendingOutput:
        if self._spec is None or self._output is None:
            raise ValueError("this pipeline has no output")
        front = self._fronts.get(planes.layout)
        if front is None:
            mode = self._mode(self._spec.view)
            self._require(mode)
            front = _Front(self._device, planes, self._picture, self._encoding, mode, self._output.placement)
            self._fronts[planes.layout] = front
        if self._shown is not None and self._shown is not front:
            self._shown.forget()
        self._shown = front
        # Submit once: on lavapipe, a second submission would block until the first is done.
        try:
            with self._device.commands() as commands:
                return self._output.begin(front.show(planes, commands), overlay, frame_number, commands)
        except BaseException:
            front.forget()
            raise

    def linear(self, planes: Planes) -> Floats:
        """The whole upright picture as scene-linear ACEScg over black, float32 (display height, display width, 3).

        Values of opaque pixels are exact half floats, the output format of the input pass.
        """
        return np.ascontiguousarray(self.linear_with_alpha(planes)[..., :3])

    def linear_with_alpha(self, planes: Planes) -> Floats:
        """As `linear`, with premultiplied alpha as a fourth channel if the frame has alpha."""
        self._require("linear")
        scene = self._still(planes, "linear", None).read(planes)
        light = np.ascontiguousarray(scene[..., :3]).astype(np.float32)
        alpha = upright_alpha(planes, self._picture)
        if alpha is None:
            return light
        return np.dstack([light if planes.is_float else light * alpha[..., None], alpha])

    def display(self, planes: Planes, width: int | None = None, view: View = "sdr") -> Floats:
        """The upright picture as display code values 0–1 of a view, float32 (height, width, 3).

        It has its own size, or is `width` pixels wide.
        """
        shown = np.ascontiguousarray(self._still(planes, self._mode(view), width).read(planes)[..., :3])
        return shown.astype(np.float32) / np.float32(65535 if shown.dtype == np.uint16 else 1)

    def view_rgb8(self, planes: Planes, width: int | None = None) -> NDArray[np.uint8]:
        """The picture as in an SDR deliverable, rounded to uint8 (height, width, 3)."""
        return np.rint(self.display(planes, width) * 255).astype(np.uint8)

    def reload(self) -> bool:
        """Reload changed files below `shaders/`. Returns whether any changed; raises EngineError with file and line."""
        changed = self._output is not None and self._output.plan.reload()
        for front in self._fronts.values():
            if front.plan.reload():
                front.forget()
                changed = True
        return changed

    def _mode(self, view: View) -> Mode:
        return conversion_of(self._encoding, view, self._rendering) or view

    def _require(self, mode: Mode) -> None:
        if not self._strict:
            return
        # Imported here, because the conformance check itself uses a Pipeline.
        from engine.picture.gpu_conformance import require_conformant_device

        inputs = [] if self._encoding is Encoding.EXR else [self._encoding]
        require_conformant_device(inputs if mode == "linear" else [*inputs, mode])

    def _still(self, planes: Planes, mode: Mode, width: int | None) -> _Front:
        size = (self._picture.display_width, self._picture.display_height)
        target = size if width is None else (width, max(1, round(width * size[1] / size[0])))
        key = (planes.layout, mode, target)
        if key not in self._fronts:
            placement = place(size, target, "fill")
            self._fronts[key] = _Front(self._device, planes, self._picture, self._encoding, mode, placement)
        return self._fronts[key]


Mode = Literal["linear"] | View | Conversion
"""The output: ACEScg, a baked view, or an as-shot conversion, which does not use ACEScg."""


class _Front:
    """The graph from one layout of planes to upright pixels, with its sample buffers."""

    def __init__(
        self, device: Device, like: Planes, picture: Picture, encoding: Encoding, mode: Mode, placement: Placement
    ) -> None:
        self._device = device
        # Alpha is applied to light if the output is linear, else to code values.
        self._straight = mode == "linear"
        self._last: Planes | None = None
        self._display: Lease | None = None
        self._samples = {
            name: device.buffer(row_bytes(like, number) * len(like.samples[number]), name)
            for number, name in enumerate(("luma", "cb", "cr"))
        }
        transform = mode.input if isinstance(mode, Conversion) else input_transform(encoding, picture.primaries)
        stored = (like.width, like.height)
        upright = (stored[1], stored[0]) if quarters(picture.rotation) % 2 else stored
        across, down, halve = _axes(upright, (picture.display_width, picture.display_height), placement)
        graph = Graph()
        for name, samples in self._samples.items():
            graph.source(name, Bytes(samples.size))
        graph.add(InputPass(like, transform, picture.rotation, picture.mirrored, halve))
        made = "scene"
        for axis, is_down in ((down, True), (across, False)):
            if axis is not None:
                graph.add(ScalePass(axis, is_down), picture=made, scaled=f"{made}, scaled")
                made = f"{made}, scaled"
        if mode != "linear":
            seen = (
                AsShotPass(mode, picture.primaries, device.display)
                if isinstance(mode, Conversion)
                else ViewPass(mode, device.display)
            )
            graph.add(seen, picture=made)
            made = "display"
        self._made = made
        self.plan: Plan = device.plan(graph, [made])

    def show(self, planes: Planes, commands: Commands) -> Lease:
        """The rendered picture on the GPU, cached for the last frame. The lease remains owned by this object."""
        if planes is not self._last or self._display is None:
            self.forget()
            self._display = self._run(planes, commands)
            self._last = planes
        return self._display

    def forget(self) -> None:
        """Release the cached picture."""
        self._last = None
        if self._display is not None:
            self._display.release()
            self._display = None

    def read(self, planes: Planes) -> NDArray[Any]:
        """An upright frame as ACEScg half floats or display codes, (height, width, 4)."""
        with self._device.commands() as commands, self._run(planes, commands) as result:
            pending = self._device.fetch([result], into=commands)
        (pixels,) = pending.result()
        return pixels

    def _run(self, planes: Planes, commands: Commands) -> Lease:
        planes = planes if self._straight else planes.over_black()
        for number, buffer in enumerate(self._samples.values()):
            self._device.upload(buffer, _in_blocks(planes.samples[number], row_bytes(planes, number)))
        return self.plan.run(self._samples, into=commands)[self._made]


class _Output:
    """The graph from an upright picture and an overlay to the planes for the encoder."""

    def __init__(self, device: Device, picture: Picture, spec: OutputSpec) -> None:
        self._device = device
        self._spec = spec
        size = (picture.display_width, picture.display_height)
        self.placement = place(size, (spec.width, spec.height), spec.fit)
        self._layout = PlaneLayout(spec.width, spec.height, spec.bit_depth, spec.chroma)
        # The pass requires a buffer of at least one word even without an overlay.
        self._overlay: Buffer = device.buffer(4, "no overlay")
        self._overlay_is_whole = False
        graph = Graph()
        shown = (self.placement.width, self.placement.height)
        graph.source("display", Image(*shown, device.display))
        graph.source("overlay", Bytes(4))
        corner = (self.placement.x, self.placement.y)
        graph.add(YuvPass(self._layout, _MATRIX[spec.view], _OVERLAY_WHITE[spec.view], corner, shown))
        self.plan = device.plan(graph, ["planes"])

    def begin(self, display: Lease, overlay: Overlay | None, frame_number: int, commands: Commands) -> _PendingOutput:
        if overlay is not None:
            if overlay.shape != (self._spec.height, self._spec.width, 4):
                raise ValueError(f"an overlay of {overlay.shape} does not fit {self._spec}")
            if not self._overlay_is_whole:
                self._overlay = self._device.buffer(self._spec.width * self._spec.height * 4, "overlay")
                self._overlay_is_whole = True
            self._device.upload(self._overlay, np.ascontiguousarray(overlay))
        self.plan.set("yuv", frame=frame_number & 0xFFFFFFFF, overlaid=int(overlay is not None))
        sources = {"display": display.resource, "overlay": self._overlay}
        with self.plan.run(sources, into=commands)["planes"] as made:
            return _PendingOutput(self._device.fetch([made], into=commands), self._layout)


@dataclass(frozen=True, slots=True)
class _PendingOutput:
    """A frame that is being copied back from the GPU."""

    pending: Pending
    layout: PlaneLayout

    def result(self) -> YuvPlanes:
        """Wait for the frame."""
        (data,) = self.pending.result()
        layout = self.layout
        samples = data.view(np.uint16 if layout.bit_depth > 8 else np.uint8)
        stride = layout.chroma_words * layout.in_word
        y = samples[: layout.cb_at * layout.in_word].reshape(layout.height, 2 * stride)[:, : layout.width]
        columns = (layout.width + 1) // 2
        u, v = samples[layout.cb_at * layout.in_word :].reshape(2, layout.chroma_rows, stride)[:, :, :columns]
        return YuvPlanes(y, u, v, layout.bit_depth)


def _finish(begun: Future[_PendingOutput]) -> YuvPlanes:
    return begun.result().result()


def _axes(
    upright: tuple[int, int], shape: tuple[int, int], placement: Placement
) -> tuple[Axis | None, Axis | None, bool]:
    """The horizontal and vertical axes for the placement's window, and whether the input pass halves the picture first.

    `upright` is the upright size of the decoded picture, `shape` its display size, which is the unit of the window. An
    axis is None if it does not scale.
    """
    targets = (placement.width, placement.height)
    starts, spans = (
        [Fraction(part[i]) * upright[i] / shape[i] for i in (0, 1)] for part in (placement.start, placement.span)
    )
    halve = all(span >= 2 * target for span, target in zip(spans, targets, strict=True))
    axes: list[Axis | None] = []
    for size, start, span, target in zip(upright, starts, spans, targets, strict=True):
        if halve:
            size, start, span = (size + 1) // 2, start / 2, span / 2
        axis = scale_axis(size, target, start, span)
        axes.append(None if axis.keeps and size == target else axis)
    return axes[0], axes[1], halve


def _in_blocks(samples: NDArray[Any], row: int) -> NDArray[Any]:
    """The rows padded to `row` bytes each; floats are converted to half floats."""
    if samples.dtype.kind == "f":
        samples = np.clip(samples, -HALF_MAX, HALF_MAX).astype(np.float16)
    short = row - samples.shape[1] * samples.itemsize
    return np.pad(samples, ((0, 0), (0, short // samples.itemsize))) if short else samples
