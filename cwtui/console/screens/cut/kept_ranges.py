"""The rows of Cut in a project without a cut: the kept ranges of the takes, with their handles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.segment import Segment

from cwtui.block_chart import sparkline
from cwtui.console.screens.row_style import RowStyle
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.columns import Cell, Column, lay_out
from cwtui.console.workers.take_media import TakeMedia
from cwtui.formatting import frame_rate_of, plural
from engine.catalog import Edit, Take
from engine.time import timecode

if TYPE_CHECKING:
    from engine.studio import Studio

# Where a row is too narrow, the start in the cut, the sound and the words give way, in this order.
_BEFORE_SOUND = (
    Column(13, "take", grow=1, most=24),
    Column(1, gap=1),
    Column(11, "starts at", gap=1, rank=3),
    Column(11, "length"),
    Column(7, "before", right=True),
    Column(7, "after", right=True),
)
_SOUND = Column(10, "sound", grow=2, most=40, rank=2)
_WORDS = Column(16, "words", grow=3, rank=1)


@dataclass(frozen=True, slots=True)
class RangeRow:
    """A row: range `number` `of` so many of a take, in seconds of its clock, and its start time in the film."""

    take: Take
    number: int
    of: int
    start: Fraction
    end: Fraction
    position: Fraction

    @property
    def key(self) -> str:
        """The key of the row."""
        return row_key(self.take.id, self.number)

    @property
    def name(self) -> str:
        """The take's label, with the number of one of several ranges."""
        return f"{self.take.label}-{self.number}" if self.of > 1 else self.take.label


def row_key(take_id: str, number: int) -> str:
    """The key of the row of a range."""
    return f"{take_id}#{number}"


def range_rows(snapshot: Snapshot) -> Iterator[RangeRow]:
    """The kept ranges of the kept takes, in shooting order."""
    position = Fraction(0)
    for take in snapshot.kept:
        spans = snapshot.review(take).spans(take.probe.duration)
        for number, (start, end) in enumerate(spans, 1):
            yield RangeRow(take, number, len(spans), start, end, position)
            position += end - start


def range_summary(rows: Iterable[RangeRow], snapshot: Snapshot) -> str:
    """The number of takes and ranges, and the whole length."""
    listed = list(rows)
    lengths = [row.end - row.start for row in listed]
    # Positions count at the rate of each take, and the whole length at that of the first one.
    rate = frame_rate_of(listed[0].take if listed else None)
    count = plural(len(snapshot.kept), "take")
    ranges = f", {plural(len(lengths), 'range')}" if len(lengths) > len(snapshot.kept) else ""
    return f" {count}{ranges} · {timecode(round(sum(lengths, Fraction(0)) * rate), rate)} long"


def range_columns(plain: bool) -> tuple[Column, ...]:
    """The columns of the rows."""
    return (*_BEFORE_SOUND, *(() if plain else (_SOUND,)), _WORDS)


def draw_range(row: RangeRow, starred: bool, media: TakeMedia, style: RowStyle) -> Iterable[Segment]:
    """Draws a row."""
    take, starts, ends, styles = row.take, row.start, row.end, style.styles
    rate = frame_rate_of(take)

    def waveform(columns: int) -> list[Segment]:
        drawn = sparkline(media.levels.rms, columns) if media.levels else "─" * columns
        first, last = (round(at * columns / take.probe.duration) for at in (starts, ends))
        parts = (drawn[:first], "faint"), (drawn[first:last], "accent"), (drawn[last:], "faint")
        return [Segment(part, styles[kind]) for part, kind in parts]

    cells: list[Cell] = [
        (row.name, style.name),
        ("★" if starred else "", styles["amber"]),
        (timecode(round(row.position * rate), rate), styles["faint"]),
        (timecode(round((ends - starts) * rate), rate), styles["text"]),
        (_handle("−", starts), styles["quiet"]),
        (_handle("+", take.probe.duration - ends), styles["quiet"]),
        *([] if style.plain else [waveform]),
        (_spoken_words(media, starts, ends), styles["text" if style.here else "quiet"]),
    ]
    yield from lay_out(range_columns(style.plain), cells, style.width)


def nudge_range(studio: Studio, row: RangeRow, starts: int, ends: int) -> Edit | None:
    """Moves the beginning and the end of a range by frames, up to the ranges beside it."""
    frame, reviews, take, number = 1 / frame_rate_of(row.take), studio.catalog.reviews, row.take, row.number
    review, duration = reviews.of(take), take.probe.duration
    spans = review.spans(duration)
    if number > len(spans):
        return None
    start, end = spans[number - 1]
    earliest = spans[number - 2][1] if number > 1 else Fraction(0)
    latest = spans[number][0] if number < len(spans) else duration
    at = min(max(start + starts * frame, earliest), end - frame)
    to = max(min(end + ends * frame, latest), at + frame)
    whole = None if len(review.ranges) < 2 else number
    return reviews.set_trim(take, at or None, to if to < duration else None, whole)


def _handle(sign: str, seconds: Fraction) -> str:
    """The length of a handle: −3.0 s, or 0.0 s without a sign."""
    text = f"{float(seconds):.1f} s"
    return text if text == "0.0 s" else sign + text


def _spoken_words(media: TakeMedia, starts: Fraction, ends: Fraction) -> str:
    if media.transcript is None:
        return ""
    from engine.speech import running_text

    words = [word for word in media.transcript.words if word.end > starts and word.start < ends]
    return f"“{running_text(words[:40])}”" if words else ""
