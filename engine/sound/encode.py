"""Encodes samples to a sound file: AAC-LC in MPEG-4 or QuickTime, MP3, or 24-bit PCM in WAV."""

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

Codec = Literal["aac", "wav", "mp3"]

# Delay of FFmpeg's AAC encoder in samples: the MDCT frame that its first packet overlaps.
AAC_PRIMING = 1024

_ENCODERS: dict[Codec, str] = {"aac": "aac", "wav": "pcm_s24le", "mp3": "libmp3lame"}
_CONTAINERS = {
    ("aac", ".m4a"): "ipod",
    ("aac", ".mp4"): "mp4",
    ("aac", ".mov"): "mov",
    ("wav", ".wav"): "wav",
    ("mp3", ".mp3"): "mp3",
}


def container_for(codec: Codec, out: Path) -> str:
    """The container for a file name; RequestError if it does not support the codec."""
    name = _CONTAINERS.get((codec, out.suffix.lower()))
    if name is None:
        known = " or ".join(suffix for kind, suffix in _CONTAINERS if kind == codec)
        raise RequestError(f"{out.name} cannot contain {codec.upper()} sound.", f"Use the extension {known}.")
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

    AAC starts with a frame of encoder delay. With an edit list, players skip it. Without one, players
    would present everything 1024 samples late, so the first 1024 source samples are dropped and the
    packets are shifted: everything after the first 21 ms plays at the right time in any player,
    including one that decodes from the first packet and skips nothing. MP3 states its delay in its first frame.
    """
    options = {"fflags": "+bitexact"}
    if codec == "aac":
        # Edit lists use the movie time scale; the sample rate makes them exact.
        options |= {"movflags": "+faststart", "use_editlist": str(int(edit_list)), "movie_timescale": str(rate)}
    elif codec == "wav":
        options["rf64"] = "auto"
    shift = AAC_PRIMING if codec == "aac" and not edit_list else 0
    with av.open(str(out), "w", format=container, options=options) as file:
        stream: Any = file.add_stream(_ENCODERS[codec], rate=rate, layout=layout)
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        if codec != "wav":
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


def write_float_wav(blocks: Iterable[Block], out: Path, rate: int) -> None:
    """Writes stereo (samples, 2) float blocks to a 32-bit float WAV, which keeps samples above full scale."""
    with av.open(str(out), "w", format="wav", options={"fflags": "+bitexact", "rf64": "auto"}) as file:
        stream: Any = file.add_stream("pcm_f32le", rate=rate, layout="stereo")
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        position = 0
        for block in blocks:
            if not len(block):
                continue
            samples = np.ascontiguousarray(block, np.float32).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="stereo")
            frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), position
            position += len(block)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def _frame(block: Block, codec: Codec, layout: OutputLayout) -> av.AudioFrame:
    if codec != "wav":
        return av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout=layout)
    # The 24-bit PCM encoder uses the upper three bytes of a 32-bit sample.
    steps = np.clip(np.rint(block.astype(np.float64) * 2**23), -(2**23), 2**23 - 1).astype(np.int32) << 8
    return av.AudioFrame.from_ndarray(steps.reshape(1, -1), format="s32", layout=layout)
