"""The pipeline from decoded planes to delivered frames: input, scaling, view and output on the GPU, or none of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property, partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Encoding, Picture
from engine.picture.alpha import upright_alpha
from engine.picture.as_shot import conversion_of
from engine.picture.choices import Rendering, View
from engine.picture.color import Floats
from engine.picture.frame_graphs import InputGraph, Mode, OutputGraph, OutputSpec, Overlay, display_codes
from engine.picture.gpu_conformance import require_conformant_device
from engine.picture.look_graph import LookGraphs, LookTarget
from engine.picture.look_source import PictureWindow
from engine.picture.moving_crop import CropWindow
from engine.picture.planes import Planes, YuvPlanes
from engine.picture.scaling import place
from engine.picture.scene_look import SceneLook
from engine.picture.unchanged import FinishedOutput, is_shown_unchanged, recorded_codes
from engine.render import Device, open_device

# Frames in flight, so that the GPU is never idle while one is decoded or encoded.
_AHEAD = 2


class PendingFrame(Protocol):
    """A frame that may not be finished yet."""

    def result(self) -> YuvPlanes:
        """Waits for the frame and returns it."""


class Pipeline:
    """Renders the frames of one take on the GPU. Graphs are compiled at the first frame and reused.

    `transform` is the take's confirmed input transform; `spec` is only needed for `run` and `stream`. `rendering`
    selects the conversion to display codes for movies and stills. Each new layout of planes is compiled at its first
    frame. `look` is applied in scene-linear ACEScg, after scaling and before the view or conversion. A frame that
    `spec` shows as it was recorded, without overlay and look, keeps its codes and needs no GPU. `crops` returns the
    moving crop of each frame number; `spec` must crop. `run`, `stream` and `linear` raise EngineError on a GPU whose
    colours differ from the CPU's.

    Methods that take a frame number dither by it, and looks depend on it.
    """

    def __init__(
        self,
        picture: Picture,
        transform: Encoding,
        spec: OutputSpec | None = None,
        *,
        rendering: Rendering = "as-shot",
        look: SceneLook | None = None,
        crops: Callable[[int], CropWindow | None] | None = None,
    ) -> None:
        self._rendering = rendering
        self._crops = crops
        self._look = look
        self._picture = picture
        self._encoding = transform
        self._spec = spec
        self._unchanged = spec is not None and is_shown_unchanged(picture, transform, spec, rendering)
        self._output: OutputGraph | None = None
        self._fronts: dict[Any, InputGraph] = {}
        self._shown: InputGraph | None = None

    def run(self, planes: Planes, overlay: Overlay | None = None, frame_number: int = 0) -> YuvPlanes:
        """One frame: scaled, upright, with view and `overlay`, dithered by its frame number."""
        return self.begin(planes, overlay, frame_number).result()

    def stream(self, frames: Iterable[tuple[Planes, Overlay | None]], first_frame: int = 0) -> Iterator[YuvPlanes]:
        """As `run` for many frames, `overlapped`. An overlay must not change until its frame is returned."""
        return overlapped(
            partial(self.begin, planes, overlay, number) for number, (planes, overlay) in enumerate(frames, first_frame)
        )

    def begin(
        self,
        planes: Planes,
        overlay: Overlay | None,
        frame_number: int,
        look: SceneLook | None = None,
        crop: CropWindow | None = None,
    ) -> PendingFrame:
        """As `run`, but returns before the frame is finished. `look` and `crop` replace those of the pipeline."""
        if self._spec is None:
            raise ValueError("this pipeline has no output")
        look = look or self._look
        crop = crop or (self._crops(frame_number) if self._crops else None)
        plain = overlay is None and look is None and crop is None
        if self._unchanged and plain and (codes := recorded_codes(planes, self._spec)):
            return FinishedOutput(codes)
        size = (self._picture.display_width, self._picture.display_height)
        if self._output is None:
            self._output = OutputGraph(self._device, self._spec.framed(self._spec.place(size)), self._spec)
        mode, lit = self._mode(self._spec.view), look is not None
        key = (planes.layout, lit, crop is not None)
        front = self._fronts.get(key)
        if front is None:
            self._require(mode)
            spot = self._spec.place(size)
            front = InputGraph(
                self._device,
                planes,
                self._picture,
                self._encoding,
                self._spec.view if lit else mode,
                spot,
                light=lit,
                backdrop=self._spec.backdrop(spot),
                moving=crop is not None,
            )
            self._fronts[key] = front
        if crop is not None:
            front.move(crop.place(size, (self._spec.width, self._spec.height)))
        if self._shown is not None and self._shown is not front:
            self._shown.forget()
        self._shown = front
        # Submit once: on lavapipe, a second submission would block until the first is done.
        try:
            with self._device.commands() as commands:
                shown = front.show(planes, commands)
                if look is None:
                    return self._output.begin(shown, overlay, frame_number, commands)
                target = LookTarget.of(mode, self._encoding, self._picture)
                framed = (self._output.placement.width, self._output.placement.height)
                window = self._spec.window(size, crop)
                graded = self._looks.apply(shown, framed, look, frame_number, target, commands, 0, window)
                with graded:
                    return self._output.begin(graded, overlay, frame_number, commands)
        except BaseException:
            front.forget()
            raise

    def linear(self, planes: Planes, frame_number: int = 0, width: int | None = None) -> Floats:
        """The whole upright picture as scene-linear ACEScg over black, float32 (display height, display width, 3).

        It has its own size, or is `width` pixels wide. Values of opaque pixels are exact half floats, the output format
        of the input pass.
        """
        return np.ascontiguousarray(self.linear_with_alpha(planes, frame_number, width)[..., :3])

    def linear_with_alpha(self, planes: Planes, frame_number: int = 0, width: int | None = None) -> Floats:
        """As `linear`, with premultiplied alpha as a fourth channel if the frame has alpha and its own size."""
        self._require("linear")
        scene = self._read(planes, "linear", width, frame_number)
        light = np.ascontiguousarray(scene[..., :3]).astype(np.float32)
        alpha = upright_alpha(planes, self._picture)
        if alpha is None or width is not None:
            return light
        return np.dstack([light if planes.is_float else light * alpha[..., None], alpha])

    def display(
        self,
        planes: Planes,
        width: int | None = None,
        view: View = "sdr",
        frame_number: int = 0,
        look: SceneLook | None = None,
    ) -> Floats:
        """The upright picture as display code values 0–1 of a view, float32 (height, width, 3).

        It has its own size, or is `width` pixels wide. `look` replaces that of the pipeline.
        """
        return display_codes(self._read(planes, self._mode(view), width, frame_number, view, look))

    def view_rgb8(
        self, planes: Planes, width: int | None = None, frame_number: int = 0, look: SceneLook | None = None
    ) -> NDArray[np.uint8]:
        """The picture as in an SDR deliverable, rounded to uint8 (height, width, 3); `look` as in `display`."""
        return np.rint(self.display(planes, width, "sdr", frame_number, look) * 255).astype(np.uint8)

    def reload(self) -> bool:
        """Reload changed files below `shaders/`. Returns whether any changed; raises EngineError with file and line."""
        changed = self._output is not None and self._output.reload()
        for front in self._fronts.values():
            if front.plan.reload():
                front.forget()
                changed = True
        return (self._look is not None and self._looks.reload()) or changed

    @cached_property
    def _device(self) -> Device:
        return open_device()

    @cached_property
    def _looks(self) -> LookGraphs:
        return LookGraphs(self._device)

    def _mode(self, view: View) -> Mode:
        return conversion_of(self._encoding, view, self._rendering) or view

    def _require(self, mode: Mode) -> None:
        require_conformance(self._encoding, mode)

    def _read(
        self,
        planes: Planes,
        mode: Mode,
        width: int | None,
        number: int,
        view: View | None = None,
        look: SceneLook | None = None,
    ) -> NDArray[Any]:
        """An upright frame as ACEScg half floats or display codes, (height, width, 4)."""
        size = (self._picture.display_width, self._picture.display_height)
        target = size if width is None else (width, max(1, round(width * size[1] / size[0])))
        look = look or self._look
        if look is None:
            return self._still(planes, mode, target, light=False).read(planes)
        front = self._still(planes, view or "linear", target, light=True)
        result = LookTarget.of(mode, self._encoding, self._picture)
        window = PictureWindow.of(place(size, target, "fill"), size)
        return self._looks.read(front, planes, target, look, number, result, window)

    def _still(self, planes: Planes, mode: Mode, target: tuple[int, int], light: bool) -> InputGraph:
        key = (planes.layout, mode, target, light)
        if key not in self._fronts:
            size = (self._picture.display_width, self._picture.display_height)
            placement = place(size, target, "fill")
            self._fronts[key] = InputGraph(
                self._device, planes, self._picture, self._encoding, mode, placement, light=light
            )
        return self._fronts[key]


def require_conformance(encoding: Encoding, mode: Mode) -> None:
    """Raises EngineError on a GPU whose colours differ from the CPU's for this input and mode."""
    inputs = [] if encoding is Encoding.EXR else [encoding]
    require_conformant_device(inputs if mode == "linear" else [*inputs, mode])


def overlapped(begins: Iterable[Callable[[], PendingFrame]]) -> Iterator[YuvPlanes]:
    """The frames that these functions begin, in order: one is rendered while the next is decoded and the last encoded.

    Submitting work may block until earlier work is done (on lavapipe), so a separate thread submits the next frame
    before it reads the last one.
    """
    with ThreadPoolExecutor(1, "gpu") as gpu:
        begun: Future[PendingFrame] | None = None
        waiting: deque[Future[YuvPlanes]] = deque()
        for begin in begins:
            last, begun = begun, gpu.submit(begin)
            if last:
                waiting.append(gpu.submit(_finish, last))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        if begun:
            waiting.append(gpu.submit(_finish, begun))
        while waiting:
            yield waiting.popleft().result()


def _finish(begun: Future[PendingFrame]) -> YuvPlanes:
    return begun.result().result()
