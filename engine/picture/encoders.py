"""Selects encoders: the Mac's media engine if available, else FFmpeg's libraries."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Literal

import av

from engine.errors import EngineError
from engine.picture.choices import View
from engine.picture.hdr_metadata import HDR10_LIGHT, LightMetadata
from engine.picture.planes import Chroma
from engine.picture.thread_priority import use_default_priority
from engine.picture.two_pass import MOST, PassLog

Codec = Literal["hevc", "h264", "av1", "prores"]
Effort = Literal["quick", "fast", "careful"]

TAGS: dict[View, tuple[int, int, int]] = {"sdr": (1, 1, 1), "hlg": (9, 18, 9), "pq": (9, 16, 9)}
"""ITU-T H.273 (primaries, transfer, matrix) of each view."""

SAMPLE_ENTRY: dict[Codec, str] = {"hevc": "hvc1", "h264": "avc1", "av1": "av01", "prores": "apch"}
"""The sample entry of each codec in QuickTime and MP4 files."""

_PRESETS: dict[Codec, dict[Effort, str]] = {
    "hevc": {"quick": "ultrafast", "fast": "superfast", "careful": "medium"},
    "h264": {"quick": "veryfast", "fast": "faster", "careful": "slow"},
    "av1": {"quick": "10", "fast": "8", "careful": "5"},
}

# Thread counts are fixed, because encoders choose them by machine and the output depends on them.
_X264_THREADS = 6
_X265_POOL = 8
_SVT_PARALLELISM = 3

# x265 gives a clip shorter than its reordering decoding times that no container accepts.
_REORDERED = 8

# SVT-AV1 prints its whole configuration to stderr unless limited to errors.
os.environ.setdefault("SVT_LOG", "1")


@dataclass(frozen=True, slots=True)
class PictureFormat:
    """The format to encode: `frames` in total, rendered for `view`, a key frame every `gop` frames.

    Either `bit_rate` (bits per second) or `quality` (CRF, in the codec's own scale); ProRes sets its own rate. `passes`
    is 2 for a bit rate of H.264 or HEVC that is spent by what a first pass measured, and `highest_rate` then limits any
    second. `light` is the HDR10 metadata for PQ; None if unknown.
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
    passes: Literal[1, 2] = 1
    highest_rate: int | None = None

    @property
    def chroma(self) -> Chroma:
        """Chroma subsampling: 4:2:2 for ProRes, else 4:2:0."""
        return "422" if self.codec == "prores" else "420"


@dataclass(frozen=True, slots=True)
class Encoder:
    """An FFmpeg encoder with the options for a PictureFormat.

    `threads` is FFmpeg's thread count; 0 (one per core) if it does not affect the output. `frame_threads` selects
    frame threads instead of slice threads.
    """

    name: str
    pixel_format: str
    tag: str
    options: dict[str, str]
    threads: int = 0
    frame_threads: bool = False


def encoder_for(wanted: PictureFormat, log: PassLog | None = None) -> Encoder:
    """The encoder for this format on this machine; with `log`, for one of two passes.

    VideoToolbox is used for bit rates in one pass; constant quality needs the libraries that define its scale, and
    FFmpeg offers no second pass of VideoToolbox. No Mac encodes AV1.
    """
    tag = SAMPLE_ENTRY[wanted.codec]
    if wanted.codec == "prores":
        return _prores(tag)
    pixels = "yuv420p10le" if wanted.bit_depth == 10 else "yuv420p"
    if wanted.codec == "av1":
        return Encoder("libsvtav1", pixels, tag, _svt_options(wanted))
    # VideoToolbox writes no mastering display metadata, so x265 encodes HDR10 on every machine.
    hardware = sys.platform == "darwin" and f"{wanted.codec}_videotoolbox" in av.codecs_available
    if hardware and wanted.bit_rate and wanted.passes == 1 and wanted.view != "pq":
        profile = "main10" if wanted.bit_depth == 10 else ("main" if wanted.codec == "hevc" else "high")
        packed = "p010le" if wanted.bit_depth == 10 else "nv12"
        options = {"profile": profile, "g": str(wanted.gop), "allow_sw": "1", "realtime": "0"}
        return Encoder(f"{wanted.codec}_videotoolbox", packed, tag, options)
    options = {"preset": _PRESETS[wanted.codec][wanted.effort]}
    if not wanted.bit_rate and wanted.quality is not None:
        options["crf"] = str(wanted.quality)
    if wanted.codec == "hevc":
        return Encoder("libx265", pixels, tag, options | {"x265-params": _x265_parameters(wanted, log)})
    options |= {"g": str(wanted.gop), "profile": "high", "flags": "+cgop"}
    if wanted.bit_rate:
        highest = wanted.highest_rate or int(wanted.bit_rate * (MOST if wanted.passes == 2 else 1))
        # In one pass, chunks start with a full buffer of half a second, so that a join of two fills at most one second.
        buffer = highest if wanted.passes == 2 else highest // 2
        options |= {"maxrate": str(highest), "bufsize": str(buffer)}
    if log:
        options |= {"flags": f"+cgop+pass{log.number}", "stats": str(log.path)}
    # Chroma is sited left and the rate is constant: declare both. Else readers call the rate variable.
    parameters = {"chromaloc": "0", "force-cfr": "1", "lookahead-threads": "1"}
    if wanted.passes == 2:
        # Else each chunk has a picture parameter set by its own bit rate, and the movie has only one.
        parameters["stitchable"] = "1"
    if _has_avx512():
        # With AVX-512, x264 reads uninitialized memory if the width is not a multiple of eight macroblocks, and the
        # output differs from run to run.
        parameters["asm"] = "AVX2"
    # With a VBV buffer, the output of several threads differs from run to run; without one, the first second of a movie
    # may have twice its rate. A thread needs two rows of macroblocks.
    threads = 1 if wanted.bit_rate else max(1, min(_X264_THREADS, wanted.height // 32))
    options["x264-params"] = _joined(parameters)
    return Encoder("libx264", pixels, tag, options, threads, frame_threads=True)


def add_video_stream(movie: Any, wanted: PictureFormat, log: PassLog | None = None) -> Any:
    """Adds a video stream with an open encoder and colour tags to a container; `log` is that of two passes."""
    encoder = encoder_for(wanted, log)
    stream = movie.add_stream(encoder.name, rate=wanted.rate, options=encoder.options)
    open_encoder(stream.codec_context, encoder, wanted)
    return stream


def open_encoder(context: Any, encoder: Encoder, wanted: PictureFormat) -> None:
    """Opens a codec context with an encoder's options, except those that it was created with, and colour tags."""
    context.width, context.height, context.pix_fmt = wanted.width, wanted.height, encoder.pixel_format
    context.time_base = 1 / wanted.rate
    context.codec_tag = encoder.tag
    context.color_primaries, context.color_trc, context.colorspace = TAGS[wanted.view]
    context.color_range = 1
    context.thread_count = encoder.threads
    # Prefer frame threads if the encoder offers both, because slices reduce quality.
    context.thread_type = "FRAME" if encoder.frame_threads else "SLICE"
    if wanted.bit_rate:
        context.bit_rate = wanted.bit_rate
    context.open(strict=False)
    use_default_priority()


def _prores(tag: str) -> Encoder:
    """ProRes 422 HQ, 10 bits: the media engine if available."""
    if sys.platform == "darwin" and "prores_videotoolbox" in av.codecs_available:
        return Encoder("prores_videotoolbox", "p210le", tag, {"profile": "hq"})
    return Encoder("prores_ks", "yuv422p10le", tag, {"profile": "hq", "vendor": "apl0"})


def _x265_parameters(wanted: PictureFormat, log: PassLog | None) -> str:
    # The bit rate is an average (ABR) without a VBV buffer, because VBV's row-level control depends on thread timing.
    # x265's alternative, const-vbv, reduces closed GOPs of half a second to a tenth of their rate. One frame thread,
    # whose rows a fixed pool encodes in parallel, has the same output on any number of cores.
    parameters = {
        "keyint": str(wanted.gop),
        "min-keyint": "1",
        "open-gop": "0",
        "frame-threads": "1",
        "pools": str(_X265_POOL),
        "chromaloc": "0",
        # Do not write the encoder's settings and processor type into the stream.
        "info": "0",
        "log-level": "error",
    }
    if wanted.frames < _REORDERED:
        parameters["bframes"] = "0"
    if log:
        # Colons separate parameters.
        where = str(log.path).replace("\\", "\\\\").replace(":", "\\:")
        parameters |= {"pass": str(log.number), "stats": where, "slow-firstpass": "0"}
    if wanted.view == "pq" and wanted.light:
        parameters |= {"hdr10": "1", "master-display": wanted.light.x265, "max-cll": wanted.light.levels}
    return _joined(parameters)


def _svt_options(wanted: PictureFormat) -> dict[str, str]:
    """Options for closed GOPs of constant length and reproducible output."""
    parameters = {"keyint": str(wanted.gop), "scd": "0", "irefresh-type": "2", "chroma-sample-position": "left"}
    options = {"preset": _PRESETS["av1"][wanted.effort]}
    if wanted.bit_rate:
        # Rate control depends on thread timing unless there is one thread. Constant quality does not.
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
    """Whether x264 would use AVX-512 on this machine."""
    return sys.platform == "linux" and "avx512bw" in Path("/proc/cpuinfo").read_text(encoding="utf-8")


def available_encoders() -> list[str]:
    """The encoders available for deliverables. Raises EngineError if a required one is missing."""
    needed = ["libx265", "libx264", "libsvtav1", "prores_ks", "aac"]
    if missing := [name for name in needed if name not in av.codecs_available]:
        raise EngineError(f"PyAV lacks {', '.join(missing)}.", "Reinstall Cleanwater.")
    hardware = [f"{codec}_videotoolbox" for codec in ("hevc", "h264", "prores")] if sys.platform == "darwin" else []
    return [name for name in (*hardware, *needed) if name in av.codecs_available]
