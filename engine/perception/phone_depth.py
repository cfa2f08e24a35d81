"""The depth that a phone recorded with a take: its disparity track as a depth provider, ahead of every net."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.perception.products import DepthMap
from engine.perception.provider import AnalysisFrame, ProviderIdentity
from engine.perception.resampling import resized
from engine.picture import DisparityPicture

# A disparity belongs to a frame if it is at most this far away, in seconds: half a frame at 24 frames a second.
_NEAREST = Fraction(1, 48)
# Reading continues up to here; further ahead, the track is opened again at the time.
_READ_ON = Fraction(2)
# The scale of a take is that of so many of its pictures, between these percentiles.
_SAMPLES, _PERCENTILES = 12, (1, 99)


class DisparitySource(Protocol):
    """A disparity track: AVFoundation's on a Mac, elsewhere the decoded one of `engine.picture.DisparityMovie`."""

    @property
    def runtime(self) -> str:
        """The library and its version."""

    def pictures(self, start: Fraction = Fraction(0)) -> Iterator[DisparityPicture]:
        """The pictures from a time on, or from the key picture before it, in order of time."""


class PhoneDepthProvider:
    """The depth of frames by their times; their pixels are not used.

    `rotation` and `mirrored` are the take's. Depth is relative: Apple says that the disparity of a Cinematic clip is
    comparable within the clip only.
    """

    def __init__(self, source: DisparitySource, duration: Fraction, rotation: int = 0, mirrored: bool = False) -> None:
        self._source, self._duration = source, duration
        self._quarters, self._mirrored = rotation // 90 % 4, mirrored
        self._span: tuple[float, float] | None = None
        self._pictures: Iterator[DisparityPicture] = iter(())
        self._before: DisparityPicture | None = None
        self._after: DisparityPicture | None = None

    @property
    def identity(self) -> ProviderIdentity:
        """What determines the results."""
        return ProviderIdentity("phone", "depth_map", self._source.runtime, "recorded with the take")

    def warm_up(self) -> None:
        """Reads pictures throughout the take for its scale. Raises EngineError if none has a depth."""
        extremes = []
        for number in range(_SAMPLES):
            picture = next(self._source.pictures(self._duration * number / _SAMPLES), None)
            known = picture.values[np.isfinite(picture.values)] if picture is not None else np.empty(0, np.float32)
            if known.size:
                extremes.append(np.percentile(known, _PERCENTILES))
        if not extremes:
            raise EngineError("The phone recorded no depth with this take.", "Choose a depth model with --model ID.")
        far, near = float(min(low for low, _ in extremes)), float(max(high for _, high in extremes))
        self._span = far, max(near, far + 1e-6)

    def close(self) -> None:
        """Ends reading."""
        self._pictures, self._before, self._after = iter(()), None, None

    def depth(self, frame: AnalysisFrame) -> DepthMap:
        """The depth of a frame, at the frame's size. It is unknown where the phone recorded none."""
        if self._span is None:
            self.warm_up()
        assert self._span is not None
        height, width = frame.pixels.shape[:2]
        picture = self._nearest(frame.time)
        if picture is None:
            return DepthMap(np.full((height, width), np.nan, np.float32), "relative")
        far, near = self._span
        values = resized(self._upright(picture.values), height, width)
        return DepthMap(np.clip((values - far) / np.float32(near - far), 0, 1).astype(np.float32), "relative")

    def _nearest(self, time: Fraction) -> DisparityPicture | None:
        before, after = self._before, self._after
        if after is None or time - after.time > _READ_ON or (before or after).time > time:
            self.close()
            self._pictures = self._source.pictures(time)
            self._before, self._after = None, next(self._pictures, None)
        while self._after is not None and self._after.time < time:
            self._before, self._after = self._after, next(self._pictures, None)
        near = [one for one in (self._before, self._after) if one is not None and abs(one.time - time) <= _NEAREST]
        return min(near, key=lambda one: abs(one.time - time), default=None)

    def _upright(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        turned = np.rot90(values, self._quarters)
        return np.ascontiguousarray(turned[:, ::-1] if self._mirrored else turned)
