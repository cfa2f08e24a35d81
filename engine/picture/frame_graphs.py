"""The GPU graphs of a frame: from decoded planes to an upright picture, and from there to the encoder's planes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Encoding, Picture
from engine.picture.as_shot import Conversion
from engine.picture.backdrop import Backdrop
from engine.picture.choices import View
from engine.picture.color import Floats, input_transform
from engine.picture.look_source import PictureWindow
from engine.picture.moving_crop import CropWindow, MovingWindow
from engine.picture.passes import (
    AsShotPass,
    InputPass,
    PlaneLayout,
    ScalePass,
    ViewPass,
    YuvPass,
    quarters,
    samples_image,
)
from engine.picture.planes import Chroma, Planes, YuvPlanes
from engine.picture.scaling import Axis, Fit, Placement, place, scale_axis
from engine.render import Buffer, Bytes, Commands, Device, Graph, Image, Lease, Pending, Plan

Overlay = NDArray[np.uint8]
"""(height, width, 4) RGBA at the output's size, straight alpha, composited in display code values."""

Mode = Literal["linear"] | View | Conversion
"""The output of the input graph: ACEScg, a view of it, or as-shot code values, converted without ACEScg."""

# Graphics white of BT.2408, 203 nits: 75 % HLG, 58 % PQ. Captions are then as bright as a white page.
_OVERLAY_WHITE: dict[View, float] = {"sdr": 1.0, "hlg": 0.75, "pq": 0.58}
_MATRIX: dict[View, int] = {"sdr": 1, "hlg": 9, "pq": 9}

HALF_MAX = np.float32(65504)


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """The format for the encoder. `fit`: "fit" adds bars around the whole picture, "fill" crops it.

    A crop keeps the part at `anchor`, as in `place`. The bars have the colour `background` (red, green, blue from 0 to
    1, as overlays), or show a blurred copy of the picture if it is None.
    """

    width: int
    height: int
    view: View = "sdr"
    bit_depth: Literal[8, 10] = 8
    fit: Fit = "fit"
    chroma: Chroma = "420"
    anchor: Fraction = Fraction(1, 2)
    background: tuple[float, float, float] | None = (0.0, 0.0, 0.0)

    def place(self, shape: tuple[int, int]) -> Placement:
        """The placement of a picture of this display size."""
        return place(shape, (self.width, self.height), self.fit, self.anchor)

    def backdrop(self, placement: Placement) -> Backdrop | None:
        """What fills the frame around a placed picture, if it is not a colour."""
        whole = (placement.width, placement.height) == (self.width, self.height)
        return None if whole or self.background is not None else Backdrop(self.width, self.height)

    def framed(self, placement: Placement) -> Placement:
        """The placement of what the input graph makes: of the picture, or of the whole frame with its backdrop."""
        size = (self.width, self.height)
        return place(size, size, "fill") if self.backdrop(placement) else placement

    def window(self, shape: tuple[int, int], crop: CropWindow | None = None) -> PictureWindow:
        """The part of a picture of this display size that the result of the input graph shows, with a moving crop."""
        placement = crop.place(shape, (self.width, self.height)) if crop else self.place(shape)
        frame = (self.width, self.height) if self.backdrop(placement) else None
        return PictureWindow.of(placement, shape, frame)


