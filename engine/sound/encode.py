"""Samples to a sound file: AAC-LC in an MPEG-4 or QuickTime file, or 24-bit PCM in a WAV."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np

from engine.errors import RequestError
from engine.sound.downmix import OutputLayout
from engine.sound.track import Block

Codec = Literal["aac", "wav"]

# The delay of FFmpeg's AAC encoder: one frame of the MDCT that its first packet overlaps with.
AAC_PRIMING = 1024

_CONTAINERS = {
    ("aac", ".m4a"): "ipod",
    ("aac", ".mp4"): "mp4",
    ("aac", ".mov"): "mov",
    ("wav", ".wav"): "wav",
}


def container_for(codec: Codec, out: Path) -> str:
    """The container a file name asks for; RequestError where the codec does not go into it."""
    name = _CONTAINERS.get((codec, out.suffix.lower()))
    if name is None:
        known = " or ".join(suffix for kind, suffix in _CONTAINERS if kind == codec)
        raise RequestError(f"{out.name} cannot hold {codec.upper()} sound.", f"End its name in {known}.")
    return name


def encode(
    blocks: Iterable[Block],
    out: Path,
    container: str,
    *,
    codec: Codec,
    bit_rate: int,
    rate: int,
    edit_list: bool,
    layout: OutputLayout = "stereo",
) -> None:
    """Writes (samples, channels) float blocks to `out`; the same samples give the same bytes.

    AAC starts with a frame of encoder delay. With an edit list, players skip it. Without one, they
    would show everything 1024 samples late, so the first 1024 source samples are left out instead
    and every packet moves up into their place: what follows the first 21 ms plays at its own time
    in any player, also one that decodes from the first packet and skips nothing.
    """
    options = {"fflags": "+bitexact"}
    if codec == "aac":
        # An edit list counts in the movie's time scale: at the sound's own rate it is exact.
        options |= {"movflags": "+faststart", "use_editlist": str(int(edit_list)), "movie_timescale": str(rate)}
    else:
        options["rf64"] = "auto"
    shift = 0 if edit_list or codec == "wav" else AAC_PRIMING
    with av.open(str(out), "w", format=container, options=options) as file:
        stream: Any = file.add_stream("aac" if codec == "aac" else "pcm_s24le", rate=rate, layout=layout)
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        if codec == "aac":
            stream.bit_rate = bit_rate

        def write(frame: av.AudioFrame | None) -> None:
            for packet in stream.encode(frame):
                packet.pts += shift
                packet.dts += shift
                file.mux(packet)

        drop, position = shift, 0
        for block in blocks:
            kept = block[drop:]
            drop -= len(block) - len(kept)
            if not len(kept):
                continue
            frame = _frame(kept, codec, layout)
            frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), position
            position += len(kept)
            write(frame)
        write(None)


def _frame(block: Block, codec: Codec, layout: OutputLayout) -> av.AudioFrame:
    if codec == "aac":
        return av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout=layout)
    # 24-bit PCM takes the upper three bytes of a 32-bit sample.
    steps = np.clip(np.rint(block.astype(np.float64) * 2**23), -(2**23), 2**23 - 1).astype(np.int32) << 8
    return av.AudioFrame.from_ndarray(steps.reshape(1, -1), format="s32", layout=layout)
