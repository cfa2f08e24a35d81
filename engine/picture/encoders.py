"""Which encoder makes a codec here: the Mac's media engine where there is one, else x264 and x265."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Literal

import av

from engine.errors import EngineError

Codec = Literal["hevc", "h264"]
Effort = Literal["quick", "fast", "careful"]

_PRESETS: dict[Codec, dict[Effort, str]] = {
    "hevc": {"quick": "ultrafast", "fast": "superfast", "careful": "medium"},
    "h264": {"quick": "veryfast", "fast": "faster", "careful": "slow"},
}

# A clip shorter than x265's reordering comes out with decoding times that no container takes.
_REORDERED = 8


@dataclass(frozen=True, slots=True)
class PictureFormat:
    """What is to be encoded: `frames` in all, a key frame each `gop`; `bit_rate` (bits a second) or `quality` (CRF)."""

    width: int
    height: int
    rate: Fraction
    frames: int
    codec: Codec
    bit_depth: Literal[8, 10]
    hdr: bool
    gop: int
    effort: Effort = "fast"
    bit_rate: int | None = None
    quality: int | None = None


@dataclass(frozen=True, slots=True)
class Encoder:
    """An FFmpeg encoder with the options that make it keep the promises of a PictureFormat."""

    name: str
    pixel_format: str
    tag: str
    options: dict[str, str]


def encoder_for(wanted: PictureFormat) -> Encoder:
    """The encoder for this format on this machine.

    VideoToolbox aims at a bit rate; constant quality stays with x264 and x265, whose scale it is.
    """
    tag = "hvc1" if wanted.codec == "hevc" else "avc1"
    if sys.platform == "darwin" and wanted.bit_rate and f"{wanted.codec}_videotoolbox" in av.codecs_available:
        profile = "main10" if wanted.bit_depth == 10 else ("main" if wanted.codec == "hevc" else "high")
        pixels = "p010le" if wanted.bit_depth == 10 else "nv12"
        options = {"profile": profile, "g": str(wanted.gop), "allow_sw": "1", "realtime": "0"}
        return Encoder(f"{wanted.codec}_videotoolbox", pixels, tag, options)
    options = {"preset": _PRESETS[wanted.codec][wanted.effort]}
    if wanted.bit_rate:
        options |= {"maxrate": str(wanted.bit_rate), "bufsize": str(wanted.bit_rate)}
    elif wanted.quality is not None:
        options["crf"] = str(wanted.quality)
    pixels = "yuv420p10le" if wanted.bit_depth == 10 else "yuv420p"
    if wanted.codec == "hevc":
        # One frame thread, and a rate control that does not heed how the threads raced: else runs differ.
        parameters = {
            "keyint": wanted.gop,
            "min-keyint": 1,
            "open-gop": 0,
            "frame-threads": 1,
            "const-vbv": 1,
            "log-level": "error",
        }
        if wanted.frames < _REORDERED:
            parameters["bframes"] = 0
        options["x265-params"] = ":".join(f"{name}={value}" for name, value in parameters.items())
        return Encoder("libx265", pixels, tag, options)
    options |= {"g": str(wanted.gop), "profile": "high", "flags": "+cgop"}
    if _has_avx512():
        # With these instructions x264 weighs macroblocks by memory it has not written, where a picture is not a
        # multiple of eight of them wide: the same frames then give other bytes from run to run.
        options["x264-params"] = "asm=AVX2"
    return Encoder("libx264", pixels, tag, options)


@cache
def _has_avx512() -> bool:
    """Whether x264 would use AVX-512 here."""
    return sys.platform == "linux" and "avx512bw" in Path("/proc/cpuinfo").read_text(encoding="utf-8")


def available_encoders() -> list[str]:
    """The encoders that deliverables may be made with here. EngineError where one that is needed is missing."""
    needed = ["libx265", "libx264", "aac"]
    if missing := [name for name in needed if name not in av.codecs_available]:
        raise EngineError(f"This PyAV lacks {', '.join(missing)}.", "Install Cleanwater's own set: make setup.")
    hardware = [f"{codec}_videotoolbox" for codec in ("hevc", "h264")] if sys.platform == "darwin" else []
    return [name for name in (*hardware, *needed) if name in av.codecs_available]
