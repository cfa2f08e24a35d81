"""Which encoder makes a codec here: the Mac's media engine where there is one, else FFmpeg's own libraries."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Literal

import av

from engine.errors import EngineError
from engine.picture.choices import View
from engine.picture.hdr_metadata import HDR10_LIGHT, LightMetadata
from engine.picture.planes import Chroma

Codec = Literal["hevc", "h264", "av1", "prores"]
Effort = Literal["quick", "fast", "careful"]

TAGS: dict[View, tuple[int, int, int]] = {"sdr": (1, 1, 1), "hlg": (9, 18, 9), "pq": (9, 16, 9)}
"""ITU-T H.273 (primaries, transfer, matrix) of each view."""

SAMPLE_ENTRY: dict[Codec, str] = {"hevc": "hvc1", "h264": "avc1", "av1": "av01", "prores": "apch"}
"""What a QuickTime or MP4 file calls each codec."""

_PRESETS: dict[Codec, dict[Effort, str]] = {
    "hevc": {"quick": "ultrafast", "fast": "superfast", "careful": "medium"},
    "h264": {"quick": "veryfast", "fast": "faster", "careful": "slow"},
    "av1": {"quick": "10", "fast": "8", "careful": "5"},
}

# Encoders choose their threads by the machine, and threads change what they make: each number is fixed here.
_X264_THREADS = 6
_X265_POOL = 8
_SVT_PARALLELISM = 3

# A clip shorter than x265's reordering comes out with decoding times that no container takes.
_REORDERED = 8

# SVT-AV1 tells its whole configuration on stderr unless it is asked for errors only.
os.environ.setdefault("SVT_LOG", "1")


@dataclass(frozen=True, slots=True)
class PictureFormat:
    """What is to be encoded: `frames` in all, seen through `view`, a key frame each `gop`.

    Either `bit_rate` (bits a second) or `quality` (CRF, in the codec's own scale); ProRes sets its own.
    `light` is what PQ says of itself as HDR10; None where nothing is known.
    """

    width: int
    height: int
    rate: Fraction
    frames: int
    codec: Codec
    bit_depth: Literal[8, 10]
    view: View
    gop: int
    effort: Effort = "fast"
    bit_rate: int | None = None
    quality: int | None = None
    light: LightMetadata | None = HDR10_LIGHT

    @property
    def chroma(self) -> Chroma:
        """How chroma is subsampled: ProRes 422 keeps every line's."""
        return "422" if self.codec == "prores" else "420"


@dataclass(frozen=True, slots=True)
class Encoder:
    """An FFmpeg encoder with the options that make it keep the promises of a PictureFormat.

    `threads` is FFmpeg's own thread count, 0 for one a core where it does not change the bytes. `frame_threads` says
    that they work on frames, not on slices.
    """

    name: str
    pixel_format: str
    tag: str
    options: dict[str, str]
    threads: int = 0
    frame_threads: bool = False


def encoder_for(wanted: PictureFormat) -> Encoder:
    """The encoder for this format on this machine.

    VideoToolbox aims at a bit rate; constant quality stays with the libraries whose scale it is. No Mac codes AV1.
    """
    tag = SAMPLE_ENTRY[wanted.codec]
    if wanted.codec == "prores":
        return _prores(tag)
    pixels = "yuv420p10le" if wanted.bit_depth == 10 else "yuv420p"
    if wanted.codec == "av1":
        return Encoder("libsvtav1", pixels, tag, _svt_options(wanted))
    # VideoToolbox writes no mastering display: HDR10 is made by x265 everywhere.
    hardware = sys.platform == "darwin" and f"{wanted.codec}_videotoolbox" in av.codecs_available
    if hardware and wanted.bit_rate and wanted.view != "pq":
        profile = "main10" if wanted.bit_depth == 10 else ("main" if wanted.codec == "hevc" else "high")
        packed = "p010le" if wanted.bit_depth == 10 else "nv12"
        options = {"profile": profile, "g": str(wanted.gop), "allow_sw": "1", "realtime": "0"}
        return Encoder(f"{wanted.codec}_videotoolbox", packed, tag, options)
    options = {"preset": _PRESETS[wanted.codec][wanted.effort]}
    if not wanted.bit_rate and wanted.quality is not None:
        options["crf"] = str(wanted.quality)
    if wanted.codec == "hevc":
        return Encoder("libx265", pixels, tag, options | {"x265-params": _x265_parameters(wanted)})
    options |= {"g": str(wanted.gop), "profile": "high", "flags": "+cgop"}
    if wanted.bit_rate:
        options |= {"maxrate": str(wanted.bit_rate), "bufsize": str(wanted.bit_rate)}
    # Chroma is sited left, which is said as well as done.
    parameters = {"chromaloc": "0", "lookahead-threads": "1"}
    if _has_avx512():
        # With these instructions x264 weighs macroblocks by memory it has not written, where a picture is not a
        # multiple of eight of them wide: the same frames then give other bytes from run to run.
        parameters["asm"] = "AVX2"
    # With a VBV buffer, several threads give other bytes from run to run; without one, the first second of a film may
    # take twice its rate. A thread needs two rows of macroblocks.
    threads = 1 if wanted.bit_rate else max(1, min(_X264_THREADS, wanted.height // 32))
    options["x264-params"] = _joined(parameters)
    return Encoder("libx264", pixels, tag, options, threads, frame_threads=True)


def _prores(tag: str) -> Encoder:
    """ProRes 422 HQ, 10 bits: by the media engine where there is one."""
    if sys.platform == "darwin" and "prores_videotoolbox" in av.codecs_available:
        return Encoder("prores_videotoolbox", "p210le", tag, {"profile": "hq"})
    return Encoder("prores_ks", "yuv422p10le", tag, {"profile": "hq", "vendor": "apl0"})


def _x265_parameters(wanted: PictureFormat) -> str:
    # A bit rate is an average (ABR), without a VBV buffer: its row-by-row control heeds which thread was first. x265's
    # remedy for that, const-vbv, starves closed GOPs of half a second to a tenth of their rate. One frame thread, whose
    # rows a fixed pool codes in parallel, gives the same bytes on any number of cores.
    parameters = {
        "keyint": str(wanted.gop),
        "min-keyint": "1",
        "open-gop": "0",
        "frame-threads": "1",
        "pools": str(_X265_POOL),
        "chromaloc": "0",
        # The encoder's own settings are nobody's business, the processor they were made on among them.
        "info": "0",
        "log-level": "error",
    }
    if wanted.frames < _REORDERED:
        parameters["bframes"] = "0"
    if wanted.view == "pq" and wanted.light:
        parameters |= {"hdr10": "1", "master-display": wanted.light.x265, "max-cll": wanted.light.levels}
    return _joined(parameters)


def _svt_options(wanted: PictureFormat) -> dict[str, str]:
    """Closed GOPs of even length, and the same bytes from run to run."""
    parameters = {"keyint": str(wanted.gop), "scd": "0", "irefresh-type": "2", "chroma-sample-position": "left"}
    options = {"preset": _PRESETS["av1"][wanted.effort]}
    if wanted.bit_rate:
        # Its rate control heeds how the threads raced; only one at a time cannot. Constant quality does not care.
        parameters |= {"rc": "1", "tbr": str(wanted.bit_rate // 1000), "lp": "1"}
    else:
        parameters["lp"] = str(_SVT_PARALLELISM)
        if wanted.quality is not None:
            options["crf"] = str(wanted.quality)
    if wanted.view == "pq" and wanted.light:
        parameters |= {"mastering-display": wanted.light.svt, "content-light": wanted.light.levels}
    return options | {"svtav1-params": _joined(parameters)}


def _joined(parameters: dict[str, str]) -> str:
    return ":".join(f"{name}={value}" for name, value in parameters.items())


@cache
def _has_avx512() -> bool:
    """Whether x264 would use AVX-512 here."""
    return sys.platform == "linux" and "avx512bw" in Path("/proc/cpuinfo").read_text(encoding="utf-8")


def available_encoders() -> list[str]:
    """The encoders that deliverables may be made with here. EngineError where one that is needed is missing."""
    needed = ["libx265", "libx264", "libsvtav1", "prores_ks", "aac"]
    if missing := [name for name in needed if name not in av.codecs_available]:
        raise EngineError(f"This PyAV lacks {', '.join(missing)}.", "Install Cleanwater again.")
    hardware = [f"{codec}_videotoolbox" for codec in ("hevc", "h264", "prores")] if sys.platform == "darwin" else []
    return [name for name in (*hardware, *needed) if name in av.codecs_available]
