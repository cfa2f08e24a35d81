"""The known faces in the picture of a programme: where its crop, its bars and its edits place those of its takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from engine.deliver.canvas import crop_anchor
from engine.deliver.cut_request import CutRequest
from engine.deliver.follow import cut_crop
from engine.deliver.request import DeliverableRequest
from engine.timeline import CutLayers

if TYPE_CHECKING:
    from engine.catalog import Picture
    from engine.deliver.recipe import Recipe
    from engine.perception import TakeFaces
    from engine.picture import CropWindow

FacedProgramme: TypeAlias = DeliverableRequest | CutRequest
"""A programme whose faces may be known."""

# A detector's box begins at the brows: the forehead is this share of its height.
_FOREHEAD = 0.3


@dataclass(frozen=True, slots=True)
class FrameArea:
    """Edges as shares of the width and height of the deliverable's picture."""

    left: float
    top: float
    right: float
    bottom: float

    def share_in(self, other: FrameArea) -> float:
        """The share of this area that another one covers."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        own = (self.right - self.left) * (self.bottom - self.top)
        return max(0.0, wide) * max(0.0, high) / own if own > 0 else 0.0


class VisibleFaces:
    """The faces in a picture of `size`, (width, height) in pixels."""

    def __init__(self, order: FacedProgramme, size: tuple[int, int]) -> None:
        self._order, self._size = order, size
        self._layers = CutLayers(order.cut) if isinstance(order, CutRequest) else None

    @property
    def are_known(self) -> bool:
        """Whether those of a take are known."""
        return bool(self._order.faces)

    def at(self, time: Fraction) -> Iterator[FrameArea]:
        """The faces at a time of the programme, in seconds from its start.

        During a transition of a cut, the faces of both clips are visible, where they are without it.
        """
        order = self._order
        if isinstance(order, DeliverableRequest):
            picture, clock = order.footage.probe.picture, order.begin + time
            if picture and order.faces:
                crop = order.follow.at(clock) if order.follow else None
                yield from _placed(order.faces, clock, picture, crop, order.recipe, self._size)
            return
        assert self._layers
        cut = order.cut
        for layer in self._layers.at(min(int(time * cut.rate), cut.length - 1)):
            take, clock = cut.clips[layer.clip].take or "", layer.tick / cut.rate
            faces, picture = order.faces.get(take), order.takes[take].footage.probe.picture
            if faces and picture:
                yield from _placed(faces, clock, picture, cut_crop(order, take, clock), order.recipe, self._size)


def _placed(
    faces: TakeFaces, clock: Fraction, picture: Picture, crop: CropWindow | None, recipe: Recipe, size: tuple[int, int]
) -> Iterator[FrameArea]:
    """The faces at a time on a take's clock; `crop` is the moving crop, if there is one."""
    from engine.picture import OutputSpec

    assert recipe.picture
    shape = picture.display_width, picture.display_height
    fixed = OutputSpec(*size, fit="fill" if recipe.picture.crops else "fit", anchor=crop_anchor(recipe.picture.crop))
    placed = crop.place(shape, size) if crop else fixed.place(shape)
    window = zip(placed.start, placed.span, (placed.x, placed.y), (placed.width, placed.height), strict=True)
    axes = [
        (float(start), float(span), edge / pixels, length / pixels, whole)
        for (start, span, edge, length), pixels, whole in zip(window, size, shape, strict=True)
    ]
    for track in faces.tracks:
        if box := track.box_at(faces.tick_at(clock), float(faces.rate)):
            left, top, wide, high = box
            edges = ((left, left + wide), (top - _FOREHEAD * high, top + high))
            (first, last), (upper, lower) = (
                tuple(begin + (edge * whole - start) / span * length for edge in pair)
                for (start, span, begin, length, whole), pair in zip(axes, edges, strict=True)
            )
            yield FrameArea(first, upper, last, lower)
