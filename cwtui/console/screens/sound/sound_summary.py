"""How a take's dialog stands: by which chain, what cleaning came to or how far it is; a stage's whole table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual.widget import Widget

from cwtui.console.screens.sound.stage_rows import Line, gain_cells
from cwtui.console.widgets.progress_bar import bar
from cwtui.formatting import cut, filled, length_of
from cwtui.job_status import amount, span
from engine.catalog import Job, JobState

if TYPE_CHECKING:
    from cwtui.console.app import Console
    from cwtui.console.screens.sound.screen import Sound

_BAR = 12
_TENTHS = 10


class Standing(Widget):
    """Two lines: the take and the chain it is heard through; what cleaning came to, or how far it is."""

    _drawn = ""

    def again(self) -> None:
        """Drawn anew where it became different."""
        now = self.render().markup
        if now != self._drawn:
            self._drawn = now
            self.refresh()

    def render(self) -> Text:
        """Both lines."""
        room = cast("Sound", self.screen)
        ink, take, chains = room.desk.ink.styles, room.take, room.chains
        first = Text("  ")
        if take is None:
            return first.append("No takes yet: I goes to Ingest, where + brings footage in.", ink["quiet"])
        first.append(cut(take.label, 28), ink["here"]).append(f"   {length_of(take)}", ink["quiet"])
        if chain := chains.chain:
            first.append(f"   {chain.title}", ink["strong"]).append("   strength ", ink["quiet"])
            if not room.desk.plain and self.size.width >= 100:
                full = chains.percent // _TENTHS
                first.append("▰" * full, ink["accent"]).append("▱" * (_TENTHS - full) + " ", ink["faint"])
            first.append(f"{chains.percent:3d} %", ink["text"])
            if chains.bypassed:
                first.append(f"   {len(chains.bypassed)} left out", ink["text"])
        second = Text("  ").append_text(self._told(room))
        for line in (first, second):
            line.truncate(self.size.width, overflow="ellipsis")
        return Text("\n").join([first, second])

    def _told(self, room: Sound) -> Text:
        ink, job = room.desk.ink.styles, room.under_way
        if job:
            return self._under_way(room, job)
        if (failed := room.failed) and failed.error:
            return Text(f"✗ {failed.error['message']} {failed.error.get('hint', '')}", ink["red"])
        cleaned, job = room.cleaned, room.job
        if job and cleaned and cleaned.report:
            verdict = cleaned.report.verdict
            if not room.is_so:
                asked = job.parameters.get("preset", {}).get("title", cleaned.report.preset)
                other = "set otherwise" if asked == (room.chains.chain and room.chains.chain.title) else f"by {asked}"
                return Text("→ ", ink["amber"]).append(
                    f"r cleans it by this chain; shown is {other}: {verdict}", ink["quiet"]
                )
            harm = verdict.startswith("listen")
            mark = Text("! " if harm else "✓ ", ink["amber" if harm else "accent"])
            return mark.append(verdict, ink["amber" if harm else "text"])
        if cleaned:
            return Text(cleaned.trouble, ink["amber"])
        return Text("" if job else room.why_not("clean") or "not cleaned yet: r cleans it", ink["quiet"])

    def _under_way(self, room: Sound, job: Job) -> Text:
        ink = room.desk.ink.styles
        if job.state is not JobState.RUNNING:
            why = job.error["message"] if job.error else "waits for its turn"
            return Text(f"{job.title}: {why}", ink["amber" if job.error else "quiet"])
        left = (job.expected_at - room.desk.today()).total_seconds() if job.expected_at else None
        text = bar(job, _BAR, room.desk)
        if not room.desk.plain:
            text.append(f"  {amount(job):>5}", ink["text"])
        text.append(f"  {job.title}", ink["quiet"])
        return text.append(f"  {span(max(0.0, left))} left" if left is not None else "", ink["quiet"])


def stage_text(desk: Console, told: str, table: list[Line], found: list[Line], curve: Sequence[float]) -> Text:
    """A stage: what it is for, its whole table, what it measured and did, its gain in dB over the take."""
    ink = desk.ink.styles
    text = Text(f"{told}\n", ink["quiet"])
    for name, lines in (("may", table), ("did", found)):
        if lines:
            text.append(f"\n{name}\n", ink["accent"])
        for label, value, kind in lines:
            text.append(f"  {filled(label, 22)}", ink["quiet"]).append(f"{value}\n", ink[kind])
    if curve and not desk.plain:
        text.append(f"  {filled('over the take', 22)}", ink["quiet"])
        for block, kind in gain_cells(curve, 44):
            text.append(block, ink[kind])
    return text
