"""Plans which frames of a film are copied from their recordings, and why the others are encoded."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

from engine.deliver.cut_condition import CutCondition
from engine.deliver.cut_request import CutRequest, CutTake
from engine.deliver.hdr10 import hdr10_light
from engine.deliver.picture_recipe import PictureRecipe
from engine.deliver.receipt import CopiedPart, EncodedPart
from engine.errors import Cancelled
from engine.ingest import picture_transform
from engine.picture import (
    COPIED_CODECS,
    SAMPLE_ENTRY,
    TAGS,
    CopiedStretch,
    PictureFormat,
    RecordedStretch,
    conversion_of,
    copyable,
    keep_long_pieces,
    read_coded_picture,
    read_stretch,
)
from engine.timeline import CutLayers

# The shortest stretch that is worth two joins, in seconds. ProRes has only key frames and no parameter sets.
_SHORTEST = Fraction(1, 2)
# No shorter piece can be encoded beside copied stretches: x265 has wrong times for it.
_FEWEST = {"hevc": 8, "h264": 1, "prores": 1}

_BEFORE_KEY = "before the first key frame at which decoding can start"
_AFTER_LAST = "after the last frame that can be decoded without later ones"
_TOO_SHORT = "too short to copy, or beside too few frames to encode"


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """The stretches of a film that are copied, in order, and what the receipt says about all clips."""

    stretches: tuple[CopiedStretch, ...] = ()
    copied: tuple[CopiedPart, ...] = ()
    encoded: tuple[EncodedPart, ...] = ()


@dataclass(slots=True)
class _Run:
    """Consecutive frames of a film that show consecutive frames of a take: of each time stamp, the film's frame."""

    take: str
    last: int
    frames: dict[int, int] = field(default_factory=dict)


def read_take(take: CutTake, first: int, last: int) -> RecordedStretch:
    """The packets of a take for the frames with the time stamps `first` to `last`. Errors as `read_stretch`."""
    picture = take.footage.probe.picture
    assert picture
    return read_stretch(take.footage.path, picture.index, first, last)


def plan_copies(
    order: CutRequest,
    wanted: PictureFormat,
    condition: CutCondition,
    cancelled: Callable[[], bool] | None = None,
    read: Callable[[CutTake, int, int], RecordedStretch] = read_take,
) -> CopyPlan:
    """The plan for a film in the format `wanted`; empty if the recipe copies nothing.

    `read` returns the packets of a take for the frames with two time stamps and those between them.

    Raises EngineError if a take cannot be read, GateError as `CutCondition.refuse`, or Cancelled.
    """
    recipe = order.recipe.picture
    assert recipe
    if recipe.copy_shots == "never":
        return CopyPlan()
    # Of each frame, its clip and why it is encoded.
    clips = _clips(order)
    reasons = [_reason_of_recipe(order, recipe)] * order.frames
    found: list[CopiedStretch] = []
    if not reasons[0]:
        for run in _runs(order, wanted, condition, reasons):
            if cancelled and cancelled():
                raise Cancelled("Stopped.", "Deliver again.")
            stretch, reason = _stretch(order, recipe, wanted, run, read)
            for frame in run.frames.values():
                reasons[frame] = _AFTER_LAST if stretch and frame >= stretch.frames.stop else reason
            found += [stretch] if stretch else []
    codec = wanted.codec
    shortest = 1 if codec == "prores" else ceil(order.rate * _SHORTEST)
    kept = keep_long_pieces(found, order.frames, _FEWEST.get(codec, 1), shortest)
    inside = {frame for one in kept for frame in one.frames}
    for one in found:
        for frame in one.frames:
            reasons[frame] = _TOO_SHORT
    counted = Counter((clips[frame], reasons[frame]) for frame in range(order.frames) if frame not in inside)
    encoded = [
        EncodedPart(clip=clip + 1, take=_label(order, clip), frames=count, reason=reason)
        for (clip, reason), count in counted.items()
    ]
    return CopyPlan(tuple(kept), tuple(_part(order, one, clips) for one in kept), tuple(encoded))


