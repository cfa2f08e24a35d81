"""The burnt-in captions to look for in a movie, as the recipe draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.deliver.request import Programme

# Captions that are looked for, spread over the movie.
_MOST = 8


@dataclass(frozen=True, slots=True)
class ExpectedCaption:
    """A caption in the middle of its time: the number of the frame, the time in seconds, and what is drawn.

    `rows` and `columns` of the picture have the whole caption; `luma` float32 (rows, columns), 8-bit codes, is that of
    its letters and boxes, `alpha` their opacity, 0 to 1.
    """

    frame: int
    time: Fraction
    rows: slice
    columns: slice
    luma: NDArray[np.float32]
    alpha: NDArray[np.float32]


def expect_captions(order: Programme, rate: Fraction) -> list[ExpectedCaption]:
    """The captions to look for in a movie of `rate` frames per second; none if the recipe burns none in."""
    from engine.deliver.cut_request import CutRequest
    from engine.deliver.cut_titles import without_caption_titles

    if isinstance(order, CutRequest):
        order = without_caption_titles(order)
    picture, size = order.recipe.picture, order.frame_size
    cues = [cue for cue in order.caption_tracks[0].cues if cue.text.strip()] if order.recipe.burns_captions else []
    if picture is None or size is None or not cues:
        return []
    from engine.deliver.caption_places import caption_places
    from engine.deliver.safe_zone import burnt_style
    from engine.text import CaptionRenderer

    places, usual = caption_places(order, size), burnt_style(order.recipe, size)
    numbered = [(number, cue) for number, cue in enumerate(order.caption_tracks[0].cues) if cue.text.strip()]
    step = max(1, -(-len(cues) // _MOST))
    found = []
    for number, cue in numbered[::step]:
        middle = (cue.start + cue.end) / 2
        # A caption is in the frames that begin within its time.
        if cue.start <= (frame := int(middle * rate)) / rate < cue.end:
            renderer = CaptionRenderer(*size, places[number] if places else usual)
            found.append(_expected(frame, middle, renderer.draw(cue.text)))
    return [one for one in found if one.luma.size]


def _expected(frame: int, time: Fraction, layer: NDArray[np.uint8]) -> ExpectedCaption:
    import numpy as np

    drawn = layer[..., 3] > 0
    down, across = (np.flatnonzero(drawn.any(axis)) for axis in (1, 0))
    rows = slice(int(down[0]), int(down[-1]) + 1) if len(down) else slice(0)
    columns = slice(int(across[0]), int(across[-1]) + 1) if len(across) else slice(0)
    part = layer[rows, columns].astype(np.float32)
    red, green, blue, opacity = np.moveaxis(part, -1, 0)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return ExpectedCaption(frame, time, rows, columns, luma, opacity / 255)


def windows_of(expected: Sequence[ExpectedCaption]) -> Mapping[int, tuple[slice, slice]]:
    """The parts of frames that are compared, for `inspect_movie`."""
    return {one.frame: (one.rows, one.columns) for one in expected}
