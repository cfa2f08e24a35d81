"""The differences between two cuts: what moved, was trimmed, split, joined, added or removed, by take and words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

from engine.time import format_time
from engine.timeline.cut import Clip, Cut, CutTitle
from engine.timeline.exchange.loss import effective_clips

ChangeKind = Literal[
    "removed", "added", "replaced", "moved", "trimmed", "split", "joined",
    "gain", "transition", "sound", "markers", "alternates", "name", "look", "titles",
]  # fmt: skip
Span = tuple[int, int]

Words = Callable[[str, int, int], str]
"""The words of a take between two ticks on its clock."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `before` and `after` are the numbers of the clips in the two cuts, from 1.

    `head` and `tail` are the frames that a trim added before the first and after the last one, negative if it removed
    them. `removed` and `added` are words, or titles.
    """

    kind: ChangeKind
    before: tuple[int, ...]
    after: tuple[int, ...]
    take: str | None
    head: int = 0
    tail: int = 0
    removed: str = ""
    added: str = ""

    def as_json(self) -> dict[str, Any]:
        """The change with its words."""
        return {
            "kind": self.kind, "before": list(self.before), "after": list(self.after), "take": self.take,
            "head": self.head, "tail": self.tail, "removed": self.removed, "added": self.added,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class CutDiff:
    """The changes from one cut to another, in the order of the first; lengths and trims are in ticks of its rate."""

    changes: tuple[Change, ...]
    rate: Fraction
    length_before: int
    length_after: int


def diff_cuts(before: Cut, after: Cut, words: Words = lambda take, start, end: "") -> CutDiff:
    """The changes that make `after` of `before`. A cut of another rate is compared in the ticks of `before`.

    Clips are the same if they show the same part of a take, whatever their ids are.
    """
    scaled = at_rate(after, before.rate)
    old, new = (tuple(clip for _, clip in effective_clips(cut)) for cut in (before, scaled))
    finder = _Changes(old, new, _pair(old, new), words)
    changes = (*finder.find(), *_title_changes(before, scaled))
    return CutDiff(changes, before.rate, before.length, scaled.length)


def at_rate(cut: Cut, rate: Fraction) -> Cut:
    """The cut in ticks of another rate: every edge moves to the nearest tick."""
    if cut.rate == rate:
        return cut
    ratio = rate / cut.rate
    clips = []
    for clip, position in zip(cut.clips, cut.positions, strict=True):
        length = round((position + clip.length) * ratio) - round(position * ratio)
        markers = tuple(replace(one, at=round(one.at * ratio)) for one in clip.markers)
        clips.append(replace(clip, start=round(clip.start * ratio), length=max(1, length), markers=markers))
    titles = tuple(
        replace(one, start=round(one.start * ratio), length=max(1, round(one.length * ratio))) for one in cut.titles
    )
    return replace(cut, rate=rate, clips=tuple(clips), titles=titles)


def _title_changes(before: Cut, after: Cut) -> Iterator[Change]:
    """One change for all titles that only one of the cuts has."""
    old, new = ({replace(one, id=""): None for one in cut.titles} for cut in (before, after))
    if old.keys() != new.keys():
        gone, come = (
            "; ".join(_title_text(one, before.rate) for one in these if one not in those)
            for these, those in ((old, new), (new, old))
        )
        yield Change("titles", (), (), None, removed=gone, added=come)


def _title_text(title: CutTitle, rate: Fraction) -> str:
    said = next((value for _, value in title.fields if value), "")
    return f"{title.template} at {format_time(title.start / rate, 2)}" + (f": {said}" if said else "")


def _overlap(one: Clip, other: Clip) -> int:
    return min(one.end, other.end) - max(one.start, other.start)


def _pair(before: Sequence[Clip], after: Sequence[Clip]) -> dict[int, int]:
    """The index in `after` of each clip of `before` that is still there: the largest common part first."""
    by_take: dict[str, list[int]] = {}
    for index, clip in enumerate(after):
        if clip.take is not None:
            by_take.setdefault(clip.take, []).append(index)
    found = []
    for index, clip in enumerate(before):
        for other in by_take.get(clip.take or "", ()):
            common = _overlap(clip, after[other])
            if common > 0:
                found.append((-common, abs(index - other), index, other))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, index, other in sorted(found):
        if index not in pairs and other not in taken:
            pairs[index] = other
            taken.add(other)
    for index, clip in enumerate(before):
        if clip.take is None:
            # A gap is the same if a clip beside it is.
            near = [pairs[index - 1] + 1] if index - 1 in pairs else []
            near += [pairs[index + 1] - 1] if index + 1 in pairs else []
            other = next((n for n in near if 0 <= n < len(after) and after[n].take is None and n not in taken), -1)
            if other >= 0:
                pairs[index] = other
                taken.add(other)
    return pairs


def _ascending(pairs: dict[int, int]) -> set[int]:
    """The clips that stay in order: the longest series whose places ascend in both cuts."""
    order = sorted(pairs)
    best: list[int] = []
    tails: list[int] = []
    previous: dict[int, int | None] = {}
    for index in order:
        low, high = 0, len(tails)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if pairs[tails[middle]] < pairs[index] else (low, middle)
        previous[index] = tails[low - 1] if low else None
        tails[low:] = [index] if low == len(tails) else [index, *tails[low + 1 :]]
    at: int | None = tails[-1] if tails else None
    while at is not None:
        best.append(at)
        at = previous[at]
    return set(best)


@dataclass(slots=True)
class _Changes:
    before: Sequence[Clip]
    after: Sequence[Clip]
    pairs: dict[int, int]
    words: Words

    def find(self) -> list[Change]:
        """The changes in the order of the first cut; clips of the second alone follow the clip before them."""
        taken = set(self.pairs.values())
        parts = self._extra(self.after, self.before, set(range(len(self.after))) - taken)
        wholes = self._extra(self.before, self.after, set(range(len(self.before))) - set(self.pairs))
        added = [n for n in range(len(self.after)) if n not in taken and n not in parts]
        staying = _ascending(self.pairs)
        out: list[tuple[tuple[int, int], Change]] = []
        for index, clip in enumerate(self.before):
            if index in self.pairs:
                other = self.pairs[index]
                pieces = [other, *sorted(n for n, owner in parts.items() if owner == index)]
                joined = [index, *sorted(n for n, owner in wholes.items() if owner == other)]
                changes = self._changed(joined, pieces, index not in staying)
                out += [((index, number), change) for number, change in enumerate(changes)]
            elif index not in wholes:
                out.append(((index, 0), self._removed(index, clip, added)))
        backward = {other: index for index, other in self.pairs.items()}
        for other in added:
            place = max((backward[n] for n in range(other) if n in backward), default=-1)
            out.append(((place, 1000 + other), self._added(other)))
        return [change for _, change in sorted(out, key=lambda one: one[0])]

    @staticmethod
    def _extra(clips: Sequence[Clip], others: Sequence[Clip], alone: Iterable[int]) -> dict[int, int]:
        """The unpaired clips that have a part of a clip of the other cut, with its index."""
        out = {}
        for index in sorted(alone):
            same = [n for n, one in enumerate(others) if one.take is not None and one.take == clips[index].take]
            best = max(same, key=lambda n: (_overlap(clips[index], others[n]), -abs(n - index)), default=None)
            if best is not None and _overlap(clips[index], others[best]) > 0:
                out[index] = best
        return out

    def _changed(self, joined: list[int], pieces: list[int], moved: bool) -> list[Change]:
        index, other = joined[0], pieces[0]
        one, two = self.before[index], self.after[other]
        numbers = tuple(n + 1 for n in sorted(joined)), tuple(n + 1 for n in sorted(pieces))
        old = [(self.before[n].start, self.before[n].end) for n in joined]
        new = [(self.after[n].start, self.after[n].end) for n in pieces]
        removed, added = self._text(one.take, _without(old, new)), self._text(one.take, _without(new, old))
        head = min(start for start, _ in old) - min(start for start, _ in new)
        tail = max(end for _, end in new) - max(end for _, end in old)
        if one.take is None:
            head, tail = 0, two.length - one.length
        kind: ChangeKind = "split" if len(pieces) > 1 else "joined" if len(joined) > 1 else "trimmed"
        out = []
        if moved:
            out.append(Change("moved", *numbers, one.take))
        if kind != "trimmed" or head or tail:
            out.append(Change(kind, *numbers, one.take, head, tail, removed, added))
        properties: list[tuple[ChangeKind, bool]] = [
            ("gain", one.gain_db != two.gain_db),
            ("transition", one.transition != two.transition),
            ("sound", (one.sound_offset, one.crossfade) != (two.sound_offset, two.crossfade)),
            ("markers", one.markers != two.markers and one.take is not None),
            ("alternates", one.alternates != two.alternates),
            ("name", one.name != two.name),
            ("look", (one.look, one.animation) != (two.look, two.animation)),
        ]
        out += [Change(name, numbers[0][:1], numbers[1][:1], one.take) for name, differs in properties if differs]
        return out

    def _removed(self, index: int, clip: Clip, added: list[int]) -> Change:
        """A removed clip; replaced if the clip at its place is one of its alternates."""
        words = self._text(clip.take, [(clip.start, clip.end)])
        for other in added:
            two = self.after[other]
            if any(
                one.take == two.take and one.start < two.end and two.start < one.start + one.length
                for one in clip.alternates
            ):
                added.remove(other)
                spoken = self._text(two.take, [(two.start, two.end)])
                return Change("replaced", (index + 1,), (other + 1,), two.take, removed=words, added=spoken)
        return Change("removed", (index + 1,), (), clip.take, removed=words)

    def _added(self, other: int) -> Change:
        clip = self.after[other]
        return Change("added", (), (other + 1,), clip.take, added=self._text(clip.take, [(clip.start, clip.end)]))

    def _text(self, take: str | None, spans: Iterable[Span]) -> str:
        if take is None:
            return ""
        return " … ".join(text for start, end in spans if (text := self.words(take, start, end)))


def _without(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """The parts of spans that no other span covers, in order."""
    out = sorted(spans)
    for begin, end in others:
        out = [
            (first, last)
            for start, stop in out
            for first, last in ((start, min(stop, begin)), (max(start, end), stop))
            if first < last
        ]
    return sorted(set(out))
