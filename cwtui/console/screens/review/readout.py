"""Where the playhead is and what the meters say there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widget import Widget

from cwtui.console.widgets.text_layout import truncate
from cwtui.formatting import format_level
from engine.catalog import damage_within, describe_damage
from engine.speech import word_at
from engine.time import timecode

if TYPE_CHECKING:
    from cwtui.console.screens.review.screen import ReviewScreen


class PlayheadReadout(Widget):
    """Two lines: which take, what was decided, where the playhead is; the meters there."""

    @property
    def _review(self) -> ReviewScreen:
        from cwtui.console.screens.review.screen import ReviewScreen

        assert isinstance(self.screen, ReviewScreen)
        return self.screen

    def render(self) -> Text:
        """Both lines."""
        screen = self._review
        if screen.take is None:
            return Text("  No takes yet: I goes to Ingest.")
        styles, take, review = (
            screen.console_app.palette.styles,
            screen.take,
            screen.console_app.snapshot.review(screen.take),
        )
        whole = int(take.probe.duration * screen.rate)
        first = Text().append(f" {take.label} ", styles["here"])
        first.append("★ " if review.star else "", styles["amber"]).append(
            f"{review.verdict or 'undecided'}  ", styles["quiet"]
        )
        first.append(timecode(int(screen.at * screen.rate), screen.rate), styles["strong"])
        first.append(f" / {timecode(whole, screen.rate)}", styles["faint"])
        if marker := screen.marker:
            first.append(f"   ▾ {truncate(marker.label, 30) or 'marker'}", styles["amber"])
        here_damaged = damage_within(
            screen.console_app.snapshot.condition(take).damage,
            screen.at,
            screen.at + 1 / screen.rate,
            ("picture", "sound"),
        )
        if here_damaged:
            first.append(f"   ✗ damaged {describe_damage(here_damaged[0])}", styles["red"])
        if screen.console_app.plain and screen.media.transcript:
            words = screen.media.transcript.words
            here = word_at(words, screen.at)
            first.append(f"   “{words[here].text if here is not None else ''}”", styles["text"])
        lines = [first, self._meters(screen)]
        for line in lines:
            line.truncate(self.size.width, overflow="ellipsis")
        return Text("\n").join(lines)

    def _meters(self, screen: ReviewScreen) -> Text:
        styles, levels = screen.console_app.palette.styles, screen.media.levels
        line = Text(" ")
        if levels is None:
            return line.append("no sound measured yet", styles["faint"])
        column, clean_report = levels.column(screen.at), screen.clean_report
        whole = clean_report.after if clean_report else levels.loudness
        if clean_report is None:
            for name, value in (("M", levels.momentary[column]), ("S", levels.short_term[column])):
                line.append(f"{name} ", styles["faint"]).append(f"{format_level(value, ''):>6} ", styles["text"])
                if not screen.console_app.plain and self.size.width >= 100:
                    full = round(min(max((value + 41) / 36, 0), 1) * 10) if value > -100 else 0
                    line.append("▰" * full, styles["accent"]).append("▱" * (10 - full) + "  ", styles["faint"])
        line.append("I ", styles["faint"]).append(f"{format_level(whole.integrated_lufs)}  ", styles["text"])
        line.append("LRA ", styles["faint"]).append(f"{whole.range_lu:.1f}  ", styles["text"])
        line.append("TP ", styles["faint"]).append(f"{format_level(whole.true_peak_dbtp, 'dBTP')}   ", styles["text"])
        if screen.cleaned:
            for side in ("raw", "cleaned"):
                line.append(
                    f"[{side}]" if side == screen.side else f" {side} ",
                    styles["here" if side == screen.side else "quiet"],
                )
            line.append("  loudness-matched", styles["faint"])
        return line
