"""Checks of a movie's picture track: codec, size, rate and number of frames."""

from __future__ import annotations

from collections.abc import Iterator

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.checks.results import equal
from engine.deliver.receipt import Check

_AGAIN = "Deliver it again."
_REPORT = "Deliver it again; if it fails again, the encoder of this machine is at fault: report it with the receipt."


@check(
    "frame-count",
    "Number of frames",
    remedy="Deliver it again; if it fails again, check that the disk has space and that the take is whole.",
)
def frame_count(finished: Finished) -> Iterator[Check]:
    """Every frame of the picture is decoded; their number is that of the requested stretch."""
    yield equal("decodes to the last frame", finished.movie.frames, finished.source.format.frames)


@check(
    "codec",
    "Codec",
    remedy=_REPORT,
    applies_to=("movie", "sound"),
)
def codec(finished: Finished) -> Iterator[Check]:
    """The codec of the picture and the name of its sample entry; of a sound file, the codec of its sound."""
    if finished.kind == "movie":
        from engine.picture import SAMPLE_ENTRY

        movie, wanted = finished.movie, finished.source.format.codec
        yield equal("codec", f"{movie.codec} ({movie.tag})", f"{wanted} ({SAMPLE_ENTRY[wanted]})")
    elif track := finished.sound_track:
        yield equal("codec", track.codec, "pcm_s24le" if finished.format == "wav" else finished.format)


@check("bit-depth", "Bit depth", remedy=_REPORT)
def bit_depth(finished: Finished) -> Iterator[Check]:
    """The bits per sample of the decoded picture."""
    measured = 10 if "10" in finished.movie.pixel_format else 8
    yield equal("bit depth", measured, finished.source.format.bit_depth)


@check("chroma", "Chroma subsampling", remedy=_REPORT)
def chroma(finished: Finished) -> Iterator[Check]:
    """The chroma subsampling of the decoded picture."""
    yield equal("chroma", finished.movie.chroma, finished.source.format.chroma)


@check("frame-size", "Frame size", remedy=_AGAIN)
def frame_size(finished: Finished) -> Iterator[Check]:
    """The width and height of the decoded picture in pixels."""
    movie, wanted = finished.movie, finished.source.format
    yield equal("size", [movie.width, movie.height], [wanted.width, wanted.height])


@check(
    "frame-rate",
    "Frame rate",
    remedy=_AGAIN,
)
def frame_rate(finished: Finished) -> Iterator[Check]:
    """The frame rate of the picture track as an exact fraction."""
    yield equal("frame rate", str(finished.movie.rate), str(finished.source.format.rate))


@check(
    "start-time",
    "Start time",
    remedy=_AGAIN,
)
def start_time(finished: Finished) -> Iterator[Check]:
    """The time of the first frame, which must be 0."""
    yield equal("starts at zero", str(finished.movie.start), "0")


@check(
    "frame-times",
    "Times of frames",
    remedy=_AGAIN,
)
def frame_times(finished: Finished) -> Iterator[Check]:
    """Each frame follows the one before it by exactly one frame's duration, from the first to the last."""
    yield equal("frames at uneven times", finished.movie.uneven, 0)
