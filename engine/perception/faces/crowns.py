"""The tops of heads, by the masks of the people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.perception.faces.head import Box
from engine.perception.faces.take_faces import FaceSample, TakeFaces

if TYPE_CHECKING:
    from engine.perception.sidecars import PerceptionReader

# A mask with less confidence says nothing about a head.
_CONFIDENT = 0.5
# The part of a face's width above which its crown is: hands beside a head are no part of it.
_MIDDLE = (0.25, 0.75)


def with_crowns(faces: TakeFaces, masks: PerceptionReader) -> TakeFaces:
    """The faces with the crowns that stored masks show. Raises EngineError if a mask cannot be read."""

    def crowned(one: FaceSample) -> FaceSample:
        quality = masks.quality("person_mask", one.tick)
        if quality.confidence < _CONFIDENT:
            return one
        return one.model_copy(update={"crown": crown_above(masks.mask(one.tick).alpha, one.box)})

    tracks = tuple(track.model_copy(update={"samples": tuple(map(crowned, track.samples))}) for track in faces.tracks)
    return faces.model_copy(update={"tracks": tracks})


def crown_above(alpha: NDArray[np.float32], face: Box) -> float | None:
    """The upper end of the person above a face, as a share of the frame's height; None without a mask at the face."""
    height, width = alpha.shape
    left, top, across, _ = face
    first, last = (int(np.clip(round((left + part * across) * width), 0, width - 1)) for part in _MIDDLE)
    brow = round(top * height)
    if not 0 <= brow < height:
        return None
    outside = np.flatnonzero(alpha[: brow + 1, first : last + 1].max(axis=1) <= 0.5)
    if len(outside) and outside[-1] == brow:
        return None
    return float(outside[-1] + 1) / height if len(outside) else 0.0
