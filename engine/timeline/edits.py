"""Edits of a cut's clips: split, remove, insert, move, join. Each returns another cut."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from engine.errors import RequestError
from engine.timeline.clip_list import (
    Lengths,
    at_text,
    clip_of,
    first_index_at,
    index_of,
    split_at,
    unused_ids,
    with_clips,
)
from engine.timeline.cut import Alternate, Clip, Cut


def gap(length: int) -> Clip:
    """A gap of ticks, to be inserted."""
    return Clip("", None, 0, length)


def split(cut: Cut, at: int) -> Cut:
    """Splits the clip that is shown at a tick. A transition over that tick ends there.

    Raises RequestError if an edit is there, or nothing.
    """
    made = split_at(cut, at)
    if made is cut:
        inside = 0 < at < cut.length
        problem = f"already has an edit at {at_text(cut, at)}" if inside else f"ends at {at_text(cut, cut.length)}"
        raise RequestError(f"“{cut.name}” {problem}.", "Choose a time within a clip.")
    return with_clips(cut, made.clips)


def remove(cut: Cut, clip_ids: Collection[str]) -> Cut:
    """Removes clips; later ones move up. Raises RequestError for an id without a clip."""
    ids = _existing(cut, clip_ids)
    return with_clips(cut, (clip for clip in cut.clips if clip.id not in ids))


def remove_range(cut: Cut, first: int, last: int) -> Cut:
    """Removes the ticks from `first` up to `last`; later ones move up. Raises RequestError if there are none."""
    first, last = _range(cut, first, last)
    parts = split_at(cut, first, last)
    kept = (clip for clip, inside in _parts(parts, first, last) if not inside)
    return with_clips(cut, kept)


def lift(cut: Cut, clip_ids: Collection[str]) -> Cut:
    """Replaces clips by gaps; later ones stay in place. What was removed is the first alternate of each gap.

    Raises RequestError for an id without a clip.
    """
    ids = _existing(cut, clip_ids)
    return with_clips(cut, (_emptied(clip) if clip.id in ids else clip for clip in cut.clips))


def lift_range(cut: Cut, first: int, last: int) -> Cut:
    """Replaces the ticks from `first` up to `last` by gaps. Raises RequestError if there are none."""
    first, last = _range(cut, first, last)
    parts = split_at(cut, first, last)
    return with_clips(cut, (_emptied(clip) if inside else clip for clip, inside in _parts(parts, first, last)))


def insert(cut: Cut, at: int, clips: Iterable[Clip]) -> Cut:
    """Inserts clips at a tick, which may be inside a clip or the cut's end; later ones move down. They get new ids.

    Raises RequestError for a tick outside of the cut.
    """
    if not 0 <= at <= cut.length:
        raise RequestError(
            f"{at_text(cut, max(0, at))} is outside of “{cut.name}”.", f"It ends at {at_text(cut, cut.length)}."
        )
    parts = split_at(cut, at)
    ids = unused_ids(parts.clips)
    inserted = tuple(replace(clip, id=next(ids)) for clip in clips)
    index = first_index_at(parts, at)
    return with_clips(cut, (*parts.clips[:index], *inserted, *parts.clips[index:]), inserted=inserted)


def move(cut: Cut, clip_ids: Collection[str], before: str | None) -> Cut:
    """Moves clips, in their order, before another clip; None is the end. Raises RequestError if that moves as well."""
    ids = _existing(cut, clip_ids)
    if before is not None:
        index_of(cut, before)
        if before in ids:
            raise RequestError("A clip cannot be moved before itself.", "Choose a clip that does not move.")
    stay = [clip for clip in cut.clips if clip.id not in ids]
    index = next((n for n, clip in enumerate(stay) if clip.id == before), len(stay))
    moved = [clip for clip in cut.clips if clip.id in ids]
    return with_clips(cut, (*stay[:index], *moved, *stay[index:]))


def move_range(cut: Cut, first: int, last: int, to: int) -> Cut:
    """Moves the ticks from `first` up to `last` to the tick `to`. Raises RequestError if that is between them."""
    first, last = _range(cut, first, last)
    if first < to < last or not 0 <= to <= cut.length:
        raise RequestError(
            f"A part of “{cut.name}” cannot be moved to {at_text(cut, max(0, to))}.",
            f"Choose a time outside of the part, up to {at_text(cut, cut.length)}.",
        )
    parts = split_at(cut, first, last, to)
    ids = [clip.id for clip, inside in _parts(parts, first, last) if inside]
    index = first_index_at(parts, to)
    target = next((clip.id for clip in parts.clips[index:] if clip.id not in ids), None)
    return move(parts, ids, target)


def duplicate(cut: Cut, clip_ids: Collection[str]) -> Cut:
    """Repeats clips after the last of them. Raises RequestError for an id without a clip."""
    ids = _existing(cut, clip_ids)
    new = unused_ids(cut.clips)
    copies = tuple(replace(clip, id=next(new)) for clip in cut.clips if clip.id in ids)
    index = max((n for n, clip in enumerate(cut.clips, 1) if clip.id in ids), default=0)
    return with_clips(cut, (*cut.clips[:index], *copies, *cut.clips[index:]), inserted=copies)


def join(cut: Cut, clip_id: str) -> Cut:
    """Makes one clip of a clip and the next one, which continues it. Raises RequestError if it does not."""
    index = index_of(cut, clip_id)
    left, clip = cut.clips[index], next(iter(cut.clips[index + 1 :]), None)
    if clip is None or not clip.continues(left):
        after = "is the last one" if clip is None else f"and clip {index + 2} do not continue each other"
        raise RequestError(
            f"Clip {index + 1} {after}.", "Only parts of one take that follow each other, with one gain, can be joined."
        )
    return with_clips(cut, (*cut.clips[:index], _joined(left, clip), *cut.clips[index + 2 :]))


def restore(cut: Cut, clip_id: str) -> Cut:
    """Restores what was removed between a clip and the next one of the same take. A gap between them is replaced.

    Raises RequestError if nothing is missing there.
    """
    index = index_of(cut, clip_id)
    left, rest = cut.clips[index], cut.clips[index + 1 :]
    skipped = 1 if rest and rest[0].take is None else 0
    clip = next(iter(rest[skipped:]), None)
    if clip is None or left.take is None or clip.take != left.take or clip.start <= left.end:
        raise RequestError(
            f"Nothing is missing after clip {index + 1}.", "Choose a clip before a later part of the same take."
        )
    whole = replace(left, length=clip.start - left.start)
    plain = replace(clip, transition=None, sound_offset=0)
    made = (_joined(whole, plain),) if left.is_like(clip) else (whole, plain)
    return with_clips(cut, (*cut.clips[:index], *made, *rest[skipped + 1 :]))


def replace_with_alternate(cut: Cut, clip_id: str, number: int, lengths: Lengths) -> Cut:
    """Shows an alternate of a clip, by number from 1, instead. What the clip showed takes the alternate's place.

    Raises RequestError if there is no such alternate, or its take does not have it.
    """
    clip = clip_of(cut, clip_id)
    if not 1 <= number <= len(clip.alternates):
        has = f"It has {len(clip.alternates)}." if clip.alternates else "It has none."
        raise RequestError(f"Clip {index_of(cut, clip_id) + 1} has no alternate {number}.", has)
    wanted = clip.alternates[number - 1]
    if wanted.start + wanted.length > lengths.get(wanted.take, 0):
        raise RequestError(
            "The take of this alternate is missing, or shorter than it was.", "cwtui takes lists the takes."
        )
    alternates = list(clip.alternates)
    if clip.take is None:
        del alternates[number - 1]
    else:
        alternates[number - 1] = Alternate(clip.take, clip.start, clip.length, clip.reason)
    shown = replace(
        clip,
        take=wanted.take,
        start=wanted.start,
        length=wanted.length,
        name="",
        gain_db=0.0,
        # Keyframes are on the clock of the other take.
        animation=(),
        markers=tuple(
            replace(one, at=wanted.start + min(one.at - clip.start, wanted.length - 1))
            for one in clip.markers
            if clip.start <= one.at < clip.end
        ),
        alternates=tuple(alternates),
        reason=wanted.reason,
    )
    return with_clips(cut, (shown if one.id == clip_id else one for one in cut.clips), lengths)


def _existing(cut: Cut, clip_ids: Collection[str]) -> frozenset[str]:
    for clip_id in clip_ids:
        index_of(cut, clip_id)
    return frozenset(clip_ids)


def _range(cut: Cut, first: int, last: int) -> tuple[int, int]:
    """The range within the cut. Raises RequestError if it is empty."""
    bounds = max(0, first), min(last, cut.length)
    if bounds[0] >= bounds[1]:
        raise RequestError(
            f"“{cut.name}” has nothing from {at_text(cut, max(0, first))} to {at_text(cut, max(0, last))}.",
            f"Choose a start before the end, up to {at_text(cut, cut.length)}.",
        )
    return bounds


def _parts(cut: Cut, first: int, last: int) -> Iterable[tuple[Clip, bool]]:
    """Each clip, and whether it is in a range that begins and ends at edits."""
    for clip, position in zip(cut.clips, cut.positions, strict=True):
        yield clip, first <= position < last


def _emptied(clip: Clip) -> Clip:
    markers = tuple(replace(one, at=one.at - clip.start) for one in clip.markers if clip.start <= one.at < clip.end)
    removed = () if clip.take is None else (Alternate(clip.take, clip.start, clip.length, clip.reason),)
    return Clip(clip.id, None, 0, clip.length, markers=markers, alternates=(*removed, *clip.alternates))


def _joined(left: Clip, clip: Clip) -> Clip:
    if left.take is None:
        clip = replace(clip, markers=tuple(replace(one, at=left.end + one.at - clip.start) for one in clip.markers))
    markers = tuple(sorted({*left.markers, *clip.markers}, key=lambda one: (one.at, one.label, one.kind)))
    alternates = tuple(dict.fromkeys((*left.alternates, *clip.alternates)))
    return replace(left, length=left.length + clip.length, markers=markers, alternates=alternates)
