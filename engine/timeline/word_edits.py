"""Edits of a cut by its words: the clips follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from engine.errors import RequestError
from engine.timeline.clip_list import unused_ids, with_clips
from engine.timeline.cut import Clip, Cut, CutMarker
from engine.timeline.edges import Edge, JoinSide, LevelsOf, edge_after, edge_before, join, nearest_tick
from engine.timeline.spoken import CutWord, TakeWords, words_of

WordRange = tuple[int, int]
"""The numbers of words of a cut, from and to (exclusive)."""


@dataclass(frozen=True, slots=True)
class PauseCut:
    """A stretch without words that is taken out of a clip, from `leave` to `enter`.

    Without `leave` the clip begins at `enter`, without `enter` it ends at `leave`.
    """

    leave: Edge | None
    enter: Edge | None


@dataclass(slots=True)
class ClipPart:
    """A part of a clip, from one edge to the other; None is the clip's own end.

    `words` are the numbers of its words. A part that `continues` begins in the frame at which the previous one ends.
    """

    clip: Clip
    words: WordRange = (0, 0)
    first: Edge | None = None
    last: Edge | None = None
    continues: bool = False
    markers: list[CutMarker] = field(default_factory=list)
    start: int = field(init=False)
    end: int = field(init=False)
    offset: int = field(init=False)
    fade: int = field(init=False)

    def __post_init__(self) -> None:  # noqa: D105
        self.start, self.end = self.clip.start, self.clip.end
        self.offset, self.fade = self.clip.sound_offset, self.clip.crossfade


def delete_words(
    cut: Cut,
    spoken: Mapping[str, TakeWords],
    ranges: Iterable[WordRange],
    levels: LevelsOf | None = None,
    pauses: Mapping[int, Sequence[PauseCut]] | None = None,
    words: Sequence[CutWord] | None = None,
) -> Cut:
    """The cut without the words of the ranges. Clips without words stay, clips that lose all of theirs are removed.

    `pauses` are taken out too, by the number of the word after which they are, or before which if `leave` is None.
    One beside a deleted word is ignored, as the deletion leaves a short pause. Raises RequestError if nothing is left,
    or if a number is outside the cut. `words` are those of the cut, if they are known: of an hour, they take a while.
    """
    if words is None:
        words = words_of(cut, spoken)
    removed = _merged(ranges, len(words))
    pieces = list(_pieces(cut, words, spoken, removed, pauses or {}))
    if not pieces:
        raise RequestError("Nothing would be left of the cut.", "Leave at least one clip, or delete the cut.")
    return join_parts(cut, pieces, levels)


def keep_words(
    cut: Cut, spoken: Mapping[str, TakeWords], ranges: Iterable[WordRange], levels: LevelsOf | None = None
) -> Cut:
    """The cut with only these words, and its clips without words. Raises RequestError as `delete_words` does."""
    count = len(words_of(cut, spoken))
    kept = _merged(ranges, count)
    edges = [0, *(number for one in kept for number in one), count]
    return delete_words(cut, spoken, zip(edges[::2], edges[1::2], strict=True), levels)


def move_words(
    cut: Cut, spoken: Mapping[str, TakeWords], moved: WordRange, to: int, levels: LevelsOf | None = None
) -> Cut:
    """The cut with words moved before the word with the number `to`, or to the end if `to` is the number of words.

    Raises RequestError for a place within the moved words.
    """
    words = words_of(cut, spoken)
    ((first, last),) = _merged([moved], len(words))
    if not 0 <= to <= len(words) or first < to < last:
        raise RequestError(
            "The words cannot be moved into themselves or outside the cut.",
            f"Choose a word from 1 to {len(words)} that is not moved, or the end.",
        )
    if to in (first, last):
        return cut
    pieces = list(_pieces(cut, words, spoken, (), {}, borders=(first, last, to)))
    chosen = [piece for piece in pieces if piece.words[0] < piece.words[1] and first <= piece.words[0] < last]
    rest = [piece for piece in pieces if all(piece is not one for one in chosen)]
    place = next((n for n, one in enumerate(rest) if one.words[0] < one.words[1] and one.words[0] >= to), len(rest))
    return join_parts(cut, [*rest[:place], *chosen, *rest[place:]], levels)


def _merged(ranges: Iterable[WordRange], count: int) -> list[WordRange]:
    merged: list[WordRange] = []
    for first, last in sorted(ranges):
        if not 0 <= first <= last <= count:
            raise RequestError(
                f"The cut has no words {first + 1} to {last}.", f"It has {count} words: cwtui cut words lists them."
            )
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        elif first < last:
            merged.append((first, last))
    return merged


def _pieces(
    cut: Cut,
    words: Sequence[CutWord],
    spoken: Mapping[str, TakeWords],
    removed: Sequence[WordRange],
    pauses: Mapping[int, Sequence[PauseCut]],
    borders: Sequence[int] = (),
) -> Iterator[ClipPart]:
    """The parts of the clips that stay, in order, parted at removed words, at pauses and before the words `borders`."""
    out = [False] * len(words)
    for first, last in removed:
        out[first:last] = [True] * (last - first)
    edited = {words[n].clip for one in removed for n in range(*one)} | {words[n].clip for n in pauses}
    edited |= {words[n].clip for n in borders if n < len(words)}
    at = 0
    for index, clip in enumerate(cut.clips):
        begin = at
        while at < len(words) and words[at].clip == index:
            at += 1
        if index not in edited:
            yield ClipPart(clip, (begin, at))
            continue
        found = list(_parts(clip, words, spoken, (begin, at), out, pauses, borders))
        _distribute_markers(cut, clip, found)
        yield from found


def _parts(
    clip: Clip,
    words: Sequence[CutWord],
    spoken: Mapping[str, TakeWords],
    numbers: WordRange,
    out: Sequence[bool],
    pauses: Mapping[int, Sequence[PauseCut]],
    borders: Sequence[int],
) -> Iterator[ClipPart]:
    begin, end = numbers
    said = spoken[words[begin].take].words
    part: ClipPart | None = None
    for n in range(begin, end):
        if out[n]:
            if part:
                part.last = edge_after(said, words[n - 1].place)
                yield part
            part = None
            continue
        pause = next((one for one in pauses.get(n - 1, ()) if one.leave and one.enter), None)
        if part and (pause or n in borders):
            part.last = pause.leave if pause else edge_after(said, words[n - 1].place)
            yield part
            part = ClipPart(clip, (n, n + 1), pause.enter if pause else edge_before(said, words[n].place))
        elif part:
            part.words = part.words[0], n + 1
        else:
            head = next((one.enter for one in pauses.get(n, ()) if one.leave is None), None)
            part = ClipPart(clip, (n, n + 1), edge_before(said, words[n].place) if n > begin else head)
    if part:
        part.last = next((one.leave for one in pauses.get(end - 1, ()) if one.enter is None), None)
        yield part


def _distribute_markers(cut: Cut, clip: Clip, parts: Sequence[ClipPart]) -> None:
    """Gives each marker to the part that shows it, else to the next part, else to the last one."""
    for marker in clip.markers:
        at = cut.sample(marker.at)
        for part in parts:
            if part.last is None or at < part.last.at:
                part.markers.append(marker)
                break
        else:
            if parts:
                parts[-1].markers.append(marker)


def join_parts(cut: Cut, pieces: Sequence[ClipPart], levels: LevelsOf | None) -> Cut:
    """The cut of these parts of clips: joins that did not change stay, others are placed between the words."""
    follows = {two.id: one.id for one, two in pairwise(cut.clips)}
    if edge := pieces[0].first:
        pieces[0].start = nearest_tick(cut.rate, edge.at)
    if edge := pieces[-1].last:
        pieces[-1].end = nearest_tick(cut.rate, edge.at)
    if pieces[0].clip.id in follows or pieces[0].first:
        pieces[0].offset, pieces[0].fade = 0, 0
    for one, two in pairwise(pieces):
        if one.last is None and two.first is None and follows.get(two.clip.id) == one.clip.id:
            continue
        if two.continues and one.last:
            one.end = two.start = max(nearest_tick(cut.rate, one.last.at), one.start + 1)
            two.offset = two.fade = 0
            continue
        sides = JoinSide(one.clip, one.end, one.last), JoinSide(two.clip, two.start, two.first)
        one.end, two.start, two.offset, two.fade = join(cut, *sides, levels)
    used: set[str] = set()
    ids = unused_ids(cut.clips)
    clips = []
    for n, piece in enumerate(pieces):
        clips.append(_clip(piece, piece.clip.id if piece.clip.id not in used else next(ids), first=n == 0))
        used.add(piece.clip.id)
    return with_clips(cut, clips, inserted=clips)


def _clip(piece: ClipPart, number: str, *, first: bool) -> Clip:
    clip, end = piece.clip, max(piece.end, piece.start + 1)
    changed = replace(
        clip,
        id=number,
        start=piece.start,
        length=end - piece.start,
        sound_offset=piece.offset,
        crossfade=piece.fade,
        transition=None if first or piece.first else clip.transition,
    )
    if piece.first or piece.last:
        markers = tuple(replace(one, at=min(max(one.at, piece.start), end - 1)) for one in piece.markers)
        changed = replace(changed, markers=markers)
    return changed
