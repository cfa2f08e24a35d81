"""The Sound screen: the chain that cleans a take's dialog, its results, and loudness before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import on
from textual.containers import Vertical
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget

from cwtui.console.actions import requires
from cwtui.console.dialogs.text_viewer import TextViewer
from cwtui.console.messages import SeekRequested
from cwtui.console.screens.base import ModeScreen
from cwtui.console.screens.sound.listening import AuditionQueued, SoundListening
from cwtui.console.screens.sound.meter_values import meter_values
from cwtui.console.screens.sound.sound_summary import (
    SoundSummary,
    SummaryData,
    after_placeholder,
    before_placeholder,
    build_summary,
    cleaning_status,
    has_sound,
    render_stage,
)
from cwtui.console.screens.sound.stage_rows import (
    LOUDNESS,
    StageRow,
    describe_settings,
    stage_findings,
    stage_help,
    stage_result,
    stage_row,
)
from cwtui.console.snapshot import Snapshot
from cwtui.console.waveform import Waveform
from cwtui.console.widgets.level_meters import METER_SCALES, LevelMeter, MeterHeader
from cwtui.console.widgets.loudness_plot import LoudnessPlot, PlotData
from cwtui.console.widgets.row_list import RowList
from cwtui.console.workers.cleaned_audio import (
    FULL_STRENGTH,
    ChainSettings,
    CleanReportLoaded,
    CleanResult,
    CleanResults,
    PresetsLoaded,
    WaveformLoaded,
    preset_reader,
)
from cwtui.console.workers.sound_listener import ListeningReady, SoundListener
from cwtui.console.workers.take_media import TakeMedia, TakeMediaLoaded
from engine.catalog import Job, JobState, Project, Take
from engine.time import format_short_time

if TYPE_CHECKING:
    from engine.studio import Studio

_STRENGTH_STEP = 5
# Seconds; a screen reader cannot follow faster meters.
_TICK_S, _PLAIN_TICK_S = 0.1, 1.0


class SoundScreen(ModeScreen):
    """The chain for the selected take."""

    MODE: ClassVar[str] = "sound"

    settings: reactive[ChainSettings] = reactive(ChainSettings(), repaint=False, init=False)
    running: reactive[bool] = reactive(False, repaint=False, init=False)
    """Whether the meters run."""
    at: reactive[Fraction] = reactive(Fraction(0), repaint=False, init=False)
    """The position of the meters, in seconds of the take's clock."""

    def __init__(self) -> None:
        super().__init__()
        self._results = CleanResults(self.post_message)
        self._listening = SoundListening(self, SoundListener(lambda: self.console_app.folder, self.post_message))
        self._shown: str | None = None
        self._since = 0.0
        self._timer: Timer | None = None

    def compose_body(self) -> Iterable[Widget]:
        yield SoundSummary()
        with Vertical(id="meters"):
            yield MeterHeader()
            yield from (LevelMeter(scale) for scale in METER_SCALES)
        yield RowList(self._draw, id="chain")
        yield LoudnessPlot(id="loudness-plot")

    def on_mount(self) -> None:
        self.watch(self.app, "app_focus", self._focused, init=False)

    def on_unmount(self) -> None:
        self._results.stop()
        self._listening.stop()

    # State

    @property
    def rows(self) -> RowList | None:
        """The list of stages."""
        return self.query_one("#chain", RowList) if self.is_mounted else None

    @property
    def action_parts(self) -> tuple[object, ...]:
        """The screen, and what plays."""
        return (self, self._listening)

    @property
    def stage(self) -> str | None:
        """The selected stage."""
        return self.rows.cursor if self.rows else None

    @property
    def playhead(self) -> Fraction:
        """The position of the meters and of the sound."""
        return self.at

    @property
    def idle(self) -> bool:
        """Whether the cleaned sound has been read, and no sound is being prepared."""
        return not self._results.loading and self._listening.idle

    @property
    def media(self) -> TakeMedia:
        """The take's levels."""
        return (self.console_app.take_media.get(self.take) if self.take else None) or TakeMedia()

    @property
    def job(self) -> Job | None:
        """The clean job whose result is shown: with these settings, or else the newest that is done."""
        return self.settings.shown_job(self._jobs())

    @property
    def result(self) -> CleanResult | None:
        """The result of that job."""
        return self._results.get(self.job)

    @property
    def matches_settings(self) -> bool:
        """Whether the result was made with the current settings."""
        job = self.job
        return job is not None and self.settings.matches(job)

    @property
    def open_job(self) -> Job | None:
        """The clean job of this take that is open or blocked."""
        return next((job for job in self._jobs() if job.state.open or job.state is JobState.BLOCKED), None)

    @property
    def failed(self) -> Job | None:
        """The last clean job of this take, if it failed."""
        jobs = self._jobs()
        return jobs[0] if jobs and jobs[0].state is JobState.FAILED else None

    def _jobs(self) -> list[Job]:
        return self.console_app.snapshot.jobs_of(self.take, "clean") if self.take else []

    # Updates

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Shows the studio or another take."""
        if not self.settings.presets:
            self.console_app.submit(preset_reader(self.post_message))
        shown = self.take.id if self.take else None
        if shown != self._shown:
            self._shown = shown
            self._listening.stop()
            self.at = self._saved_position()
            self.running = False
        self._listening.check_audition()
        self.refresh_widgets()

    def media_loaded(self, event: TakeMediaLoaded) -> None:
        """Shows the take's levels."""
        if self.take and event.take == self.take.id:
            self.refresh_widgets()

    def deactivate(self) -> None:
        """Stops the meters and the sound."""
        self._listening.stop()
        self.running = False

    def on_screen_resume(self) -> None:
        self.at = self.at if self.running else self._saved_position()

    def _saved_position(self) -> Fraction:
        return min(self.console_app.session.playhead, self.take.probe.duration) if self.take else Fraction(0)

    def _focused(self, focused: bool) -> None:
        if not focused and not self._listening.playing:
            self.running = False

    @on(ListeningReady)
    def _listening_ready(self, event: ListeningReady) -> None:
        self._listening.ready(event)

    @on(AuditionQueued)
    def _audition_queued(self, event: AuditionQueued) -> None:
        self._listening.queued(event)

    @on(SeekRequested)
    def _seek(self, event: SeekRequested) -> None:
        event.stop()
        self._listening.seek(event.at)

    @on(PresetsLoaded)
    def _presets_loaded(self, chains: PresetsLoaded) -> None:
        self.settings = self.settings.with_choices(self.console_app.session.sound).with_presets(chains)

    @on(CleanReportLoaded)
    def _report_loaded(self, reported: CleanReportLoaded) -> None:
        self._results.add_report(reported, self.console_app.folder)
        self.refresh_widgets()

    @on(WaveformLoaded)
    def _waveform_loaded(self, event: WaveformLoaded) -> None:
        self._results.add_waveform(event)
        self.refresh_widgets()

    # Display

    def watch_settings(self) -> None:
        self.console_app.update_session(sound=self.settings.choices)
        self.refresh_widgets()

    def watch_running(self, running: bool) -> None:
        if self._timer:
            self._timer.stop()
        self._timer, self._since = None, self.console_app.clock()
        self.console_app.update_session(playhead=self.at)
        if running:
            self._timer = self.set_interval(_PLAIN_TICK_S if self.console_app.plain else _TICK_S, self._tick)
        self.refresh_widgets()

    def watch_at(self) -> None:
        self._show_position()

    def refresh_widgets(self) -> None:
        """Updates all widgets."""
        if not self.is_mounted:
            return
        self._results.request(self.job, self.console_app.submit)
        self.set_class(self.take is None, "-none")
        listed = self.settings.preset_stages
        self._rows.set_rows([*listed, LOUDNESS] if listed else [])
        chain, cleaned, levels, take = self.settings.chain, self.result, self.media.levels, self.take
        self.query_one(LoudnessPlot).set_data(
            PlotData(
                max(take.probe.duration, Fraction(1, 100)) if take else Fraction(1),
                Waveform.from_levels(levels) if levels else None,
                cleaned.waveform if cleaned else None,
                chain.loudness.lufs if chain else PlotData.target,
                self.with_keys(before_placeholder(take, self.console_app.take_media.get(take) if take else None)),
                after_placeholder(take, self.job, cleaned),
            )
        )
        self._show_position()
        self.query_one(SoundSummary).data = self._summary(take) if take else None
        self.update_key_hints()

    def _summary(self, take: Take) -> SummaryData:
        app, reason = self.console_app, self.disabled_reason("clean")
        jobs = (self.open_job, self.failed, self.job)
        cleaning = cleaning_status(*jobs, self.result, self.settings, reason, app.today(), app.plain)
        return build_summary(take, self.settings, self._listening.status() or cleaning, app.plain)

    def _show_position(self) -> None:
        """Updates playhead and meters."""
        self.query_one(LoudnessPlot).set_position(self.at if self.running or self.at else None, paced=self.running)
        levels, cleaned, chain = self.media.levels, self.result, self.settings.chain
        report, duration = cleaned.report if cleaned else None, self.take.probe.duration if self.take else Fraction(0)
        whole = levels.loudness if levels else report.before if report else None
        target, ceiling = (chain.loudness.lufs, chain.loudness.true_peak_dbtp) if chain else (None, None)
        at = self.at if self.running else None
        before = meter_values(whole, Waveform.from_levels(levels) if levels else None, at, duration, ceiling)
        shape = cleaned.waveform if cleaned else None
        after = meter_values(report.after if report else None, shape, at, duration, ceiling)
        marks = (target, target, target, None, ceiling)
        for meter, mine, theirs, mark in zip(self.query(LevelMeter), before, after, marks, strict=True):
            meter.set_values(mine, theirs, mark, self.console_app.plain)
        # In plain text there is no plot to show the position.
        now = f"now, {format_short_time(self.at)}" if self.console_app.plain else "now"
        then = "after" if self.matches_settings or not report else "after, old settings"
        self.query_one(MeterHeader).set_headings(now if self.running else "whole", then)

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        app, settings, result = self.console_app, self.settings, self.result
        chain = settings.chain
        if chain is None:
            return []
        row = StageRow(
            key,
            describe_settings(chain, key),
            key in settings.disabled,
            stage_result(result.report if result else None, key),
            self.matches_settings,
            app.plain,
        )
        return stage_row(row, app.palette, width, here)

    # Actions

    def command_values(self) -> dict[str, str]:
        """Returns the placeholders of command lines."""
        chains = self.settings
        strength = [f"--strength {chains.percent / FULL_STRENGTH:g}"] if chains.percent < FULL_STRENGTH else []
        parts = [f"--preset {chains.name}", *(f"--bypass {stage}" for stage in chains.bypassed), *strength]
        stage = self.stage if self.stage not in (None, LOUDNESS) else next(iter(chains.preset_stages), "isolation")
        return {"chain": " ".join(parts), "stage": str(stage), "at": f"{float(self.at):g}"}

    def disabled_reason(self, action: str) -> str:
        """Returns why an action is disabled."""
        stage, chains, take = self.stage, self.settings, self.take
        if requires(action, "chain") and (chains.chain is None or stage is None):
            return "The presets are loading."
        if requires(action, "sound") and take and not has_sound(take):
            return f"{take.label} has no decodable sound."
        full = chains.percent >= FULL_STRENGTH
        return {
            "bypass": "Loudness is always set; a recipe has its target." if stage == LOUDNESS else "",
            "weaker": "" if chains.percent else "Strength is 0 %. Press {bypass} to bypass stages.",
            "stronger": "Strength is 100 %. Press {preset} for the next preset." if full else "",
            "clean": self._clean_disabled_reason(),
            "meter": "" if self.media.levels else "Not measured yet. Press {go_takes}, then {prepare} to measure.",
        }.get(action) or self._listening.disabled_reason(action)

    def _clean_disabled_reason(self) -> str:
        if len(self.settings.bypassed) == len(self.settings.preset_stages):
            return "All stages are bypassed. Press {bypass} to enable one."
        if self.take and not self.media.present:
            return f"The footage of {self.take.label} is missing. Restore it, or ingest it again."
        if any(job.state.open and self.settings.matches(job) for job in self._jobs()):
            return "Already cleaning with these settings. Press {go_jobs} for progress."
        return ""

    def action_bypass(self) -> None:
        """Bypasses or enables the stage."""
        self.settings = self.settings.with_stage_toggled(str(self._rows.cursor))

    def action_change_strength(self, steps: int) -> None:
        """Changes the chain's strength by five per cent a step."""
        self.settings = self.settings.with_strength(self.settings.percent + steps * _STRENGTH_STEP)

    def action_preset(self) -> None:
        """Selects the next preset."""
        self.settings = self.settings.with_next_preset()

    def action_step_takes(self, steps: int) -> None:
        """Selects the next take, or with -1 the previous one."""
        if take := self.adjacent_take(steps):
            self.console_app.select_take(take)
            self.show_snapshot(self.console_app.snapshot)

    def action_clean(self) -> None:
        """Submits a clean job."""
        take, chain, bypassed = self.take, self.settings.chain, self.settings.bypassed
        assert take
        assert chain

        def clean(studio: Studio, _: Project | None) -> str:
            (job,) = studio.jobs.submit([studio.tasks.clean_request(studio.subject_of(take), chain, bypassed=bypassed)])
            return f"{take.label}: {'already cleaned' if job.state is JobState.DONE else 'cleaning queued'}."

        self.console_app.submit(clean)

    def action_meter(self) -> None:
        """Runs or stops the meters, and stops the sound; stopped, they show the whole take."""
        self._listening.stop()
        self.running = not self.running

    def action_open(self) -> None:
        app, stage, chain = self.console_app, self._rows.cursor, self.settings.chain
        assert stage
        assert chain
        report = self.result.report if self.result else None
        found = stage_findings(report, stage) if report else []
        curve: Sequence[float] = stage_result(report, stage).curve
        text = render_stage(app.palette, app.plain, *stage_help(chain, stage), found, curve)
        app.push_screen(TextViewer(stage, text))

    def _tick(self) -> None:
        now, take = self.console_app.clock(), self.take
        at = self.at + Fraction(now - self._since).limit_denominator(1000)
        self._since = now
        if (heard := self._listening.sounding) is not None:
            self.at, self.running = heard
            if not self.running:
                self._listening.play_next_part()
            return
        if take is None or at >= take.probe.duration:
            self.running, self.at = False, Fraction(0)
        else:
            self.at = at
