"""Start and end times of captions: with the words, long enough to be read, and never across a cut."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.speech.captions.cue import Style


@dataclass(frozen=True, slots=True)
class Phrase:
    """The spoken content of one caption: its times in seconds and its length in columns."""

    start: Fraction
    end: Fraction
    columns: int


class Clock:
    """Times captions in order; if `frame` is given, all times are on the frame grid or on a cut.

    `cuts` are sorted and far enough apart for a caption (`Style.heeded`); `frame` is in seconds.
    """

    def __init__(self, style: Style, cuts: Sequence[Fraction], frame: Fraction | None) -> None:
        self._style, self._cuts, self._frame = style, cuts, frame
        self._gap = style.gap_at(frame)
        self._earliest = Fraction(0)

    def place(self, phrase: Phrase, following: Phrase | None) -> tuple[Fraction, Fraction]:
        """(start, end) of the next caption in seconds; `following` is the one after it.

        A caption near a cut snaps to it; a caption that would be too short delays the next one.
        """
        start = self._start(phrase)
        cut = self._cut_after(start)
        end = max(phrase.end, start + phrase.columns / self._style.read_per_second)
        shortest = self._up(start + self._style.shortest)
        limits = [self._down(start + self._style.longest)]
        if following is not None:
            limit = self._begins(following, cut) - self._gap
            end = self._until(end, limit)
            limits.append(max(self._down(limit), shortest))
        if cut is not None:
            limit = cut - self._gap
            end = self._until(end, limit)
            limits.append(self._down(limit))
        end = min(max(self._up(end), shortest), *limits)
        self._earliest = end + self._gap
        return start, end

    def _until(self, end: Fraction, limit: Fraction) -> Fraction:
        """The end, clamped to the limit, and extended to it if the remaining gap is small."""
        return limit if end >= limit - self._style.near else end

    def _begins(self, following: Phrase, cut: Fraction | None) -> Fraction:
        """The earliest start of the next caption: at the cut if its words start too shortly before the cut."""
        if cut is None or following.start >= cut or following.start + following.end < 2 * cut:
            return following.start
        return following.start if self._room(following.start, cut) else cut

    def _room(self, start: Fraction, cut: Fraction) -> bool:
        """Whether the shortest caption fits between a start and a cut."""
        return self._up(start + self._style.shortest) <= self._down(cut - self._gap)

    def _start(self, phrase: Phrase) -> Fraction:
        start = max(phrase.start, self._earliest)
        shot = self._cuts[at - 1] if (at := bisect_right(self._cuts, start)) else Fraction(0)
        if shot >= self._earliest and 0 <= start - shot <= self._style.near and at:
            start = shot
        else:
            start = max(self._down(start), self._earliest)
        cut = self._cut_after(start)
        if cut is None or self._room(start, cut):
            return start
        # Too little of the shot remains: prefer slightly early in this shot to late in the next one.
        early = self._down(cut - self._gap) - self._up(self._style.shortest)
        spoken_before = phrase.start + phrase.end < 2 * cut
        if spoken_before and early >= max(self._earliest, shot) and start - early <= self._style.near:
            return early
        return cut

    def _cut_after(self, moment: Fraction) -> Fraction | None:
        at = bisect_right(self._cuts, moment)
        return self._cuts[at] if at < len(self._cuts) else None

    def _down(self, moment: Fraction) -> Fraction:
        return moment if self._frame is None else math.floor(moment / self._frame) * self._frame

    def _up(self, moment: Fraction) -> Fraction:
        return moment if self._frame is None else math.ceil(moment / self._frame) * self._frame


def before_end(
    times: Sequence[tuple[Fraction, Fraction]],
    last: Fraction,
    style: Style,
    cuts: Sequence[Fraction] = (),
    frame: Fraction | None = None,
) -> list[tuple[Fraction, Fraction]]:
    """The captions' (start, end), in order and without overlap, limited to the end of the recording.

    `last` is that end in seconds; captions end on a whole millisecond or frame at or before it. A caption that would
    be too short starts earlier, as far as the previous caption and the previous cut allow.
    """
    grid = frame or Fraction(1, 1000)
    gap, latest = style.gap_at(frame), math.floor(last / grid) * grid
    out = list(times)
    for n in range(len(out) - 1, -1, -1):
        start, end = out[n]
        if end <= latest:
            break
        end = latest
        if end - start < style.shortest:
            earliest = out[n - 1][0] + gap + grid if n else Fraction(0)
            if at := bisect_right(cuts, start):
                earliest = max(earliest, cuts[at - 1])
            early = math.floor((end - style.shortest) / grid) * grid
            start = max(min(start, end - grid, max(early, earliest)), Fraction(0))
        out[n] = start, end
        latest = start - gap
    return out
