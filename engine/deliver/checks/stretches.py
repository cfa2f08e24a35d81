"""Checks of what a movie shows over time against what was rendered: black, frozen, repeated and clipped pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.checks.sync import measure_sync
from engine.deliver.receipt import Check
from engine.time import format_short_time

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.picture import FrameStretch, PictureClipping, PictureFaults

_AGAIN = "Deliver it again. If it fails again, look at the take there with `cwtui frame`."

# A movie may have this much more of its samples at the ends of the range than was rendered, on average, and in the
# worst second.
_CLIPPED, _CLIPPED_SECOND = 0.01, 0.05

_SHOWN = 3


@check("black-picture", "Black picture", remedy=_AGAIN)
def black_picture(finished: Finished) -> Iterator[Check]:
    """No frame is black where the rendered one has a picture."""
    faults = finished.once(_faults)
    yield judge_stretches("black picture", faults.black, faults, "no black frame where the source has a picture")


@check("frozen-picture", "Frozen picture", remedy=_AGAIN)
def frozen_picture(finished: Finished) -> Iterator[Check]:
    """The picture does not stand for half a second or more while the rendered one moves."""
    faults = finished.once(_faults)
    yield judge_stretches("frozen picture", faults.frozen, faults, "moves where the source moves")


@check("repeated-frames", "Repeated frames", remedy=_AGAIN)
def repeated_frames(finished: Finished) -> Iterator[Check]:
    """No frame is shown twice in the place of another one."""
    faults = finished.once(_faults)
    yield judge_stretches("repeated frames", faults.repeated, faults, "each frame once, as rendered")


@check(
    "clipped-picture",
    "Clipped picture",
    remedy="Deliver it again. If the take is right, check that nothing changed the range of the file.",
)
def clipped_picture(finished: Finished) -> Iterator[Check]:
    """The share of the picture at black or white is that of the rendered frames."""
    from engine.picture import clipping

    found = clipping(finished.source.rendered, finished.movie.signatures, frame_shifts(finished))
    yield judge_clipping(found)


def _faults(finished: Finished) -> PictureFaults:
    from engine.picture import picture_faults

    return picture_faults(finished.source.rendered, finished.movie.signatures, frame_shifts(finished))


def frame_shifts(finished: Finished) -> NDArray[np.intp]:
    """Of each frame of a movie, by how many frames it is late, by the nearest window in which that is measurable."""
    import numpy as np

    count = finished.movie.signatures.count
    found = [((one.start + one.end) / 2, one.picture.frames) for one in finished.once(measure_sync) if one.picture]
    if not found:
        return np.zeros(count, np.intp)
    middles, shifts = (np.array(part) for part in zip(*found, strict=True))
    nearest = np.abs(finished.movie.signatures.times[:, None] - middles[None, :]).argmin(1)
    return np.asarray(shifts[nearest], np.intp)


def judge_stretches(name: str, found: Sequence[FrameStretch], faults: PictureFaults, wanted: str) -> Check:
    """The verdict on one kind of faults: passed if there is none."""
    if not faults.compared:
        return Check(name=name, passed=True, measured="every frame is copied from the source", wanted=wanted)
    if not found:
        return Check(name=name, passed=True, measured=f"none in {faults.compared} frames", wanted=wanted)
    frames = sum(one.last - one.first for one in found)
    places = [f"{format_short_time(one.start, 1)} to {format_short_time(one.end, 1)}" for one in found[:_SHOWN]]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return Check(name=name, passed=False, measured=f"{frames} frames: {', '.join(places)}{more}", wanted=wanted)


def judge_clipping(found: PictureClipping | None) -> Check:
    """Compares the clipped shares of a movie with those of its rendering."""
    name, wanted = "clipped picture", "as much as rendered, at most 1 % more, in no second 5 % more"
    if found is None:
        return Check(name=name, passed=True, measured="every frame is copied from the source", wanted=wanted)
    measured = f"{found.finished:.1%} of the picture, rendered {found.rendered:.1%}"
    passed = found.excess <= _CLIPPED and found.worst <= _CLIPPED_SECOND
    if not passed:
        measured += f"; {found.worst:.1%} more at {format_short_time(found.worst_at)}"
    return Check(name=name, passed=passed, measured=measured, wanted=wanted)
