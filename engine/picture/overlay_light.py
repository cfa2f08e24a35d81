"""Overlays in scene-linear light, for frames that no view converts."""

from __future__ import annotations

import numpy as np

from engine.catalog import Encoding
from engine.picture.color import Floats, to_acescg
from engine.picture.frame_graphs import Overlay


def overlay_light(overlay: Overlay) -> Floats:
    """An overlay as scene-linear ACEScg with premultiplied alpha, float32 (height, width, 4): sRGB white is 1."""
    made = np.zeros(overlay.shape, np.float32)
    rows, columns = (np.flatnonzero(overlay[..., 3].any(axis=axis)) for axis in (1, 0))
    if len(rows):
        # Only where something is seen.
        where = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        part = overlay[where].astype(np.float32) / 255
        alpha = part[..., 3:]
        made[where] = np.concatenate((to_acescg(part[..., :3], Encoding.SRGB) * alpha, alpha), axis=2)
    return made


def over(light: Floats, overlay: Overlay) -> Floats:
    """Linear light (height, width, 3) below an overlay of its size."""
    above = overlay_light(overlay)
    return light * (1 - above[..., 3:]) + above[..., :3]
