"""Frames at the size in which motion is followed, and where they show that two pixels are the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.perception.provider import AnalysisFrame
from engine.perception.tracks.motion import motion_factor
from engine.perception.tracks.sampling import Floats, Sampler

KNOWN = 0.02
"""Below this validity, a pixel is not known from another frame."""

# A pixel that differs from its place in another frame by more codes than this, and than most pixels do, is another.
_COLOUR_TOLERANCE = 16
# A neighbourhood with less contrast, in codes, does not show its motion: there, equal colours are enough.
_FLAT, _FLAT_VALIDITY = 3.0, 0.05


@dataclass(frozen=True, slots=True, eq=False)
class FollowedPicture:
    """The colours of a frame in codes (3, height, width), and how far each neighbourhood is without detail, 0 to 1."""

    colours: Floats
    flatness: Floats

    @classmethod
    def of(cls, frame: AnalysisFrame) -> FollowedPicture:
        """A frame at the followed size."""
        from PIL import Image
        from scipy.ndimage import uniform_filter

        small = Image.fromarray(frame.pixels).reduce(motion_factor(*frame.pixels.shape[:2]))
        # Planes: a sampler takes less time for three of them than for interleaved colours.
        colours = np.ascontiguousarray(np.asarray(small).transpose(2, 0, 1), np.float32)
        grey = (colours[0] + colours[1] + colours[2]) / 3
        mean = uniform_filter(grey, 5, mode="nearest")
        variance = uniform_filter(grey * grey, 5, mode="nearest") - mean * mean
        flatness: Floats = np.clip(2 - np.sqrt(np.maximum(variance, 0)) / _FLAT, 0, 1)
        return cls(colours, flatness)

    def confirmed(self, other: FollowedPicture, there: Sampler, validity: Floats) -> Floats:
        """The validity of places in another picture, which `there` samples, by the colours of both.

        A pixel of another colour is not the same one. Without detail, a flow is seldom consistent, and equal colours
        count a little: less than a consistent flow to any other frame.
        """
        red, green, blue = (
            np.abs(there.of(theirs) - own) for theirs, own in zip(other.colours, self.colours, strict=True)
        )
        difference = np.maximum(np.maximum(red, green), blue)
        matching = np.clip(2 - difference / (_COLOUR_TOLERANCE + np.median(difference[::3, ::3])), 0, 1)
        confirmed: Floats = np.maximum(validity, _FLAT_VALIDITY * self.flatness) * matching
        return confirmed
