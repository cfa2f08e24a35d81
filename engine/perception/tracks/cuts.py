"""Finds shot cuts."""

from __future__ import annotations

import numpy as np

from engine.perception.products import OpticalFlow
from engine.perception.provider import AnalysisFrame
from engine.perception.tracks.motion import FrameMotion, motion_factor, motion_of
from engine.perception.tracks.sampling import Floats, luma, reduce

_BINS = 24
# With the colours of another shot, and with colours that a fast motion could also have.
_OTHER_COLOURS, _SIMILAR_COLOURS = 0.35, 0.1
_STRUCTURE, _LEAST_STRUCTURE = 0.55, 0.35
_NOISE = 1.5


def is_cut(frame: AnalysisFrame, following: AnalysisFrame, flow: OpticalFlow) -> bool:
    """Whether a shot ends with `frame`. `flow` is the flow between the two frames.

    A cut changes the histogram of colours, and leaves nothing that the flow could have moved: a pan keeps the colours,
    and a flash keeps the structure.
    """
    return ends_shot(frame, following, motion_of(flow))


def ends_shot(frame: AnalysisFrame, following: AnalysisFrame, motion: FrameMotion) -> bool:
    """As `is_cut`, for a motion that is known."""
    change = colour_change(frame, following)
    if change < _SIMILAR_COLOURS:
        return False
    kept = kept_structure(frame, following, motion)
    return kept < (_STRUCTURE if change > _OTHER_COLOURS else _LEAST_STRUCTURE)


def colour_change(frame: AnalysisFrame, following: AnalysisFrame) -> float:
    """The difference of the histograms of luma and colour differences, 0 to 1."""
    pairs = zip(_histograms(frame), _histograms(following), strict=True)
    return float(np.mean([1 - np.minimum(here, there).sum() for here, there in pairs]))


def _histograms(frame: AnalysisFrame) -> list[Floats]:
    small = frame.pixels[::2, ::2].astype(np.int32)
    red, green, blue = small[..., 0], small[..., 1], small[..., 2]
    brightness = (54 * red + 183 * green + 19 * blue) >> 8
    found = []
    for values in (brightness, (red - brightness + 256) >> 1, (blue - brightness + 256) >> 1):
        counts = np.bincount((values.ravel() * _BINS) >> 8, minlength=_BINS + 1).astype(np.float32)
        # A value near the limit of two bins belongs to both.
        counts = np.convolve(counts, np.array([0.25, 0.5, 0.25], np.float32))
        found.append(counts / counts.sum())
    return found


def kept_structure(frame: AnalysisFrame, following: AnalysisFrame, motion: FrameMotion) -> float:
    """The correlation of the frame with the next one, moved back to it, in neighbourhoods with structure: 0 to 1."""
    factor = motion_factor(*frame.pixels.shape[:2])
    here, there = (reduce(luma(one), factor) for one in (frame, following))
    there = motion.ahead.of(there)
    here_mean, there_mean = _local(here), _local(there)
    here_spread = np.sqrt(np.maximum(_local(here * here) - here_mean**2, 0)) + _NOISE
    there_spread = np.sqrt(np.maximum(_local(there * there) - there_mean**2, 0)) + _NOISE
    correlation = np.clip((_local(here * there) - here_mean * there_mean) / (here_spread * there_spread), 0, 1)
    weight = here_spread / here_spread.mean() + there_spread / there_spread.mean()
    return float((correlation * weight).sum() / weight.sum())


def _local(values: Floats) -> Floats:
    """The means of 7 by 7 pixels."""
    from scipy.ndimage import uniform_filter

    means: Floats = uniform_filter(values, 7, mode="nearest")
    return means
