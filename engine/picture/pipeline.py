"""From decoded planes to a delivered frame, on the GPU: the door, scaling, the view, and out to the encoder."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Encoding, Picture
from engine.picture.alpha import upright_alpha
from engine.picture.as_shot import conversion_of
from engine.picture.choices import Rendering, View
from engine.picture.color import Floats
from engine.picture.frame_graphs import InputGraph, Mode, OutputGraph, OutputSpec, Overlay, PendingOutput
from engine.picture.gpu_conformance import require_conformant_device
from engine.picture.planes import Planes, YuvPlanes
from engine.picture.scaling import place
from engine.render import open_device

# Frames handed on before the first is waited for: the GPU never runs dry while one is decoded or encoded.
_AHEAD = 2


class Pipeline:
    """One take's way through the GPU. Graphs are compiled for the first frame and used for all that follow.

    `transform` is the input transform the take was confirmed with; `spec` may be left out where only
    `linear` and `view_rgb8` are wanted. `rendering` says how display codes come about, for films and stills alike.
    A layout of planes met for the first time is compiled when it comes. Deliverables and `linear` are strict work:
    EngineError on a GPU that does not make the CPU's colours.
    """

    def __init__(
        self,
        picture: Picture,
        transform: Encoding,
        spec: OutputSpec | None = None,
        *,
        rendering: Rendering = "as-shot",
    ) -> None:
        self._device = open_device()
        self._rendering = rendering
        self._picture = picture
        self._encoding = transform
        self._spec = spec
        self._output = OutputGraph(self._device, picture, spec) if spec else None
        self._fronts: dict[Any, InputGraph] = {}
        self._shown: InputGraph | None = None

    def run(self, planes: Planes, overlay: Overlay | None = None, frame_number: int = 0) -> YuvPlanes:
        """One frame, scaled, upright, seen through the view, under `overlay`; dithered by its frame number."""
        return self._begin(planes, overlay, frame_number).result()

    def stream(self, frames: Iterable[tuple[Planes, Overlay | None]], first_frame: int = 0) -> Iterator[YuvPlanes]:
        """The same for frame after frame; each is on the GPU while the next is decoded and the last encoded.

        Handing work to a GPU may wait for what it was handed before (lavapipe does), so a thread of its own does it,
        and hands over the next frame before it asks for the last.
        An overlay must stay as it is until its frame has come out.
        """
        with ThreadPoolExecutor(1, "gpu") as gpu:
            begun: Future[PendingOutput] | None = None
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

    def _begin(self, planes: Planes, overlay: Overlay | None, frame_number: int) -> PendingOutput:
        if self._spec is None or self._output is None:
            raise ValueError("this pipeline was made without an output")
        front = self._fronts.get(planes.layout)
        if front is None:
            mode = self._mode(self._spec.view)
            self._require(mode)
            front = InputGraph(self._device, planes, self._picture, self._encoding, mode, self._output.placement)
            self._fronts[planes.layout] = front
        if self._shown is not None and self._shown is not front:
            self._shown.forget()
        self._shown = front
        # Handed over in one piece: on lavapipe a second piece would wait here for the first to be done.
        try:
            with self._device.commands() as commands:
                return self._output.begin(front.show(planes, commands), overlay, frame_number, commands)
        except BaseException:
            front.forget()
            raise

    def linear(self, planes: Planes) -> Floats:
        """The whole picture upright as scene-linear ACEScg over black, float32 (display height, display width, 3).

        Every value of an opaque pixel is one that a half float holds: that is what the door makes.
        """
        return np.ascontiguousarray(self.linear_with_alpha(planes)[..., :3])

    def linear_with_alpha(self, planes: Planes) -> Floats:
        """The same, and opacity as a fourth channel where the frame has it, by which the colours are multiplied."""
        self._require("linear")
        scene = self._still(planes, "linear", None).read(planes)
        light = np.ascontiguousarray(scene[..., :3]).astype(np.float32)
        alpha = upright_alpha(planes, self._picture)
        if alpha is None:
            return light
        return np.dstack([light if planes.is_float else light * alpha[..., None], alpha])

    def display(self, planes: Planes, width: int | None = None, view: View = "sdr") -> Floats:
        """The picture upright as `rendering` brings it to a view: code values 0–1, float32 (h, w, 3).

        At its own size, or `width` pixels wide.
        """
        return self._still(planes, self._mode(view), width).display(planes)

    def view_rgb8(self, planes: Planes, width: int | None = None) -> NDArray[np.uint8]:
        """What an SDR deliverable shows, rounded to uint8, as a PNG holds it."""
        return np.rint(self.display(planes, width) * 255).astype(np.uint8)

    def reload(self) -> bool:
        """Take up what changed below `shaders/`; says whether anything did. EngineError with file and line."""
        changed = self._output is not None and self._output.plan.reload()
        for front in self._fronts.values():
            if front.plan.reload():
                front.forget()
                changed = True
        return changed

    def _mode(self, view: View) -> Mode:
        return conversion_of(self._encoding, view, self._rendering) or view

    def _require(self, mode: Mode) -> None:
        inputs = [] if self._encoding is Encoding.EXR else [self._encoding]
        require_conformant_device(inputs if mode == "linear" else [*inputs, mode])

    def _still(self, planes: Planes, mode: Mode, width: int | None) -> InputGraph:
        size = (self._picture.display_width, self._picture.display_height)
        target = size if width is None else (width, max(1, round(width * size[1] / size[0])))
        key = (planes.layout, mode, target)
        if key not in self._fronts:
            placement = place(size, target, "fill")
            self._fronts[key] = InputGraph(self._device, planes, self._picture, self._encoding, mode, placement)
        return self._fronts[key]


def _finish(begun: Future[PendingOutput]) -> YuvPlanes:
    return begun.result().result()
