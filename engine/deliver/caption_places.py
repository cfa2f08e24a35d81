"""Places burnt-in captions where they cover no face, if the recipe asks for it and the faces of the take are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.deliver.canvas import crop_anchor
from engine.deliver.request import DeliverableRequest, Programme
from engine.deliver.safe_zone import burnt_style

if TYPE_CHECKING:
    from engine.perception import TakeFaces
    from engine.speech import Cue
    from engine.text import TextStyle

# A detector's box begins at the brows: the forehead is this share of its height.
_FOREHEAD = 0.3
# A caption may cover this share of a face.
_COVERED = 0.02
# The steps by which a caption moves towards the middle, and the largest margin, as shares of the height.
_STEP, _MOST_ENDS = 0.05, 0.4
# Faces are looked up this often during a caption.
_LOOKS = 12


@dataclass(frozen=True, slots=True)
class _Area:
    """Edges as shares of the width and height of the deliverable's picture."""

    left: float
    top: float
    right: float
    bottom: float

    def share_in(self, other: _Area) -> float:
        """The share of this area that another one covers."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        own = (self.right - self.left) * (self.bottom - self.top)
        return max(0.0, wide) * max(0.0, high) / own if own > 0 else 0.0


def caption_places(order: Programme, size: tuple[int, int]) -> tuple[TextStyle, ...]:
    """The style of each burnt-in caption of a programme, which differs in its place; (width, height) in pixels.

    A caption stays in its place for its whole time. It moves only if it would cover a face: to the other edge of the
    picture, or towards the middle, whichever covers least. Empty if no caption moves, and in cuts.
    """
    if not isinstance(order, DeliverableRequest) or order.faces is None or not order.recipe.burns_captions:
        return ()
    usual, cues = burnt_style(order.recipe, size), order.caption_tracks[0].cues
    places = tuple(_place(order, order.faces, cue, size, usual) for cue in cues)
    return places if any(one != usual for one in places) else ()


def caption_notes(order: Programme) -> list[str]:
    """A note for the receipt: how many captions moved."""
    size = order.frame_size
    if size is None or not order.recipe.avoids_faces:
        return []
    usual, places = burnt_style(order.recipe, size), caption_places(order, size)
    moved = sum(one != usual for one in places)
    if not moved:
        return []
    return [f"{moved} of {len(places)} captions moved, because they would cover a face"]


def _place(order: DeliverableRequest, faces: TakeFaces, cue: Cue, size: tuple[int, int], usual: TextStyle) -> TextStyle:
    shown = list(_faces_during(order, faces, cue, size))
    if not shown or not cue.text.strip():
        return usual
    best, least, rows = usual, 1.0, 0
    for style in _styles(order, size, usual):
        area, height = _caption_area(cue.text, size, style)
        rows = rows or height
        covered = max(face.share_in(area) for face in shown)
        # A margin may leave no room for all lines.
        if height >= rows and covered < least - _COVERED:
            best, least = style, covered
        if least <= _COVERED:
            break
    return best


def _styles(order: DeliverableRequest, size: tuple[int, int], usual: TextStyle) -> Iterator[TextStyle]:
    """The places in the order in which they are tried: both edges, then ever closer to the middle."""
    other = burnt_style(order.recipe, size, "top" if usual.position == "bottom" else "bottom")
    yield from (usual, other)
    for number in range(1, round(_MOST_ENDS / _STEP)):
        for style in (usual, other):
            if (ends := style.ends + number * _STEP) <= _MOST_ENDS:
                yield replace(style, ends=ends)


def _caption_area(text: str, size: tuple[int, int], style: TextStyle) -> tuple[_Area, int]:
    """The area of a drawn caption, and its height in pixels."""
    import numpy as np

    from engine.text import CaptionRenderer

    width, height = size
    rows, columns = np.nonzero(CaptionRenderer(*size, style).draw(text)[..., 3])
    if not rows.size:
        return _Area(0, 0, 0, 0), 0
    top, bottom, left, right = (int(edge) for edge in (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1))
    return _Area(left / width, top / height, right / width, bottom / height), bottom - top


def _faces_during(order: DeliverableRequest, faces: TakeFaces, cue: Cue, size: tuple[int, int]) -> Iterator[_Area]:
    """The faces in the deliverable's picture while a caption is shown."""
    from engine.picture import OutputSpec

    picture, recipe = order.footage.probe.picture, order.recipe.picture
    assert picture
    assert recipe
    shape = picture.display_width, picture.display_height
    spec = OutputSpec(*size, fit="fill" if recipe.crops else "fit", anchor=crop_anchor(recipe.crop))
    for number in range(_LOOKS):
        time = order.begin + cue.start + (cue.end - cue.start) * Fraction(2 * number + 1, 2 * _LOOKS)
        crop = order.follow.at(time) if order.follow else None
        placed = crop.place(shape, size) if crop else spec.place(shape)
        window = zip(placed.start, placed.span, (placed.x, placed.y), (placed.width, placed.height), strict=True)
        axes = [
            (float(start), float(span), at / pixels, length / pixels, edge)
            for (start, span, at, length), pixels, edge in zip(window, size, shape, strict=True)
        ]
        for track in faces.tracks:
            if box := track.box_at(faces.tick_at(time), float(faces.rate)):
                left, top, wide, high = box
                edges = ((left, left + wide), (top - _FOREHEAD * high, top + high))
                (first, last), (upper, lower) = (
                    tuple(at + (edge * pixels - start) / span * length for edge in pair)
                    for (start, span, at, length, pixels), pair in zip(axes, edges, strict=True)
                )
                yield _Area(first, upper, last, lower)
