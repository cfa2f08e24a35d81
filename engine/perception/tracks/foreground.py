"""The colour of a person without the background behind it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.perception.products import BACKGROUND, FOREGROUND
from engine.perception.provider import AnalysisFrame
from engine.perception.tracks.sampling import Floats, enlarge, reduce

# A cell of which this share is surely a person has the colour of that, and nothing of coarser cells.
_ENOUGH = 0.25


def foreground_light(frame: AnalysisFrame, trimap: NDArray[np.uint8]) -> Floats:
    """The foreground of a frame: light of Rec.709 as a camera records it, in ACEScg, (height, width, 3).

    The view that made the codes is not undone, so the light lies between 0 and 1.
    """
    from engine.color_encoding import Encoding
    from engine.picture import to_acescg

    light = to_acescg(frame.pixels.astype(np.float32) / 255, Encoding.REC709)
    return estimate_foreground(light, trimap)


def estimate_foreground(light: Floats, trimap: NDArray[np.uint8]) -> Floats:
    """The colour of the foreground, (height, width, 3), 0 where the trimap is BACKGROUND. `light` is linear.

    Where the trimap is FOREGROUND, it is the light. At the edge, it is that of the nearest sure pixels, which become
    coarser with the distance. The light of the edge itself does not count: an alpha that is wrong by a tenth leaves a
    tenth of the background in what is unmixed by it, and colours that are stored at half the size are wrong there.

    Source for the pyramid: Gortler, Grzeszczuk, Szeliski, Cohen: The Lumigraph, SIGGRAPH 1996, section 3.4.2.
    """
    sure = (trimap == FOREGROUND).astype(np.float32)
    levels = [np.concatenate([light * sure[..., None], sure[..., None]], -1)]
    while max(levels[-1].shape[:2]) > 1:
        levels.append(reduce(levels[-1], 2))
    colour = _mean(levels[-1])
    for level in reversed(levels[:-1]):
        height, width = level.shape[:2]
        coarse = enlarge(colour, 2 * colour.shape[0], 2 * colour.shape[1])[:height, :width]
        share: Floats = np.clip(level[..., 3:] / _ENOUGH, 0, 1)
        colour = coarse + share * (_mean(level) - coarse)
    colour[trimap == BACKGROUND] = 0
    return colour


def _mean(level: Floats) -> Floats:
    """The mean of the sure light of cells with light × weight and weight; 0 without any."""
    mean: Floats = level[..., :3].copy()
    mean /= np.maximum(level[..., 3:], 1e-9)
    return mean
