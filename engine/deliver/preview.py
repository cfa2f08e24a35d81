"""Single frames of a deliverable for a screen: rendered as the delivery renders them, but smaller and in SDR."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.catalog import Condition, Encoding, Picture
from engine.deliver.burn_in import OverlaySource, burn_in, take_timecode
from engine.deliver.condition import SourceCondition
from engine.deliver.cut_condition import CutCondition
from engine.deliver.cut_pictures import CutPictures
from engine.deliver.cut_request import CutRequest, refuse_impossible_cut
from engine.deliver.cut_titles import titled, without_caption_titles
from engine.deliver.follow import take_crops
from engine.deliver.movie import PictureStream, output_spec
from engine.deliver.picture_recipe import PictureRecipe
from engine.deliver.request import DeliverableRequest, refuse_impossible
from engine.deliver.take_pictures import TakePictures
from engine.errors import RequestError
from engine.ingest import picture_transform
from engine.picture import Compositor, OutputSpec, PictureSource, Pipeline, Planes, YuvPlanes
from engine.time import Timecode

# Rendered at this multiple of the shown width, so that chroma has a sample for each shown pixel.
_OVERSAMPLING = 2


class DeliveryFrames:
    """The frames of a take's or a cut's deliverable, at most `width` pixels wide. Not thread-safe; close it after use.

    Damage of the source is shown, not refused. Raises RequestError if the recipe has no picture or cannot be applied,
    GateError if the picture needs a decision of the user.
    """

    def __init__(self, order: DeliverableRequest | CutRequest, width: int) -> None:
        recipe, size = order.recipe.picture, order.frame_size
        if recipe is None or size is None:
            raise RequestError(f"{order.recipe.name} has no picture.")
        self.order, self.width = order, width
        self._shown_width = min(width, size[0])
        with ExitStack() as stack:
            work = Path(stack.enter_context(TemporaryDirectory(prefix="cleanwater-frames-")))
            spec = _small_spec(recipe, size, self._shown_width)
            self.frames = order.frames if isinstance(order, CutRequest) else len(order.ticks)
            self._pictures = open_pictures(order, recipe, size, spec, work, stack)
            self._player = Pipeline(_movie_picture(spec), Encoding.REC709)
            self._stack = stack.pop_all()

    def at(self, frame: int) -> NDArray[np.uint8]:
        """A frame as 8-bit SDR codes (height, width, 3); numbers are clamped to the first and last."""
        number = min(max(frame, 0), self.frames - 1)
        (planes,) = self._pictures.frames(range(number, number + 1))
        return self._player.view_rgb8(_as_decoded(planes), self._shown_width)

    def close(self) -> None:
        """Closes the files."""
        self._stack.close()

    def __enter__(self) -> Self:
        """Returns the frames."""
        return self

    def __exit__(self, *error: object) -> None:
        """Closes the files."""
        self.close()


def open_pictures(
    order: DeliverableRequest | CutRequest,
    recipe: PictureRecipe,
    size: tuple[int, int],
    spec: OutputSpec,
    work: Path,
    stack: ExitStack,
) -> PictureStream[YuvPlanes]:
    """The pictures of a deliverable of `size`, rendered to `spec`. `stack` closes its files; `work` is temporary.

    Damage of the source is shown, not refused. Errors as `DeliveryFrames`.
    """
    if isinstance(order, CutRequest):
        return _cut_pictures(order, recipe, size, spec, work, stack)
    return _take_pictures(order, recipe, size, spec, work, stack)


class _SmallBurnIn:
    """A burn-in that is drawn at the size of the deliverable and scaled, so that its lines break at the same words."""

    def __init__(self, drawn: OverlaySource, size: tuple[int, int]) -> None:
        self._drawn, self._size = drawn, size

    def at(self, tick: int) -> NDArray[np.uint8] | None:
        """The layer for a tick; None if it shows nothing."""
        layer = self._drawn.at(tick)
        if layer is None or (layer.shape[1], layer.shape[0]) == self._size:
            return layer
        return np.asarray(Image.fromarray(layer).resize(self._size, Image.Resampling.BOX))


def _small_spec(recipe: PictureRecipe, size: tuple[int, int], width: int) -> OutputSpec:
    spec = replace(output_spec(recipe, size), view="sdr", bit_depth=8, chroma="420")
    across = min(size[0], width * _OVERSAMPLING)
    small = (_even(across), _even(across * size[1] / size[0])) if across < size[0] else size
    return replace(spec, width=small[0], height=small[1])


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2)


def _take_pictures(
    order: DeliverableRequest,
    recipe: PictureRecipe,
    size: tuple[int, int],
    spec: OutputSpec,
    work: Path,
    stack: ExitStack,
) -> PictureStream[YuvPlanes]:
    refuse_impossible(order)
    picture = order.footage.probe.picture
    transform = picture_transform(order.footage, order.input_transform)
    if picture is None or transform is None or order.footage.grid is None:
        raise RequestError(f"{order.label} has no picture.")
    overlay = burn_in(order, recipe, *size, take_timecode(order))
    source = stack.enter_context(PictureSource(order.footage.path, picture))
    pipeline = Pipeline(
        picture, transform, spec, rendering=recipe.rendering, look=order.scene_look, crops=take_crops(order)
    )
    accepted = SourceCondition(order, Condition(checked=True), accepted=True)
    return TakePictures(order, source, pipeline, _scaled(overlay, spec), accepted, work)


def _cut_pictures(
    order: CutRequest, recipe: PictureRecipe, size: tuple[int, int], spec: OutputSpec, work: Path, stack: ExitStack
) -> PictureStream[YuvPlanes]:
    refuse_impossible_cut(order)
    overlay = titled(order, size, burn_in(without_caption_titles(order), recipe, *size, Timecode(order.rate)))
    checked = dict.fromkeys(order.cut.takes, Condition(checked=True))
    condition = CutCondition(order, checked, accepted=True)
    pictures = CutPictures(order, Compositor(spec, recipe.rendering), _scaled(overlay, spec), condition, work)
    stack.callback(pictures.close)
    return pictures


def _scaled(overlay: OverlaySource | None, spec: OutputSpec) -> OverlaySource | None:
    return _SmallBurnIn(overlay, (spec.width, spec.height)) if overlay else None


def _movie_picture(spec: OutputSpec) -> Picture:
    """The picture of an SDR movie with the frames of a format."""
    return Picture(
        index=0,
        codec="",
        pixel_format="yuv420p",
        width=spec.width,
        height=spec.height,
        display_width=spec.width,
        display_height=spec.height,
        frame_rate=1,
        frames=1,
        encoding=Encoding.REC709,
        input_transform=Encoding.REC709,
        primaries=1,
    )


def _as_decoded(planes: YuvPlanes) -> Planes:
    """A frame for the encoder as a player decodes it."""
    height, width = planes.y.shape
    y, u, v = (np.ascontiguousarray(plane) for plane in (planes.y, planes.u, planes.v))
    return Planes((y, u, v), width, height, 8, (1, 1), 1, full_range=False)
