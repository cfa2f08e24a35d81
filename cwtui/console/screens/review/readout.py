"""Two lines: the take with its verdict and timecode, and the loudness meters at the playhead."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from cwtui.console.theme import Palette, palette_of
from cwtui.console.widgets.text_layout import truncate
from cwtui.console.workers.take_media import TakeMedia
from cwtui.formatting import format_level, plural
from cwtui.observation_text import observation_summary, observation_words
from engine.catalog import Condition, Marker, Review, Take, damage_within, describe_damage
from engine.speech import word_at
from engine.time import timecode

if TYPE_CHECKING:
    from engine.sound import CleanReport

# From this width on there is room for meters as bars.
_BARS_MIN_WIDTH = 100
_MATCHED = "  loudness-matched"
_FRACTIONS = {Fraction(1, 4): "¼", Fraction(1, 2): "½"}


@dataclass(frozen=True, slots=True)
class MeterValues:
    """Loudness in LUFS, range in LU, true peak in dBTP. `now` is (momentary, short-term) where they are known."""

    integrated: float
    loudness_range: float
    true_peak: float
    now: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Readout:
    """The values that the readout shows for a take.

    `ranges` says how many are kept. `speed` is the playhead's, 0 while it is paused. `marker` and `damage` are at the
    playhead; `word` is there in plain text. `side` is the sound that is heard, raw or cleaned; empty for a take without
    cleaned sound. `about` is shown in place of meters for an observation, which has no duration. `overlay` is what is
    drawn over the picture, with its confidence once that is known.
    """

    label: str
    starred: bool
    verdict: str
    position: str
    duration: str
    ranges: str = ""
    marker: str | None = None
    damage: str = ""
    word: str | None = None
    meters: MeterValues | None = None
    side: str = ""
    speed: Fraction = Fraction(0)
    plain: bool = False
    about: str = ""
    overlay: str = ""


def build_readout(
    take: Take,
    review: Review,
    condition: Condition,
    media: TakeMedia,
    at: Fraction,
    rate: Fraction,
    *,
    marker: Marker | None,
    clean_report: CleanReport | None,
    side: str,
    speed: Fraction,
    plain: bool,
    overlay: str = "",
) -> Readout:
    """Returns the readout at `at` seconds. With `clean_report` its meters are those of the cleaned sound."""
    if observed := take.probe.observation:
        verdict, size = review.verdict or "undecided", observation_summary(observed)
        return Readout(take.label, review.star, verdict, size, "", about=observation_words(observed), plain=plain)
    damage = damage_within(condition.damage, at, at + 1 / rate, ("picture", "sound"))
    return Readout(
        take.label,
        review.star,
        review.verdict or "undecided",
        timecode(int(at * rate), rate),
        timecode(int(take.probe.duration * rate), rate),
        ranges=_ranges(take, review, rate),
        marker=marker.label if marker else None,
        damage=describe_damage(damage[0]) if damage else "",
        word=_word(media, at) if plain else None,
        meters=_meters(media, at, clean_report),
        side=side,
        speed=speed,
        plain=plain,
        overlay=overlay,
    )


def _ranges(take: Take, review: Review, rate: Fraction) -> str:
    """2 ranges, 00:00:21:04 kept; empty if all of the take is kept."""
    if not review.ranges:
        return ""
    seconds = sum((end - start for start, end in review.spans(take.probe.duration)), Fraction(0))
    return f"{plural(len(review.ranges), 'range')}, {timecode(round(seconds * rate), rate)} kept"


def _word(media: TakeMedia, at: Fraction) -> str | None:
    if media.transcript is None:
        return None
    here = word_at(media.transcript.words, at)
    return "" if here is None else media.transcript.words[here].text


def _meters(media: TakeMedia, at: Fraction, clean_report: CleanReport | None) -> MeterValues | None:
    levels = media.levels
    if levels is None:
        return None
    column = levels.column(at)
    whole = clean_report.after if clean_report else levels.loudness
    now = None if clean_report else (levels.momentary[column], levels.short_term[column])
    return MeterValues(whole.integrated_lufs, whole.range_lu, whole.true_peak_dbtp, now)


class PlayheadReadout(Widget):
    """Two lines: the take with its verdict and the playhead's position; the meters there."""

    readout: reactive[Readout | None] = reactive(None)

    def render(self) -> Text:
        if self.readout is None:
            return Text()
        palette = palette_of(self)
        lines = [_render_take(self.readout, palette), _render_meters(self.readout, palette, self.size.width)]
        for line in lines:
            line.truncate(self.size.width, overflow="ellipsis")
        return Text("\n").join(lines)


def _render_take(readout: Readout, palette: Palette) -> Text:
    styles = palette.styles
    line = Text().append(f" {readout.label} ", styles["here"])
    line.append("★ " if readout.starred else "", styles["amber"]).append(f"{readout.verdict}  ", styles["quiet"])
    line.append(readout.position, styles["strong"]).append(
        f" / {readout.duration}" if readout.duration else "", styles["faint"]
    )
    if readout.speed:
        line.append(f"   {format_speed(readout.speed, readout.plain)}", styles["accent"])
    if readout.overlay:
        line.append(f"   {'overlay' if readout.plain else '◨'} {readout.overlay}", styles["accent"])
    line.append(f"   {readout.ranges}" if readout.ranges else "", styles["accent"])
    if readout.marker is not None:
        line.append(f"   ▾ {truncate(readout.marker, 30) or 'marker'}", styles["amber"])
    if readout.damage:
        line.append(f"   ✗ damaged {readout.damage}", styles["red"])
    if readout.word is not None:
        line.append(f"   “{readout.word}”", styles["text"])
    return line


def format_speed(speed: Fraction, plain: bool = False) -> str:
    """▶ 2×, or ◀ ½× in reverse; in plain text: playing at 2×, in reverse at ½×."""
    size = _FRACTIONS.get(abs(speed)) or f"{float(abs(speed)):g}"
    if plain:
        return f"{'playing' if speed > 0 else 'in reverse'} at {size}×"
    return f"{'▶' if speed > 0 else '◀'} {size}×"


def _render_meters(readout: Readout, palette: Palette, width: int) -> Text:
    styles, meters = palette.styles, readout.meters
    line = Text(" ")
    if readout.about:
        return line.append(readout.about, styles["text"])
    if meters is None:
        return line.append("sound not measured yet", styles["faint"])
    if meters.now:
        for name, value in zip("MS", meters.now, strict=True):
            line.append(f"{name} ", styles["faint"]).append(f"{format_level(value, ''):>5}  ", styles["text"])
            if not readout.plain and width >= _BARS_MIN_WIDTH:
                full = round(min(max((value + 41) / 36, 0), 1) * 10) if value > -100 else 0
                line.append("▰" * full, styles["accent"]).append("▱" * (10 - full) + "  ", styles["faint"])
    line.append("I ", styles["faint"]).append(f"{format_level(meters.integrated)}  ", styles["text"])
    line.append("LRA ", styles["faint"]).append(f"{meters.loudness_range:.1f}  ", styles["text"])
    line.append("TP ", styles["faint"]).append(f"{format_level(meters.true_peak, 'dBTP')}   ", styles["text"])
    if readout.side:
        for side in ("raw", "cleaned"):
            heard = side == readout.side
            line.append(f"[{side}]" if heard else f" {side} ", styles["here" if heard else "quiet"])
        if line.cell_len + len(_MATCHED) <= width:
            line.append(_MATCHED, styles["faint"])
    return line
