"""Places burnt-in captions where they cover no face, if the recipe asks for it and the faces of the takes are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.deliver.cut_request import CutRequest
from engine.deliver.request import DeliverableRequest, Programme
from engine.deliver.safe_zone import burnt_style
from engine.deliver.visible_faces import FacedProgramme, FrameArea, VisibleFaces

if TYPE_CHECKING:
    from engine.speech import Cue
    from engine.text import TextStyle

# A caption may cover this share of a face.
_COVERED = 0.02
# The steps by which a caption moves towards the middle, and the largest margin, as shares of the height.
_STEP, _MOST_ENDS = 0.05, 0.4
# Faces are looked up this often during a caption.
_LOOKS = 12


def caption_places(order: Programme, size: tuple[int, int]) -> tuple[TextStyle, ...]:
    """The style of each burnt-in caption of a programme, which differs in its place; (width, height) in pixels.

    A caption stays in its place for its whole time. It moves only if it would cover a face: to the other edge of the
    picture, or towards the middle, whichever covers least. Empty if no caption moves.
    """
    if not isinstance(order, DeliverableRequest | CutRequest) or not order.recipe.burns_captions:
        return ()
    faces = VisibleFaces(order, size)
    if not faces.are_known:
        return ()
    usual, cues = burnt_style(order.recipe, size), order.caption_tracks[0].cues
    places = tuple(_place(order, faces, cue, size, usual) for cue in cues)
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


def _place(order: FacedProgramme, faces: VisibleFaces, cue: Cue, size: tuple[int, int], usual: TextStyle) -> TextStyle:
    shown = list(_faces_during(faces, cue))
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


def _styles(order: FacedProgramme, size: tuple[int, int], usual: TextStyle) -> Iterator[TextStyle]:
    """The places in the order in which they are tried: both edges, then ever closer to the middle."""
    other = burnt_style(order.recipe, size, "top" if usual.position == "bottom" else "bottom")
    yield from (usual, other)
    for number in range(1, round(_MOST_ENDS / _STEP)):
        for style in (usual, other):
            if (ends := style.ends + number * _STEP) <= _MOST_ENDS:
                yield replace(style, ends=ends)


def _caption_area(text: str, size: tuple[int, int], style: TextStyle) -> tuple[FrameArea, int]:
    """The area of a drawn caption, and its height in pixels."""
    import numpy as np

    from engine.text import CaptionRenderer

    width, height = size
    rows, columns = np.nonzero(CaptionRenderer(*size, style).draw(text)[..., 3])
    if not rows.size:
        return FrameArea(0, 0, 0, 0), 0
    top, bottom, left, right = (int(edge) for edge in (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1))
    return FrameArea(left / width, top / height, right / width, bottom / height), bottom - top


def _faces_during(faces: VisibleFaces, cue: Cue) -> Iterator[FrameArea]:
    """The faces that are visible while a caption is shown."""
    for number in range(_LOOKS):
        yield from faces.at(cue.start + (cue.end - cue.start) * Fraction(2 * number + 1, 2 * _LOOKS))
