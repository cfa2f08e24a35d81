"""Edits of single clips: in and out points, gain, transitions, the edges of sound. Each returns another cut."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace

from engine.errors import RequestError
from engine.time import format_time
from engine.timeline.clip_list import (
    Lengths,
    clip_of,
    handle_after,
    handle_before,
    index_of,
    offset_range,
    with_clips,
)
from engine.timeline.cut import SAMPLE_RATE, Clip, Cut, Transition

QUIETEST_DB, LOUDEST_DB = -60.0, 24.0
_LONGEST_CROSSFADE = SAMPLE_RATE


def trim(cut: Cut, clip_id: str, lengths: Lengths, start: int | None = None, end: int | None = None) -> Cut:
    """Sets the in point, the out point or both, in ticks of the take's clock; later clips move (ripple).

    None leaves that point. Raises RequestError unless 0 ≤ start < end ≤ the take's length.
    """
    clip = clip_of(cut, clip_id)
    first, last = clip.start if start is None else start, clip.end if end is None else end
    limit = lengths.get(clip.take, clip.end) if clip.take is not None else last
    if not 0 <= first < last <= limit:
        number = index_of(cut, clip_id) + 1
        raise RequestError(
            f"Clip {number} cannot go from {_time(cut, first)} to {_time(cut, last)}.",
            f"Choose a start before the end, from 0 to {_time(cut, limit)} of its take.",
        )
    return _with(cut, lengths, replace(clip, start=first, length=last - first))


def roll(cut: Cut, clip_id: str, by: int, lengths: Lengths) -> Cut:
    """Moves the edit before a clip by ticks, later if positive: one clip gets longer, the other one shorter.

    Raises RequestError at the first clip, and if a clip would vanish or its take ends.
    """
    left, clip = _neighbours(cut, clip_id)
    _check(cut, by, -min(left.length - 1, _or(handle_before(clip), by)), min(clip.length - 1, _tail(left, by, lengths)))
    moved = replace(clip, start=clip.start + by if clip.take is not None else clip.start, length=clip.length - by)
    return _with(cut, lengths, replace(left, length=left.length + by), moved)


def slip(cut: Cut, clip_id: str, by: int, lengths: Lengths) -> Cut:
    """Shows a part of the take that is later by ticks, or earlier if negative; the clip stays in its place.

    Raises RequestError if the take ends, and for a gap.
    """
    clip = clip_of(cut, clip_id)
    if clip.take is None:
        raise RequestError(f"Clip {index_of(cut, clip_id) + 1} is a gap.", "Choose a clip of a take.")
    _check(cut, by, -clip.start, _tail(clip, by, lengths))
    return _with(cut, lengths, replace(clip, start=clip.start + by))


def slide(cut: Cut, clip_id: str, by: int, lengths: Lengths) -> Cut:
    """Moves a clip by ticks, later if positive, between its neighbours, which get longer and shorter.

    Raises RequestError at the first and the last clip, and if a neighbour would vanish or its take ends.
    """
    left, _ = _neighbours(cut, clip_id)
    right = next(iter(cut.clips[index_of(cut, clip_id) + 1 :]), None)
    if right is None:
        raise RequestError("The last clip cannot slide.", "Move it, or trim the previous one.")
    _check(
        cut, by, -min(left.length - 1, _or(handle_before(right), by)), min(right.length - 1, _tail(left, by, lengths))
    )
    moved = replace(right, start=right.start + by if right.take is not None else right.start, length=right.length - by)
    return _with(cut, lengths, replace(left, length=left.length + by), moved)


def set_gain(cut: Cut, clip_ids: Collection[str], gain_db: float) -> Cut:
    """Sets the gain of clips in dB. Raises RequestError unless it is from −60 to 24."""
    if not (math.isfinite(gain_db) and QUIETEST_DB <= gain_db <= LOUDEST_DB):
        raise RequestError(
            f"A gain of {gain_db:g} dB is not possible.", f"Choose one from {QUIETEST_DB:g} to {LOUDEST_DB:g} dB."
        )
    return _with(cut, None, *(replace(clip_of(cut, one), gain_db=float(gain_db)) for one in clip_ids))


def set_transition(cut: Cut, clip_id: str, transition: Transition | None, lengths: Lengths) -> Cut:
    """Sets the transition into a clip, or removes it with None.

    Raises RequestError at the first clip, if a clip is shorter, or if a take lacks the frames for it.
    """
    left, clip = _neighbours(cut, clip_id)
    made = _with(cut, lengths, replace(clip, transition=transition))
    if transition and clip_of(made, clip_id).transition != transition:
        if min(transition.before, transition.after) < 0:
            raise RequestError("A transition has no negative length.", "Choose a positive length.")
        before, after = left.length, clip.length
        if transition.needs_handles:
            before = min(before, _or(handle_before(clip), before))
            after = min(after, _or(handle_after(left, lengths), after))
        raise RequestError(
            f"There are not enough frames for a {transition.kind} of {transition.before} frames before and "
            f"{transition.after} after the edit.",
            f"At most {before} before and {after} after it are there: shorten the transition, trim the clips, or dip.",
        )
    return made


def set_sound_offset(cut: Cut, clip_id: str, samples: int, lengths: Lengths) -> Cut:
    """Sets where the sound of a clip begins, in samples after its picture; before it if negative (a J cut).

    Raises RequestError at the first clip, and if a clip or its take has no sound there.
    """
    _, clip = _neighbours(cut, clip_id)
    earliest, latest = offset_range(cut, cut.clips, index_of(cut, clip_id), lengths)
    if not earliest <= samples <= latest:
        raise RequestError(
            f"The sound of clip {index_of(cut, clip_id) + 1} cannot begin {_offset(samples)}.",
            f"It can begin from {_offset(earliest)} to {_offset(latest)}.",
        )
    return _with(cut, None, replace(clip, sound_offset=samples))


def set_crossfade(cut: Cut, clip_ids: Collection[str], samples: int) -> Cut:
    """Sets the length of the crossfade into clips. Raises RequestError unless it is from 0 to one second."""
    if not 0 <= samples <= _LONGEST_CROSSFADE:
        raise RequestError("A crossfade lasts from 0 to 1 second.", "Choose a length within that.")
    clips = [replace(clip_of(cut, one), crossfade=samples) for one in clip_ids]
    made = {clip.id: clip for clip in clips}
    return replace(cut, clips=tuple(made.get(clip.id, clip) for clip in cut.clips))


def _with(cut: Cut, lengths: Lengths | None, *changed: Clip) -> Cut:
    made = {clip.id: clip for clip in changed}
    return with_clips(cut, (made.get(clip.id, clip) for clip in cut.clips), lengths)


def _neighbours(cut: Cut, clip_id: str) -> tuple[Clip, Clip]:
    """The previous clip and the clip. Raises RequestError at the first one."""
    index = index_of(cut, clip_id)
    if index == 0:
        raise RequestError("No edit is before the first clip.", "Choose the clip after the edit.")
    return cut.clips[index - 1], cut.clips[index]


def _or(ticks: int | None, otherwise: int) -> int:
    """The ticks, or, for a gap, as many as are needed."""
    return abs(otherwise) if ticks is None else ticks


def _tail(clip: Clip, by: int, lengths: Lengths) -> int:
    return _or(handle_after(clip, lengths), by)


def _check(cut: Cut, by: int, earliest: int, latest: int) -> None:
    if earliest == latest == 0:
        raise RequestError("Nothing can move here: the takes have no more frames.", "Trim the clips first.")
    if not earliest <= by <= latest:
        seconds = f"{float(earliest / cut.rate):+.2f} to {float(latest / cut.rate):+.2f} s"
        raise RequestError(
            f"{by:+d} frames are not possible here.", f"From {earliest:+d} to {latest:+d} frames are: {seconds}."
        )


def _time(cut: Cut, tick: int) -> str:
    return f"{'−' * (tick < 0)}{format_time(abs(tick) / cut.rate, 2)}"


def _offset(samples: int) -> str:
    side = "before" if samples < 0 else "after"
    return f"{abs(samples) / SAMPLE_RATE:.3f} s {side} its picture"
