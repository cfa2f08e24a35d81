"""Checks of a finished picture's quality: its fidelity, its key frames, and its bit rate within both bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.fidelity import Fidelity
from engine.deliver.receipt import Check
from engine.time import format_short_time

if TYPE_CHECKING:
    from engine.picture import ChunkFidelity, CopiedStretch, MovieInspection, PictureContent, PictureFormat

# An average rate below this share of the recipe's is low; it passes only with enough fidelity.
_LOW = Fraction(3, 4)

# 8-bit codes. A source at or above _HAS_PICTURE (detail or light) has a picture; a result at or below _HAS_NONE has
# none. The gap allows for a rendering that darkens.
_HAS_PICTURE = 16.0
_HAS_NONE = 4.0


@check(
    "key-frames",
    "Key frames",
    remedy="Deliver it again. For copied shots, raise `picture.copy_gop_seconds` or set `copy_shots` to never.",
)
def key_frames(finished: Finished) -> Iterator[Check]:
    """All groups of pictures (GOPs) are closed, and none is longer than the recipe's `gop_seconds`."""
    source = finished.source
    yield judge_key_frames(finished.movie, source.format.gop, source.chunks, source.copies)


@check(
    "fidelity",
    "Fidelity",
    remedy="Raise `picture.bit_rate` or lower `picture.quality` in the recipe, or lower `picture.fidelity`.",
)
def fidelity(finished: Finished) -> Iterator[Check]:
    """The SSIM of the decoded picture against the frames that the encoder received: mean luma, chroma, and the
    worst second.
    """
    if finished.fidelity:
        yield judge_fidelity(finished.fidelity)


@check(
    "frame-digests",
    "Frames as measured",
    remedy="Deliver it again: the file was changed after the encode.",
)
def frame_digests(finished: Finished) -> Iterator[Check]:
    """Each encoded frame decodes to the picture that was compared with its source during the encode.

    Frames of another number, size or pixel format are reported by the checks of these.
    """
    source = finished.source
    if source.chunks and _is_comparable(finished.movie, source.format):
        yield judge_digests(source.chunks, finished.movie, sum(len(one.packets) for one in source.copies))


@check(
    "bit-rate",
    "Bit rate",
    remedy="Deliver it again; if it is too low, check the fidelity, and set `picture.effort` to careful.",
)
def bit_rate(finished: Finished) -> Iterator[Check]:
    """The average bit rate of the picture: at most the recipe's plus a buffer of one second, and at least three
    quarters of it, or less with sufficient fidelity.
    """
    if rate := finished.source.format.bit_rate:
        yield judge_bit_rate(finished.movie, rate, finished.fidelity)


@check(
    "picture-kept",
    "Picture kept",
    remedy="Look at the frames with `cwtui frame`; check the input transform and the edits of the take.",
)
def picture_kept(finished: Finished) -> Iterator[Check]:
    """The result has detail and light if the source has: only a black source gives a black movie."""
    content, picture = finished.source.content, finished.recipe.picture
    if finished.source.copies:
        content = content.joined(finished.source.recorded.content)
    cropped = picture is not None and picture.crops
    yield judge_picture_kept(content, finished.movie.content, cropped=cropped)


def _is_comparable(movie: MovieInspection, wanted: PictureFormat) -> bool:
    shape = (movie.frames, movie.width, movie.height, movie.chroma, 10 if "10" in movie.pixel_format else 8)
    return shape == (wanted.frames, wanted.width, wanted.height, wanted.chroma, wanted.bit_depth)


def judge_key_frames(
    movie: MovieInspection, gop: int, chunks: Sequence[ChunkFidelity], copies: Sequence[CopiedStretch]
) -> Check:
    """Compares the encoded GOPs with `gop` frames. Copied ones are as recorded, within the recipe's other limit."""
    if not copies:
        closed, longest = movie.closed, movie.longest_gop
    else:
        closed, longest = True, 0
        for chunk in chunks:
            frames = range(chunk.first, chunk.first + chunk.decoded)
            edges = [*(key for key in movie.keys if key in frames), frames.stop]
            longest = max([longest, edges[0] - frames.start, *(b - a for a, b in pairwise(edges))])
            closed = closed and not any(key in frames for key in movie.open_keys)
    copied = "; copied ones as recorded" if copies else ""
    return Check(
        name="key frames",
        passed=closed and longest <= gop,
        measured=longest if closed else "open GOP",
        wanted=f"closed GOP of at most {gop} frames{copied}",
    )


def judge_fidelity(measured: Fidelity) -> Check:
    """Compares a fidelity with its floor."""
    worst, chroma = measured.worst_second, min(measured.mean.cb, measured.mean.cr)
    return Check(
        name="fidelity",
        passed=measured.is_enough,
        measured=f"SSIM luma {measured.mean.luma:.4f}, chroma {chroma:.4f}, "
        f"worst second {worst.luma:.4f} at {format_short_time(worst.start)}",
        wanted=f"luma ≥ {measured.floor:g}, chroma and every second ≥ {measured.lowest:g}",
    )


def judge_digests(chunks: Sequence[ChunkFidelity], movie: MovieInspection, copied: int = 0) -> Check:
    """Compares the decoded frames with those that were decoded and measured while their chunks were encoded.

    `copied` frames are in no chunk.
    """
    from engine.picture import join_digests

    same = encoded = 0
    for chunk in chunks:
        pictures = movie.pictures[chunk.first : chunk.first + chunk.decoded]
        same += len(pictures) if join_digests(pictures) == chunk.digest else 0
        encoded += chunk.decoded
    passed = same == encoded == movie.frames - copied
    return Check(name="frames as measured", passed=passed, measured=same, wanted=encoded)


def judge_bit_rate(movie: MovieInspection, bit_rate: int, fidelity: Fidelity | None) -> Check:
    """Compares the average bit rate with the recipe's, in bits per second.

    A lower rate passes if the fidelity is sufficient: a still or simple picture needs few bits. It passes if every
    frame was copied (`fidelity` is None).
    """
    seconds = movie.frames / movie.rate
    measured = movie.bits / seconds
    low = measured < bit_rate * _LOW
    wanted = f"{float(bit_rate * _LOW) / 1e6:g} to {bit_rate / 1e6:g} Mb/s, with a buffer of one second"
    if low:
        wanted += "; less only with sufficient fidelity"
    return Check(
        name="bit rate",
        passed=measured <= bit_rate * (1 + 1 / seconds) and (not low or fidelity is None or fidelity.is_enough),
        measured=f"{float(measured) / 1e6:.2f} Mb/s",
        wanted=wanted,
    )


def judge_picture_kept(source: PictureContent, result: PictureContent, cropped: bool = False) -> Check:
    """Compares the detail and light of a result with those of its source; only a black source may give a black result.

    A `cropped` result may be flat, because the detail of its source may lie outside, but not black.
    """
    measured = (
        f"source: detail {source.detail:.0f}, light {source.light:.0f} of 255 in {source.frames} frames; "
        f"result: detail {result.detail:.0f}, light {result.light:.0f} in {result.frames} frames"
    )
    wanted = "a picture, as in the source"
    passed = bool(source.frames and result.frames)
    if source.detail >= _HAS_PICTURE and not cropped:
        passed = passed and result.detail > _HAS_NONE
    elif max(source.light, source.detail) >= _HAS_PICTURE:
        passed = passed and result.light > _HAS_NONE
    else:
        measured, wanted = f"black, as the source: {measured}", "black, as the source"
    return Check(name="picture kept", passed=passed, measured=measured, wanted=wanted)
