"""FFmpeg's loudness meter, as a reference."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.filter import Graph

from .sounds import Samples


def ffmpeg(samples: Samples, layout: str = "stereo", rate: int = 48_000, options: str = "") -> dict[str, str]:
    """The last metadata of FFmpeg's `ebur128` filter, with further options of it."""
    graph = Graph()
    source = graph.add_abuffer(format="flt", sample_rate=rate, layout=layout, time_base=Fraction(1, rate))
    meter, sink = graph.add("ebur128", f"metadata=1{options}"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="flt", layout=layout)
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    graph.push(frame)
    graph.push(None)
    last: dict[str, Any] = {}
    while True:
        try:
            last = graph.pull().metadata or last
        except (BlockingIOError, av.EOFError):
            return last


def ffmpeg_true_peak(samples: Samples, rate: int = 48_000) -> float:
    """dBTP of the louder channel of mono or stereo samples."""
    layout = {1: "mono", 2: "stereo"}[samples.shape[1]]
    # The filter reports whole tenths of a second.
    padded = np.pad(samples, ((0, rate // 5), (0, 0)))
    found = ffmpeg(padded, layout, rate, ":peak=true")
    highest = max(float(found[f"lavfi.r128.true_peaks_ch{n}"]) for n in range(samples.shape[1]))
    return float(20 * np.log10(highest))