def _reason_of_recipe(order: CutRequest, recipe: PictureRecipe) -> str:
    """Why the recipe leaves no picture untouched; empty if it may."""
    if recipe.codec not in COPIED_CODECS:
        return f"{recipe.codec} is always encoded"
    if recipe.burn_in or recipe.text:
        return "the recipe burns text into the picture"
    if recipe.follows:
        return "the crop follows the speakers"
    if order.step > 1:
        return f"one of {order.step} frames is shown"
    if order.rate != order.cut.rate:
        return "the film has another frame rate than the cut"
    return ""


def _runs(order: CutRequest, wanted: PictureFormat, condition: CutCondition, reasons: list[str]) -> Iterator[_Run]:
    """The runs of a film; of each other frame the reason is set."""
    layers, titles = CutLayers(order.cut), order.cut.titles
    untouched: dict[str, str] = {}
    run: _Run | None = None
    for frame in range(order.frames):
        shown = layers.at(frame)
        reason = "a gap" if not shown else "a transition" if len(shown) > 1 or not shown[0].is_whole else ""
        if any(title.start <= frame < title.end for title in titles):
            reason = reason or "a title"
        clip = order.cut.clips[shown[0].clip] if shown and not reason else None
        take = clip.take if clip else None
        if take is not None:
            if take not in untouched:
                untouched[take] = _reason_of_take(order, order.takes[take], wanted)
                if not untouched[take] and not condition.is_whole(take):
                    untouched[take] = "the recording is damaged"
            reason = untouched[take]
        if clip and (look := order.look_of(clip)):
            reason = f"it has the look {look.name}"
        if take is None or reason:
            reasons[frame] = reason
            if run:
                yield run
            run = None
            continue
        grid = order.takes[take].footage.grid
        assert grid
        pts = grid.nearest_pts(Fraction(shown[0].tick) / order.cut.rate)
        number = bisect_left(grid.pts, pts)
        if run and (run.take != take or number != run.last + 1):
            yield run
            run = None
        run = run or _Run(take, number)
        run.last = number
        run.frames[pts] = frame
    if run:
        yield run


def _reason_of_take(order: CutRequest, take: CutTake, wanted: PictureFormat) -> str:
    """Why the recipe changes the picture of a take; empty if it leaves it untouched."""
    picture, grid = take.footage.probe.picture, take.footage.grid
    recipe = order.recipe.picture
    assert recipe
    if picture is None or grid is None:
        return "it has no picture"
    if take.footage.path.is_dir() or picture.codec not in COPIED_CODECS:
        return f"{picture.codec}; the film is {wanted.codec}"
    transform = picture_transform(take.footage, take.input_transform)
    conversion = conversion_of(transform, recipe.view, recipe.rendering) if transform else None
    size = (wanted.width, wanted.height)
    differences = {
        f"{picture.codec}; the film is {wanted.codec}": picture.codec != wanted.codec,
        "its colours are converted": conversion is None or conversion.target is not conversion.source,
        "it is rotated or mirrored": bool(picture.rotation or picture.mirrored),
        "its pixels are not square": picture.pixel_aspect != 1,
        "it is interlaced": picture.field_order != "progressive" or picture.deinterlacer is not None,
        "it has an alpha channel": picture.alpha,
        "it has two views": picture.views > 1,
        f"{picture.width}×{picture.height}; the film is {size[0]}×{size[1]}": (picture.width, picture.height) != size,
        f"{float(grid.rate):.5g} frames per second; the film has {float(order.rate):.5g}": (
            not grid.variable and grid.rate != order.rate
        ),
    }
    reason = next((reason for reason, differs in differences.items() if differs), "")
    return reason or _reason_of_bitstream(take, wanted) or _reason_of_light(order, take, wanted)


