"""The parts that edits of a cut share: ids, halves of clips, joins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count, pairwise

from engine.errors import RequestError
from engine.time import format_time
from engine.timeline.cut import Clip, Cut

CROSSFADE = 480
"""The samples of the crossfade at a new join: 10 ms, enough against a click and too short to be heard."""

Lengths = Mapping[str, int]
"""The lengths of takes in ticks of the cut, by id. A take without one cannot be extended."""


def clip_of(cut: Cut, clip_id: str) -> Clip:
    """The clip with this id. Raises RequestError if there is none."""
    return cut.clips[index_of(cut, clip_id)]


def index_of(cut: Cut, clip_id: str) -> int:
    """The index of the clip with this id. Raises RequestError if there is none."""
    try:
        return cut.index_of(clip_id)
    except KeyError as error:
        message = f"“{cut.name}” has no clip with the id {clip_id}."
        raise RequestError(message, "cwtui cut show lists its clips.") from error


def unused_ids(clips: Iterable[Clip]) -> Iterator[str]:
    """The smallest integers, as text, that are no clip's id, in ascending order."""
    used = {clip.id for clip in clips}
    return (text for number in count(1) if (text := str(number)) not in used)


def split_at(cut: Cut, *ticks: int) -> Cut:
    """The cut with an edit at each tick that is inside a clip."""
    wanted = sorted(set(ticks))
    ids = unused_ids(cut.clips)
    clips: list[Clip] = []
    for clip, position in zip(cut.clips, cut.positions, strict=True):
        rest = clip
        for tick in wanted:
            at = clip.start + tick - position
            if rest.start < at < rest.end:
                first, rest = halves(rest, at, next(ids))
                clips.append(first)
        clips.append(rest)
    return replace(cut, clips=tuple(clips)) if len(clips) > len(cut.clips) else cut


def halves(clip: Clip, at: int, new_id: str) -> tuple[Clip, Clip]:
    """The parts of a clip before and after a tick of its take's clock. They play as the clip does.

    Both keep the alternates.
    """
    first = replace(clip, length=at - clip.start, markers=tuple(one for one in clip.markers if one.at < at))
    second = replace(
        clip,
        id=new_id,
        start=at,
        length=clip.end - at,
        sound_offset=0,
        crossfade=0,
        transition=None,
        markers=tuple(one for one in clip.markers if one.at >= at),
    )
    return first, second


def first_index_at(cut: Cut, tick: int) -> int:
    """The index of the clip that begins at a tick of the cut; the number of clips at its end."""
    return cut.positions.index(tick) if tick < cut.length else len(cut.clips)


def with_clips(cut: Cut, clips: Iterable[Clip], lengths: Lengths | None = None, inserted: Sequence[Clip] = ()) -> Cut:
    """The cut with other clips.

    A clip that follows another one than before loses its transition and its sound offset; the joins inside `inserted`
    stay. A join of times that did not follow each other before gets a crossfade. Transitions and sound offsets are
    shortened to the clips and to the handles of their takes, as far as `lengths` are known.
    """
    joins = {clip.id: (left, clip) for left, clip in [*pairwise(cut.clips), *pairwise(inserted)]}
    settled: list[Clip] = []
    for clip in clips:
        settled.append(_settled(clip, settled[-1] if settled else None, joins.get(clip.id)))
    made: list[Clip] = settled[:1]
    free = settled[0].length if settled else 0
    for index, (left, clip) in enumerate(pairwise(settled), 1):
        if clip.transition:
            clip = _shortened(clip, left, free, lengths)
        if clip.sound_offset:
            earliest, latest = offset_range(cut, settled, index, lengths)
            clip = replace(clip, sound_offset=min(max(clip.sound_offset, earliest), latest))
        free = clip.length - (clip.transition.after if clip.transition else 0)
        made.append(clip)
    return replace(cut, clips=tuple(made))


def handle_before(clip: Clip) -> int | None:
    """The ticks of a clip's take before it; None for a gap, which has no end."""
    return clip.start if clip.take is not None else None


def handle_after(clip: Clip, lengths: Lengths) -> int | None:
    """The ticks of a clip's take after it; None for a gap, which has no end."""
    return max(0, lengths.get(clip.take, clip.end) - clip.end) if clip.take is not None else None


def offset_range(cut: Cut, clips: Sequence[Clip], index: int, lengths: Lengths | None) -> tuple[int, int]:
    """The least and the greatest sound offset of a clip, in samples: its take and the previous one have sound there.

    Clips that continue each other count as one.
    """
    left, clip = clips[index - 1], clips[index]
    before = _continued_length(reversed(clips[:index]), backwards=True)
    after = _continued_length(clips[index:])
    tail = after if lengths is None else handle_after(left, lengths)
    earliest = -cut.sample(before if clip.take is None else min(before, clip.start))
    return earliest, cut.sample(after if tail is None else min(after, tail))


def at_text(cut: Cut, tick: int) -> str:
    """A tick of a cut as HH:MM:SS.hh."""
    return format_time(tick / cut.rate, 2)


def _settled(clip: Clip, left: Clip | None, join: tuple[Clip, Clip] | None) -> Clip:
    was, before = join or (None, None)
    follows = left and was and (left.id == was.id or (left.take, left.end) == (was.take, was.end))
    if not follows and (clip.transition or clip.sound_offset):
        clip = replace(clip, transition=None, sound_offset=0)
    same = follows and was and before and left and (left.end, clip.start) == (was.end, before.start)
    if left and not same and not clip.crossfade and not clip.continues(left):
        clip = replace(clip, crossfade=CROSSFADE)
    return clip


def _continued_length(clips: Iterable[Clip], backwards: bool = False) -> int:
    """The ticks of the first clip and of those that continue it."""
    length = 0
    beside: Clip | None = None
    for clip in clips:
        if beside and not (beside.continues(clip) if backwards else clip.continues(beside)):
            break
        length, beside = length + clip.length, clip
    return length


def _shortened(clip: Clip, left: Clip, free: int, lengths: Lengths | None) -> Clip:
    assert clip.transition
    before, after = min(clip.transition.before, free), min(clip.transition.after, clip.length)
    if clip.transition.needs_handles:
        heads, tails = handle_before(clip), None if lengths is None else handle_after(left, lengths)
        before = before if heads is None else min(before, heads)
        after = after if tails is None else min(after, tails)
    if (before, after) == (clip.transition.before, clip.transition.after):
        return clip
    return replace(clip, transition=replace(clip.transition, before=before, after=after) if before + after else None)
