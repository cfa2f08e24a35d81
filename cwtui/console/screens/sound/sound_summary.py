"""How a take's dialog stands: by which chain, what cleaning came to or how far it is; a stage's whole table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual.widget import Widget

from cwtui.console.screens.sound.stage_rows import gain_cells
from cwtui.console.widgets.detail_list import Detail
from cwtui.console.widgets.progress_bar import job_progress
from cwtui.console.widgets.text_layout import pad, truncate
from cwtui.formatting import format_duration, take_timecode
from cwtui.job_status import format_progress
from engine.catalog import Job, JobState

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from cwtui.console.screens.sound.screen import SoundScreen

_BAR = 12
_TENTHS = 10


class SoundSummary(Widget):
    """Two lines: the take and the chain it is heard through; what cleaning came to, or how far it is."""

    _rendered = ""

    def refresh_changed(self) -> None:
        """Drawn anew where it became different."""
        now = self.render().markup
        if now != self._rendered:
            self._rendered = now
            self.refresh()

    def render(self) -> Text:
        """Both lines."""
        screen = cast("SoundScreen", self.screen)
        styles, take, chains = screen.console_app.palette.styles, screen.take, screen.settings
        first = Text("  ")
        if take is None:
            return first.append("No takes yet: I goes to Ingest, where + brings footage in.", styles["quiet"])
        first.append(truncate(take.label, 28), styles["here"]).append(f"   {take_timecode(take)}", styles["quiet"])
        if chain := chains.chain:
            first.append(f"   {chain.title}", styles["strong"]).append("   strength ", styles["quiet"])
            if not screen.console_app.plain and self.size.width >= 100:
                full = chains.percent // _TENTHS
                first.append("▰" * full, styles["accent"]).append("▱" * (_TENTHS - full) + " ", styles["faint"])
            first.append(f"{chains.percent:3d} %", styles["text"])
            if chains.bypassed:
                first.append(f"   {len(chains.bypassed)} left out", styles["text"])
        second = Text("  ").append_text(self._status(screen))
        for line in (first, second):
            line.truncate(self.size.width, overflow="ellipsis")
        return Text("\n").join([first, second])

    def _status(self, screen: SoundScreen) -> Text:
        styles, job = screen.console_app.palette.styles, screen.open_job
        if job:
            return self._progress(screen, job)
        if (failed := screen.failed) and failed.error:
            return Text(f"✗ {failed.error['message']} {failed.error.get('hint', '')}", styles["red"])
        cleaned, job = screen.result, screen.job
        if job and cleaned and cleaned.report:
            verdict = cleaned.report.verdict
            if not screen.matches_settings:
                asked = job.parameters.get("preset", {}).get("title", cleaned.report.preset)
                other = (
                    "set otherwise"
                    if asked == (screen.settings.chain and screen.settings.chain.title)
                    else f"by {asked}"
                )
                return Text("→ ", styles["amber"]).append(
                    f"r cleans it by this chain; shown is {other}: {verdict}", styles["quiet"]
                )
            harm = verdict.startswith("listen")
            mark = Text("! " if harm else "✓ ", styles["amber" if harm else "accent"])
            return mark.append(verdict, styles["amber" if harm else "text"])
        if cleaned:
            return Text(cleaned.error, styles["amber"])
        return Text("" if job else screen.disabled_reason("clean") or "not cleaned yet: r cleans it", styles["quiet"])

    def _progress(self, screen: SoundScreen, job: Job) -> Text:
        styles = screen.console_app.palette.styles
        if job.state is not JobState.RUNNING:
            why = job.error["message"] if job.error else "waits for its turn"
            return Text(f"{job.title}: {why}", styles["amber" if job.error else "quiet"])
        left = (job.expected_at - screen.console_app.today()).total_seconds() if job.expected_at else None
        text = job_progress(job, _BAR, screen.console_app.palette, screen.console_app.plain)
        if not screen.console_app.plain:
            text.append(f"  {format_progress(job):>5}", styles["text"])
        text.append(f"  {job.title}", styles["quiet"])
        return text.append(f"  {format_duration(max(0.0, left))} left" if left is not None else "", styles["quiet"])


def render_stage(
    app: ConsoleApp, summary: str, table: list[Detail], found: list[Detail], curve: Sequence[float]
) -> Text:
    """A stage: what it is for, its whole table, what it measured and did, its gain in dB over the take."""
    styles = app.palette.styles
    text = Text(f"{summary}\n", styles["quiet"])
    for name, lines in (("may", table), ("did", found)):
        if lines:
            text.append(f"\n{name}\n", styles["accent"])
        for label, value, kind in lines:
            text.append(f"  {pad(label, 22)}", styles["quiet"]).append(f"{value}\n", styles[kind])
    if curve and not app.plain:
        text.append(f"  {pad('over the take', 22)}", styles["quiet"])
        for block, kind in gain_cells(curve, 44):
            text.append(block, styles[kind])
    return text
