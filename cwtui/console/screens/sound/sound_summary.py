"""The header of the Sound screen: the take, its chain, and the state of cleaning; and the table of one stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from cwtui.console.keymap import keymap_of, with_keys
from cwtui.console.screens.sound.stage_rows import gain_cells
from cwtui.console.theme import Palette, palette_of
from cwtui.console.widgets.detail_list import Detail
from cwtui.console.widgets.progress_bar import job_share, progress_bar
from cwtui.console.widgets.text_layout import pad, truncate
from cwtui.console.workers.cleaned_audio import ChainSettings, CleanResult
from cwtui.console.workers.take_media import TakeMedia
from cwtui.formatting import take_timecode
from cwtui.job_status import format_progress, format_time_left
from engine.catalog import Job, JobState, Take

_BAR = 12
_TENTHS = 10


@dataclass(frozen=True, slots=True)
class CleaningStatus:
    """The state of cleaning: (text, kind of style) parts, after a progress bar where `progress` is a share."""

    parts: tuple[tuple[str, str], ...] = ()
    progress: float | None = None


@dataclass(frozen=True, slots=True)
class SummaryData:
    """A take, its chain and the state of cleaning. `chain` is empty until the presets are loaded."""

    label: str
    length: str
    chain: str
    percent: int
    bypassed: int
    status: CleaningStatus
    plain: bool


class SoundSummary(Widget):
    """Two lines: the take and the chain it is heard through; what cleaning came to, or how far it is."""

    data: reactive[SummaryData | None] = reactive(None, repaint=False)
    _rendered = ""

    def watch_data(self) -> None:
        """Redraws both lines if they read differently."""
        now = self.render().markup
        if now != self._rendered:
            self._rendered = now
            self.refresh()

    def render(self) -> Text:
        data, palette = self.data, palette_of(self)
        styles, first = palette.styles, Text("  ")
        if data is None:
            return Text()
        first.append(truncate(data.label, 28), styles["here"]).append(f"   {data.length}", styles["quiet"])
        if data.chain:
            first.append(f"   {data.chain}", styles["strong"]).append("   strength ", styles["quiet"])
            if not data.plain and self.size.width >= 100:
                full = data.percent // _TENTHS
                first.append("▰" * full, styles["accent"]).append("▱" * (_TENTHS - full) + " ", styles["faint"])
            first.append(f"{data.percent:3d} %", styles["text"])
            if data.bypassed:
                first.append(f"   {data.bypassed} bypassed", styles["text"])
        second = Text("  ")
        if data.status.progress is not None:
            second.append_text(progress_bar(data.status.progress, _BAR, palette, data.plain))
        for text, kind in data.status.parts:
            second.append(with_keys(text, keymap_of(self)), styles[kind])
        for line in (first, second):
            line.truncate(self.size.width, overflow="ellipsis")
        return Text("\n").join([first, second])


def build_summary(take: Take, settings: ChainSettings, status: CleaningStatus, plain: bool) -> SummaryData:
    """Returns the data of the summary for a take."""
    title = settings.chain.title if settings.chain else ""
    bypassed = len(settings.bypassed)
    return SummaryData(take.label, take_timecode(take), title, settings.percent, bypassed, status, plain)


def cleaning_status(
    open_job: Job | None,
    failed: Job | None,
    shown: Job | None,
    result: CleanResult | None,
    settings: ChainSettings,
    disabled_reason: str,
    now: datetime,
    plain: bool,
) -> CleaningStatus:
    """Returns where cleaning stands: the open job, else the one that failed last, else the result that is shown."""
    if open_job:
        return _progress_status(open_job, now, plain)
    if failed and failed.error:
        text = f"✗ {failed.error['message']} {failed.error.get('hint', '')}"
        return CleaningStatus(((text, "red"),))
    if shown:
        return _result_status(shown, result, settings) if result else CleaningStatus()
    return CleaningStatus(((disabled_reason or "Not cleaned yet. Press {clean} to clean.", "quiet"),))


def _progress_status(job: Job, now: datetime, plain: bool) -> CleaningStatus:
    """Returns the status of a job that runs or waits."""
    if job.state is not JobState.RUNNING:
        why = job.error["message"] if job.error else "queued"
        return CleaningStatus(((f"{job.title}: {why}", "amber" if job.error else "quiet"),))
    parts = [] if plain else [(f"  {format_progress(job):>5}", "text")]
    parts.append((f"  {job.title}", "quiet"))
    if job.expected_at:
        left = max(0.0, (job.expected_at - now).total_seconds())
        parts.append((f"  {format_time_left(left)} left", "quiet"))
    return CleaningStatus(tuple(parts), job_share(job))


def _result_status(job: Job, result: CleanResult, settings: ChainSettings) -> CleaningStatus:
    """Returns the status of a job that is done: its verdict, or that the chain has been changed since."""
    if result.report is None:
        return CleaningStatus(((result.error, "amber"),))
    verdict = result.report.verdict
    if not settings.matches(job):
        asked = job.parameters.get("preset", {}).get("title", result.report.preset)
        other = "Before" if asked == (settings.chain and settings.chain.title) else f"By preset {asked}"
        return CleaningStatus(
            (("→ ", "amber"), (f"Settings changed. Press {{clean}} to re-clean. {other}: {verdict}", "quiet"))
        )
    if result.report.damaged or result.report.quiet:
        return CleaningStatus((("! ", "amber"), (verdict, "amber")))
    return CleaningStatus((("✓ ", "accent"), (verdict, "text")))


def has_sound(take: Take | None) -> bool:
    """Whether a take has a sound track that decodes."""
    return take is not None and any(track.decodable for track in take.probe.sound)


def before_placeholder(take: Take | None, media: TakeMedia | None) -> str:
    """Returns the text in place of the waveform before cleaning; `media` is None while it is being read."""
    if take is None:
        return ""
    if not has_sound(take):
        return "No decodable sound."
    if media is None:
        return "…"
    return media.error or "Not measured yet. Press {go_takes}, then {prepare} to measure."


def after_placeholder(take: Take | None, shown: Job | None, result: CleanResult | None) -> str:
    """Returns the text in place of the waveform after cleaning."""
    if not has_sound(take):
        return ""
    if result:
        return result.error or "Measuring …"
    return "…" if shown else "Not cleaned yet."


def render_stage(
    palette: Palette, plain: bool, summary: str, table: list[Detail], found: list[Detail], curve: Sequence[float]
) -> Text:
    """Returns what a stage is for, its settings, its findings, and its gain over the take."""
    styles = palette.styles
    text = Text(f"{summary}\n", styles["quiet"])
    for name, lines in (("Settings", table), ("Result", found)):
        if lines:
            text.append(f"\n{name}\n", styles["accent"])
        for label, value, kind in lines:
            text.append(f"  {pad(label, 22)}", styles["quiet"]).append(f"{value}\n", styles[kind])
    if curve and not plain:
        text.append(f"  {pad('over the take', 22)}", styles["quiet"])
        for block, kind in gain_cells(curve, 44):
            text.append(block, styles[kind])
    return text
