"""The rows of a cut in Cut: its clips by number, with their joins, sound and words."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.segment import Segment

from cwtui.block_chart import sparkline
from cwtui.console.screens.row_style import RowStyle
from cwtui.console.shown_cut import ShownCut
from cwtui.console.widgets.columns import Cell, Column, lay_out
from cwtui.console.workers.take_media import TakeMedia
from cwtui.formatting import format_signed, plural
from engine.catalog import Take
from engine.time import timecode

if TYPE_CHECKING:
    from engine.timeline import Clip

_BEFORE_SOUND = (
    Column(4, "clip", right=True),
    Column(12, "take", grow=1, most=20, gap=1),
    Column(11, "starts at", rank=3),
    Column(11, "length"),
    Column(7, "edit", grow=1, most=16),
)
_SOUND = Column(8, "sound", grow=2, most=28, rank=2)
_WORDS = Column(13, "words", grow=5, rank=1)
_MOST_WORDS = 40

_TRANSITION_SIGNS = {"dissolve": "◐", "dip": "●", "wipe": "◧", "push": "◀"}


def clip_columns(plain: bool) -> tuple[Column, ...]:
    """The columns of the rows."""
    return (*_BEFORE_SOUND, *(() if plain else (_SOUND,)), _WORDS)


def clip_label(clip: Clip, take: Take | None) -> str:
    """What a clip shows: the take, “gap”, or the name of media that the project does not have."""
    if clip.take is None:
        return "gap"
    return take.label if take else f"{clip.name or 'a take'} (missing)"


def draw_clip(shown: ShownCut, index: int, take: Take | None, media: TakeMedia, style: RowStyle) -> Iterable[Segment]:
    """Draws the row of a clip by its index."""
    from engine.timeline import text_of

    cut, styles = shown.cut, style.styles
    clip, position = cut.clips[index], cut.positions[index]
    first, last = shown.words_in(index)
    said = text_of(shown.words[first : min(last, first + _MOST_WORDS)])
    lost = clip.take is not None and take is None

    def waveform(columns: int) -> list[Segment]:
        if media.levels is None:
            return [Segment("─" * columns, styles["faint"])]
        begin, end = (round(tick / cut.rate / media.levels.step) for tick in (clip.start, clip.end))
        return [Segment(sparkline(media.levels.rms[begin : max(end, begin + 1)], columns), styles["accent"])]

    cells: list[Cell] = [
        (str(index + 1), styles["faint"]),
        (clip_label(clip, take), styles["red"] if lost else style.name),
        (timecode(position, cut.rate), styles["faint"]),
        (timecode(clip.length, cut.rate), styles["text"]),
        (clip_glyphs(clip, cut.sample(1), plain=style.plain), styles["amber"]),
        *([] if style.plain else [waveform]),
        (f"“{said}”" if said else "", styles["text" if style.here else "quiet"]),
    ]
    yield from lay_out(clip_columns(style.plain), cells, style.width)


def clip_glyphs(clip: Clip, frame: int, *, plain: bool = False) -> str:
    """What is particular about a clip: its transition and gain, a J or L cut, markers, and other readings.

    `frame` is the length of a frame in samples: a shorter offset of the sound is the edge between two words.
    """
    found = []
    if clip.transition:
        frames = clip.transition.before + clip.transition.after
        sign = _TRANSITION_SIGNS[clip.transition.kind]
        found.append(f"{clip.transition.kind if plain else sign} {frames}f")
    if abs(clip.sound_offset) >= frame:
        found.append("J" if clip.sound_offset < 0 else "L")
    if clip.gain_db:
        found.append(f"{format_signed(clip.gain_db, 0)} dB")
    shown = [one for one in clip.markers if clip.start <= one.at < clip.end]
    found += [_marker_glyph(one.kind, plain) for one in shown]
    if clip.alternates:
        found.append(f"{'alternates' if plain else '⇄'} {len(clip.alternates)}")
    return " ".join(found)


def _marker_glyph(kind: str, plain: bool) -> str:
    return kind if plain else "¶" if kind == "chapter" else "▾"


def cut_summary(shown: ShownCut, at: Fraction, remark: str, *, playing: bool = False) -> str:
    """The name of a cut, the playhead, clips, the length now and before the last change, and a remark."""
    cut = shown.cut
    playhead = f"{'▸' if playing else 'at'} {timecode(int(at * cut.rate), cut.rate)}"
    parts = [f" {cut.name} {playhead}", plural(len(cut.clips), "clip"), f"{timecode(cut.length, cut.rate)} long"]
    if shown.length_before is not None and shown.length_before != cut.length:
        parts[-1] += f", {timecode(shown.length_before, cut.rate)} before"
    return " · ".join([*parts, *([remark] if remark else [])])