class InputGraph:
    """The graph from planes of one layout to upright pixels, with the textures of the samples.

    With `light`, the result is the linear light from which `mode` makes code values. With a `backdrop`, it is the whole
    frame, in which the picture has its placement. With `moving`, `move` changes the window of the placement.
    """

    def __init__(
        self,
        device: Device,
        like: Planes,
        picture: Picture,
        encoding: Encoding,
        mode: Mode,
        placement: Placement,
        *,
        light: bool = False,
        backdrop: Backdrop | None = None,
        moving: bool = False,
    ) -> None:
        self._device = device
        # Alpha is applied in linear light if the output is linear, else in code values.
        self._straight = mode == "linear"
        self._last: Planes | None = None
        self._display: Lease | None = None
        forms = {name: samples_image(like, number) for number, name in enumerate(("luma", "cb", "cr"))}
        self._samples = {name: device.texture(form.format, form.width, form.height) for name, form in forms.items()}
        transform = mode.input if isinstance(mode, Conversion) else input_transform(encoding, picture.primaries)
        stored = (like.width, like.height)
        upright = (stored[1], stored[0]) if quarters(picture.rotation) % 2 else stored
        shape = (picture.display_width, picture.display_height)
        window = MovingWindow(upright, shape, placement) if moving else None
        across, down, halve = (None, None, window.halve) if window else _axes(upright, shape, placement)
        graph = Graph()
        for name, form in forms.items():
            graph.source(name, form)
        graph.add(InputPass(like, transform, picture.rotation, picture.mirrored, halve))
        made = "scene"
        for axis, is_down in ((down, True), (across, False)):
            if axis is not None:
                graph.add(ScalePass(axis, is_down), picture=made, scaled=f"{made}, scaled")
                made = f"{made}, scaled"
        if window:
            made = window.add(graph, made)
        self._window = window
        if backdrop:
            scene = (-(-upright[0] // 2), -(-upright[1] // 2)) if halve else upright
            made = backdrop.add(graph, "scene", made, scene, shape, placement)
        if mode != "linear" and not light:
            graph.add(display_pass(mode, picture.primaries, device.display), picture=made)
            made = "display"
        self._made = made
        self.plan: Plan = Plan(device, graph, [made])

    def move(self, placement: Placement) -> None:
        """Shows the window of another placement in the same frame from the next run on, if this graph is `moving`."""
        if self._window and self._window.move(self.plan, placement):
            self.forget()

    def show(self, planes: Planes, commands: Commands) -> Lease:
        """The rendered picture on the GPU, cached for the last frame. This object owns the lease."""
        if planes is not self._last or self._display is None:
            self.forget()
            self._display = self._run(planes, commands)
            self._last = planes
        return self._display

    def forget(self) -> None:
        """Releases the cached picture."""
        self._last = None
        if self._display is not None:
            self._display.release()
            self._display = None

    def read(self, planes: Planes) -> NDArray[Any]:
        """An upright frame as ACEScg half floats or display codes, (height, width, 4)."""
        (pixels,) = self.begin(planes).result()
        return pixels

    def begin(self, planes: Planes) -> Pending:
        """As `read`, but returns before the frame is finished."""
        with self._device.commands() as commands, self._run(planes, commands) as result:
            return self._device.fetch([result], into=commands)

    def display(self, planes: Planes) -> Floats:
        """A frame as code values 0–1, float32 (height, width, 3). The mode must not be "linear"."""
        return display_codes(self.read(planes))

    def _run(self, planes: Planes, commands: Commands) -> Lease:
        planes = planes if self._straight else planes.over_black()
        for number, texture in enumerate(self._samples.values()):
            self._device.upload_texture(texture, _in_texels(planes.samples[number], texture.width * 16))
        return self.plan.run(self._samples, into=commands)[self._made]


class OutputGraph:
    """The graph that places an upright picture in the output, adds an overlay, and creates the encoder's planes."""

    def __init__(self, device: Device, placement: Placement, spec: OutputSpec) -> None:
        self._device = device
        self._spec = spec
        self.placement = placement
        self._layout = PlaneLayout(spec.width, spec.height, spec.bit_depth, spec.chroma)
        # Without an overlay, the pass still needs a buffer of one word.
        self._overlays: dict[bool, Buffer] = {False: device.buffer(4, "no overlay")}
        # With and without an overlay, each compiled at its first frame.
        self._plans: dict[bool, Plan] = {}

    def begin(self, display: Lease, overlay: Overlay | None, frame_number: int, commands: Commands) -> PendingOutput:
        """Starts to render a frame. Raises ValueError if the overlay and the output differ in size."""
        if overlay is not None:
            if overlay.shape != (self._spec.height, self._spec.width, 4):
                raise ValueError(f"an overlay of {overlay.shape} does not fit {self._spec}")
            if True not in self._overlays:
                self._overlays[True] = self._device.buffer(self._spec.width * self._spec.height * 4, "overlay")
            self._device.upload(self._overlays[True], np.ascontiguousarray(overlay))
        plan = self._plan(overlay is not None)
        plan.set("yuv", frame=frame_number & 0xFFFFFFFF)
        sources = {"display": display.resource, "overlay": self._overlays[overlay is not None]}
        with plan.run(sources, into=commands)["planes"] as made:
            return PendingOutput(self._device.fetch([made], into=commands), self._layout)

    def reload(self) -> bool:
        """Reload changed files below `shaders/`, as `Plan.reload`."""
        reloaded = [plan.reload() for plan in self._plans.values()]
        return any(reloaded)

    def _plan(self, overlaid: bool) -> Plan:
        if overlaid not in self._plans:
            spec, placement = self._spec, self.placement
            shown, corner = (placement.width, placement.height), (placement.x, placement.y)
            white = _OVERLAY_WHITE[spec.view]
            graph = Graph()
            graph.source("display", Image(*shown, self._device.display))
            graph.source("overlay", Bytes(4))
            graph.add(
                YuvPass(self._layout, _MATRIX[spec.view], white, corner, shown, spec.background, overlaid=overlaid)
            )
            self._plans[overlaid] = Plan(self._device, graph, ["planes"])
        return self._plans[overlaid]


def display_codes(pixels: NDArray[Any]) -> Floats:
    """The code values 0–1 of a read display texture, float32 (height, width, 3)."""
    shown = np.ascontiguousarray(pixels[..., :3])
    return shown.astype(np.float32) / np.float32(65535 if shown.dtype == np.uint16 else 1)


def display_pass(mode: View | Conversion, primaries: int, form: str) -> AsShotPass | ViewPass:
    """The pass from linear light to display codes of texture format `form`; `primaries` are the light's (H.273)."""
    return AsShotPass(mode, primaries, form) if isinstance(mode, Conversion) else ViewPass(mode, form)


@dataclass(frozen=True, slots=True)
class PendingOutput:
    """A frame that is being read from the GPU."""

    pending: Pending
    layout: PlaneLayout

    def result(self) -> YuvPlanes:
        """Waits for the frame and returns it."""
        (data,) = self.pending.result()
        layout = self.layout
        samples = data.view(np.uint16 if layout.bit_depth > 8 else np.uint8)
        stride = layout.chroma_words * layout.in_word
        y = samples[: layout.cb_at * layout.in_word].reshape(layout.height, 2 * stride)[:, : layout.width]
        columns = (layout.width + 1) // 2
        u, v = samples[layout.cb_at * layout.in_word :].reshape(2, layout.chroma_rows, stride)[:, :, :columns]
        return YuvPlanes(y, u, v, layout.bit_depth)


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


def _in_texels(samples: NDArray[Any], row: int) -> NDArray[Any]:
    """The rows padded to `row` bytes each; floats are converted to half floats."""
    if samples.dtype.kind == "f":
        samples = np.clip(samples, -HALF_MAX, HALF_MAX).astype(np.float16)
    short = row - samples.shape[1] * samples.itemsize
    return np.pad(samples, ((0, 0), (0, short // samples.itemsize))) if short else samples
