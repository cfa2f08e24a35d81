"""Where the playhead is and what the meters say there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widget import Widget

from cwtui.console.screens.review.navigation import word_at
from cwtui.formatting import cut, level
from engine.catalog import damage_within, describe_damage
from engine.time import timecode

if TYPE_CHECKING:
    from cwtui.console.screens.review.screen import Review


class Gauge(Widget):
    """Two lines: which take, what was decided, where the playhead is; the meters there."""

    @property
    def _room(self) -> Review:
        from cwtui.console.screens.review.screen import Review

        assert isinstance(self.screen, Review)
        return self.screen

    def render(self) -> Text:
        """Both lines."""
        room = self._room
        if room.take is None:
            return Text("  No takes yet: I goes to Ingest.")
        ink, take, review = room.desk.ink.styles, room.take, room.desk.snapshot.review(room.take)
        whole = int(take.probe.duration * room.rate)
        first = Text().append(f" {take.label} ", ink["here"])
        first.append("★ " if review.star else "", ink["amber"]).append(
            f"{review.verdict or 'undecided'}  ", ink["quiet"]
        )
        first.append(timecode(int(room.at * room.rate), room.rate), ink["strong"])
        first.append(f" / {timecode(whole, room.rate)}", ink["faint"])
        if marker := room.marker:
            first.append(f"   ▾ {cut(marker.label, 30) or 'marker'}", ink["amber"])
        here_damaged = damage_within(
            room.desk.snapshot.condition(take).damage, room.at, room.at + 1 / room.rate, ("picture", "sound")
        )
        if here_damaged:
            first.append(f"   ✗ damaged {describe_damage(here_damaged[0])}", ink["red"])
        if room.desk.plain and room.glimpse.transcript:
            words = room.glimpse.transcript.words
            here = word_at(words, room.at)
            first.append(f"   “{words[here].text if here is not None else ''}”", ink["text"])
        lines = [first, self._meters(room)]
        for line in lines:
            line.truncate(self.size.width, overflow="ellipsis")
        return Text("\n").join(lines)

    def _meters(self, room: Review) -> Text:
        ink, levels = room.desk.ink.styles, room.glimpse.levels
        line = Text(" ")
        if levels is None:
            return line.append("no sound measured yet", ink["faint"])
        column, told = levels.column(room.at), room.told
        whole = told.after if told else levels.loudness
        if told is None:
            for name, value in (("M", levels.momentary[column]), ("S", levels.short_term[column])):
                line.append(f"{name} ", ink["faint"]).append(f"{level(value, ''):>6} ", ink["text"])
                if not room.desk.plain and self.size.width >= 100:
                    full = round(min(max((value + 41) / 36, 0), 1) * 10) if value > -100 else 0
                    line.append("▰" * full, ink["accent"]).append("▱" * (10 - full) + "  ", ink["faint"])
        line.append("I ", ink["faint"]).append(f"{level(whole.integrated_lufs)}  ", ink["text"])
        line.append("LRA ", ink["faint"]).append(f"{whole.range_lu:.1f}  ", ink["text"])
        line.append("TP ", ink["faint"]).append(f"{level(whole.true_peak_dbtp, 'dBTP')}   ", ink["text"])
        if room.cleaned:
            for side in ("raw", "cleaned"):
                line.append(
                    f"[{side}]" if side == room.side else f" {side} ", ink["here" if side == room.side else "quiet"]
                )
            line.append("  loudness-matched", ink["faint"])
        return line
