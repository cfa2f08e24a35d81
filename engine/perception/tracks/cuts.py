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
# The shares of pixels with a valid flow: the frames were followed, and nothing was.
_FOLLOWED, _LOST = 0.5, 0.15
# The height of a peak of the phase correlation, in its standard deviations, that is a shift of the whole picture, and
# the least shift in pixels of the followed size: edges at the same place are no shift.
_PEAK, _LEAST_SHIFT = 15.0, 4


def is_cut(frame: AnalysisFrame, following: AnalysisFrame, flow: OpticalFlow) -> bool:
    """Whether a shot ends with `frame`. `flow` is the flow between the two frames; see `CutFinder`."""
    return CutFinder().ends_shot(frame, following, motion_of(flow))


class CutFinder:
    """Finds the cuts of consecutive frames.

    A cut leaves nothing that the flow could have moved. Mostly, it also changes the histogram of colours: a pan keeps
    the colours, and a flash keeps the structure. With equal colours, it is a cut where the flow had followed the frames
    before, and fails between these two everywhere, and they are not one picture that moved as a whole.
    """

    def __init__(self) -> None:
        self._followed = True

    def ends_shot(self, frame: AnalysisFrame, following: AnalysisFrame, motion: FrameMotion) -> bool:
        """Whether a shot ends with `frame`. `motion` is that to the next frame. Call it for each pair, in order."""
        valid = float(motion.forward_validity.mean())
        # Grain and water fail in each pair, which are no cuts.
        followed, self._followed = self._followed, valid >= _FOLLOWED
        change = colour_change(frame, following)
        if change < _SIMILAR_COLOURS:
            return (
                followed
                and valid < _LOST
                and kept_structure(frame, following, motion) < _LEAST_STRUCTURE
                and not is_shifted(frame, following)
            )
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


def is_shifted(frame: AnalysisFrame, following: AnalysisFrame) -> bool:
    """Whether one frame is the other one at another place, further away than a flow follows: a fast pan.

    Source: Kuglin, Hines: The phase correlation image alignment method, IEEE Cybernetics and Society 1975.
    """
    factor = motion_factor(*frame.pixels.shape[:2])
    height, width = -(-frame.pixels.shape[0] // factor), -(-frame.pixels.shape[1] // factor)
    window = np.outer(np.hanning(height), np.hanning(width))
    here, there = (
        np.fft.rfft2((grey - grey.mean()) * window)
        for grey in (reduce(luma(one), factor) for one in (frame, following))
    )
    both = here * there.conj()
    strength = np.abs(both)
    correlation = np.fft.irfft2(both / (strength + 1e-3 * strength.max() + 1e-9), (height, width))
    row, column = np.unravel_index(int(correlation.argmax()), correlation.shape)
    far = max(min(row, height - row), min(column, width - column)) >= _LEAST_SHIFT
    return bool(far and correlation.max() > _PEAK * correlation.std())


def _local(values: Floats) -> Floats:
    """The means of 7 by 7 pixels."""
    from scipy.ndimage import uniform_filter

    means: Floats = uniform_filter(values, 7, mode="nearest")
    return means