def _reason_of_bitstream(take: CutTake, wanted: PictureFormat) -> str:
    picture = take.footage.probe.picture
    assert picture
    coded = read_coded_picture(take.footage.path, picture.index)
    samples = f"yuv{wanted.chroma}p{'10le' if wanted.bit_depth == 10 else ''}"
    if coded.pixel_format != samples or coded.full_range:
        return f"{coded.pixel_format}{', full range' if coded.full_range else ''}; the film is {samples}"
    if (coded.width, coded.height) != (wanted.width, wanted.height):
        return f"its stored pictures are {coded.width}×{coded.height}"
    if coded.interlaced:
        return "it is interlaced"
    if coded.tags != TAGS[wanted.view]:
        return f"its colour tags are {_codes(coded.tags)}; those of the film are {_codes(TAGS[wanted.view])}"
    if wanted.chroma == "420" and coded.siting != "left":
        return f"its chroma samples are sited {coded.siting}"
    if wanted.codec == "prores" and coded.tag != SAMPLE_ENTRY["prores"]:
        return f"ProRes {coded.tag}; the film is {SAMPLE_ENTRY['prores']}"
    return ""


def _reason_of_light(order: CutRequest, take: CutTake, wanted: PictureFormat) -> str:
    if wanted.view != "pq":
        return ""
    transform = picture_transform(take.footage, take.input_transform)
    assert transform
    assert order.recipe.picture
    own = hdr10_light(take.footage.path, transform, order.recipe.picture)
    return "" if own == wanted.light else "its HDR10 metadata is not that of the film"


def _codes(tags: Sequence[int]) -> str:
    return "-".join(map(str, tags))


def _stretch(
    order: CutRequest,
    recipe: PictureRecipe,
    wanted: PictureFormat,
    run: _Run,
    read: Callable[[CutTake, int, int], RecordedStretch],
) -> tuple[CopiedStretch | None, str]:
    """What can be copied of a run, and why the rest of it is encoded."""
    source = read(order.takes[run.take], min(run.frames), max(run.frames))
    if source.problem:
        return None, source.problem
    stretch = copyable(source, run.frames)
    if stretch is None:
        return None, "no key frame in it at which decoding can start"
    rate = order.rate
    longest = recipe.copy_gop_seconds or recipe.gop_seconds
    if stretch.longest_gop > max(1, int(rate * Fraction(longest).limit_denominator(1000))):
        seconds = stretch.longest_gop / rate
        return None, f"its GOPs are up to {float(seconds):.2f} s long; the recipe allows {longest:g} s"
    if wanted.bit_rate:
        average, most = stretch.bit_rate(rate), stretch.overflow(rate, wanted.bit_rate)
        if average > wanted.bit_rate or most > wanted.bit_rate:
            peak = max(average, most)
            limit = wanted.bit_rate / 1e6
            return None, f"its bit rate is up to {float(peak) / 1e6:.1f} Mb/s; the recipe allows {limit:g} Mb/s"
    return stretch, _BEFORE_KEY


def _clips(order: CutRequest) -> list[int]:
    """The number of the clip of each frame, from 0."""
    edges = order.cut.positions
    return [max(0, bisect_left(edges, order.tick_of(frame) + 1) - 1) for frame in range(order.frames)]


def _label(order: CutRequest, clip: int) -> str | None:
    take = order.cut.clips[clip].take
    return None if take is None else order.takes[take].label


def _part(order: CutRequest, stretch: CopiedStretch, clips: Sequence[int]) -> CopiedPart:
    frames = stretch.frames
    members = sorted({clips[frame] for frame in frames})
    take = order.cut.clips[members[0]].take
    assert take is not None
    grid = order.takes[take].footage.grid
    assert grid
    first: Mapping[int, int] = {packet.frame: packet.recorded.pts for packet in stretch.packets}
    return CopiedPart(
        clips=tuple(clip + 1 for clip in members),
        take=order.takes[take].label,
        start=frames.start / order.rate,
        duration=len(frames) / order.rate,
        source_start=first[frames.start] * grid.time_base - grid.origin,
        packets=len(stretch.packets),
        bytes=stretch.bits // 8,
        digest=stretch.digest,
        open=stretch.is_open,
    )
