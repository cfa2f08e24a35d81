"""The K-weighting filter for any sample rate (Rec. ITU-R BS.1770-5)."""

from __future__ import annotations

import math
from fractions import Fraction

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

# Rec. ITU-R BS.1770-5, annex 1 gives coefficients for 48 kHz; these are the analogue prototypes that yield them by the
# bilinear transform: a shelf that models the head, and a high-pass.
_SHELF_HZ, _SHELF_Q, _SHELF_DB = 1681.974450955533, 0.7071752369554196, 3.999843853973347
_HIGH_PASS_HZ, _HIGH_PASS_Q = 38.13547087602444, 0.5003270373238773
_SHELF_SLOPE = 0.4996667741545416

# Layouts by channel count; more channels are filtered in groups because PyAV fills at most seven planes of a frame.
_ANY = ("", "mono", "stereo", "3.0", "quad", "5.0", "5.1")


def k_weighting(rate: int) -> NDArray[np.float64]:
    """The filter as two second-order sections (2, 6): b0, b1, b2, 1, a1, a2."""
    k = math.tan(math.pi * _SHELF_HZ / rate)
    high = 10 ** (_SHELF_DB / 20)
    middle = high**_SHELF_SLOPE
    a0 = 1 + k / _SHELF_Q + k * k
    shelf = [
        (high + middle * k / _SHELF_Q + k * k) / a0,
        2 * (k * k - high) / a0,
        (high - middle * k / _SHELF_Q + k * k) / a0,
        1.0,
        2 * (k * k - 1) / a0,
        (1 - k / _SHELF_Q + k * k) / a0,
    ]
    k = math.tan(math.pi * _HIGH_PASS_HZ / rate)
    a0 = 1 + k / _HIGH_PASS_Q + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / _HIGH_PASS_Q + k * k) / a0]
    return np.array([shelf, high_pass])


class KWeighting:
    """The filter over a stream of blocks, in FFmpeg's double-precision biquads."""

    def __init__(self, rate: int, channels: int) -> None:
        most = len(_ANY) - 1
        self._groups = [
            (slice(first, first + most), _Biquads(rate, min(most, channels - first)))
            for first in range(0, channels, most)
        ]

    def push(self, block: NDArray[np.float32]) -> NDArray[np.float64]:
        """Filters the next (samples, channels) block; returns (channels, samples)."""
        filtered = [biquads.push(block[:, group]) for group, biquads in self._groups]
        return filtered[0] if len(filtered) == 1 else np.concatenate(filtered)


class _Biquads:
    """One FFmpeg graph of up to six channels."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate = rate
        # The layout only sets the channel count; all channels are filtered the same way.
        self._layout = av.AudioLayout(_ANY[channels]).name
        self._position = 0
        self._graph = Graph()
        last = self._graph.add_abuffer(
            format="dblp", sample_rate=rate, layout=self._layout, time_base=Fraction(1, rate)
        )
        for b0, b1, b2, _, a1, a2 in k_weighting(rate).tolist():
            section = self._graph.add("biquad", f"b0={b0!r}:b1={b1!r}:b2={b2!r}:a0=1:a1={a1!r}:a2={a2!r}")
            last.link_to(section)
            last = section
        sink = self._graph.add("abuffersink")
        last.link_to(sink)
        self._graph.configure()

    def push(self, block: NDArray[np.float32]) -> NDArray[np.float64]:
        planes = np.ascontiguousarray(block.T, np.float64)
        frame = av.AudioFrame.from_ndarray(planes, format="dblp", layout=self._layout)
        frame.sample_rate, frame.time_base, frame.pts = self._rate, Fraction(1, self._rate), self._position
        self._position += len(block)
        self._graph.push(frame)
        made = []
        while True:
            try:
                made.append(self._graph.pull().to_ndarray())
            except (BlockingIOError, av.EOFError):
                return np.concatenate(made, axis=1) if made else planes[:, :0]
