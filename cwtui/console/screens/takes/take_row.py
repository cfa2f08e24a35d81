"""A take as a row of Takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich.segment import Segment

from cwtui.block_chart import sparkline
from cwtui.console.screens.row_style import RowStyle
from cwtui.console.screens.takes.take_details import condition_mark, format_summary, retake_line
from cwtui.console.widgets.text_layout import pad, truncate
from cwtui.console.workers.take_media import TakeMedia
from cwtui.formatting import format_level, take_timecode
from engine.catalog import Condition, Review, Take


@dataclass(frozen=True, slots=True)
class TakeRow:
    """The data of a take's row. `suggest_retake` returns the take that an undecided one is probably a retake of."""

    take: Take
    media: TakeMedia
    review: Review
    condition: Condition
    retake_of: Take | None
    suggest_retake: Callable[[], Take | None]


def take_row(data: TakeRow, row: RowStyle) -> Iterator[Segment]:
    """A take as one row: warnings, decisions, duration, picture, loudness, waveform, words."""
    take, media, review, styles = data.take, data.media, data.review, row.styles
    mark = "!" if take.needs_director or not media.present else "▸" if row.here else " "
    yield Segment(f" {mark} ", styles["amber" if mark == "!" else "accent"])
    yield Segment(f"{take.number:03d}", row.name)
    sign, kind = condition_mark(data.condition)
    yield Segment(f"{sign} ", styles[kind])
    yield Segment("★ " if review.star else "· ", styles["amber" if review.star else "faint"])
    verdict = review.verdict or ""
    yield Segment(pad(verdict, 8), styles["accent" if verdict == "keep" else "quiet"])
    yield Segment(f"{take_timecode(take)}  ", styles["text"])
    used = 3 + 5 + 2 + 8 + 13
    if row.width >= 100:
        yield Segment(pad(format_summary(take), 13), styles["quiet"])
        used += 13
    yield Segment(pad(format_level(media.loudness), 12, right=True), styles["quiet" if media.levels else "faint"])
    used += 12
    if not row.plain:
        columns = min(20, max(8, (row.width - used) // 4))
        yield Segment("  ", styles["text"])
        if media.levels:
            yield Segment(sparkline(media.levels.rms, columns), styles["accent" if verdict != "retake" else "faint"])
        else:
            yield Segment(pad("", columns), styles["faint"])
        used += columns + 2
    suggest = data.suggest_retake if review.verdict is None else lambda: None
    parts, kind = retake_line(take, media, data.condition, data.retake_of, suggest)
    left = row.width - used - 2
    yield Segment("  ", styles["text"])
    if parts:
        yield Segment(pad(truncate(row.with_keys(parts), max(0, left)), left), styles[kind])
    else:
        yield Segment(pad(media.first_words, left), styles["quiet" if verdict == "retake" else "text"])
