"""A take as a row of Takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from rich.segment import Segment
from rich.style import Style

from cwtui.block_chart import sparkline
from cwtui.console.screens.row_style import RowStyle
from cwtui.console.screens.takes.take_details import condition_mark, format_summary, retake_line
from cwtui.console.widgets.columns import Cell, Column, lay_out
from cwtui.console.workers.take_media import TakeMedia
from cwtui.formatting import daypart, format_level, plural, take_timecode
from cwtui.observation_text import histogram_levels, observation_words
from engine.catalog import Condition, Review, Take
from engine.time import format_time

# Where a row is too narrow, picture, sound, loudness, length and words give way, in this order.
_BEFORE_SOUND = (
    Column(2),
    Column(3, "no.", gap=1),
    Column(3, gap=1),
    Column(7, "verdict", gap=1),
    Column(12, "file", grow=1, most=20),
    Column(11, "length", rank=2),
    Column(12, "picture", rank=5),
    Column(6, "LUFS", right=True, rank=3),
)
_SOUND = Column(8, "sound", grow=2, most=28, rank=4)
_WORDS = Column(23, "words", grow=5, rank=1)
_MISSING_LEVELS = "—"
_SORT_HEADINGS = {"longest": "length", "loudest": "LUFS"}


@dataclass(frozen=True, slots=True)
class TakeRow:
    """The data of a take's row. `suggest_retake` returns the take that an undecided one is probably a retake of.

    `answer_key` is the key that confirms an input transform.
    """

    take: Take
    media: TakeMedia
    review: Review
    condition: Condition
    retake_of: Take | None
    suggest_retake: Callable[[], Take | None]
    answer_key: str


def take_headings(style: Style, width: int, plain: bool, sort: str = "shot") -> Iterator[Segment]:
    """The headings of the columns of `take_row`; an arrow is at the one that the list is sorted by."""
    by = _SORT_HEADINGS.get(sort)
    columns = _columns(plain)
    headings = [f"{column.heading}▾" if by and column.heading == by else column.heading for column in columns]
    yield from lay_out(columns, [(heading, style) for heading in headings], width)


def take_row(data: TakeRow, row: RowStyle) -> Iterator[Segment]:
    """A take as one row: selection, warnings, decisions, file, duration, picture, loudness, waveform, words."""
    take, media, review, styles = data.take, data.media, data.review, row.styles
    warning = "!" if take.needs_director or not media.present else " "
    sign, sign_kind = condition_mark(data.condition)
    verdict = review.verdict or ""
    suggest = data.suggest_retake if review.verdict is None else lambda: None
    parts, parts_kind = retake_line(take, media, data.condition, data.retake_of, suggest, data.answer_key)
    if not parts:
        parts, parts_kind = media.first_words, "quiet" if verdict == "retake" else "text"
    observed = take.probe.observation
    if observed and not parts:
        parts, parts_kind = observation_words(observed), "text"

    def waveform(width: int) -> tuple[str, Style]:
        if observed:
            return sparkline(histogram_levels(observed.bands[0]), width), styles["quiet"]
        if not media.levels:
            return "", styles["faint"]
        return sparkline(media.levels.rms, width), styles["faint" if verdict == "retake" else "accent"]

    loudness = format_level(media.loudness, "") if media.levels else _MISSING_LEVELS
    cells: list[Cell] = [
        [
            Segment("✓" if row.selected else " ", styles["here"]),
            Segment(warning, styles["amber"]),
        ],
        (f"{take.number:03d}", styles["here"] if row.selected else row.name),
        [
            Segment(sign, styles[sign_kind]),
            Segment(" ★" if review.star else "", styles["amber"]),
        ],
        (verdict, styles["accent" if verdict == "keep" else "quiet"]),
        (take.path.name, styles["quiet" if verdict == "retake" and not row.here else "strong" if row.here else "text"]),
        ("" if observed else take_timecode(take), styles["text"]),
        (format_summary(take), styles["quiet"]),
        (loudness, styles["quiet" if media.levels else "faint"]),
        *([] if row.plain else [waveform]),
        (parts, styles[parts_kind]),
    ]
    yield from lay_out(_columns(row.plain), cells, row.width)


def _columns(plain: bool) -> tuple[Column, ...]:
    return (*_BEFORE_SOUND, *(() if plain else (_SOUND,)), _WORDS)


def session_row(takes: Sequence[Take], row: RowStyle) -> Iterator[Segment]:
    """The heading of the takes of a session: its day, camera, number of takes and length."""
    first, styles = takes[0], row.styles
    seconds = sum((take.probe.duration for take in takes), Fraction(0))
    camera = first.probe.capture.model or "unknown camera"
    facts = f"{camera} · {plural(len(takes), 'take')} · {format_time(seconds, 0)}"
    if all(take.probe.observation for take in takes):
        facts = f"{first.probe.capture.model or 'unknown telescope'} · {plural(len(takes), 'observation')}"
    cells: list[Cell] = [
        (f"{first.captured_at:%a %d %b %Y}, {daypart(first.captured_at)}", styles["strong"]),
        (facts, styles["quiet"]),
    ]
    yield from lay_out((Column(28), Column(20, grow=1, rank=1)), cells, row.width)
