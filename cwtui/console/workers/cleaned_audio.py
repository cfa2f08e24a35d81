"""Settings of a cleaning chain and the results of its jobs, read on the studio's thread and drawn on the UI thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.session import SoundChoices
from cwtui.console.waveform import Waveform
from cwtui.console.workers.error_report import to_engine_error
from engine.catalog import Job, JobState

if TYPE_CHECKING:
    from cwtui.console.workers.studio_worker import Work
    from engine.sound import CleanReport, Preset, StageName
    from engine.studio import Studio

FULL_STRENGTH = 100
_DEFAULT_PRESET = "dialog"
_CACHE_SIZE = 12


class PresetsLoaded(Message):
    """The presets by name, and the stages in processing order."""

    def __init__(self, presets: Mapping[str, Preset], stages: Sequence[StageName]) -> None:
        super().__init__()
        self.presets = presets
        self.stages = stages


class CleanReportLoaded(Message):
    """A clean job's report has been read; None, with the reason, when it cannot be."""

    def __init__(self, job: Job, report: CleanReport | None, trouble: str = "") -> None:
        super().__init__()
        self.job = job
        self.report = report
        self.error = trouble


class WaveformLoaded(Message):
    """The waveform of a job's cleaned sound, or the error of its measurement."""

    def __init__(self, job: str, side: Waveform | None, trouble: str = "") -> None:
        super().__init__()
        self.job = job
        self.waveform = side
        self.error = trouble


def measure_file(job: str, path: Path, over: Callable[[], bool], post: Callable[[Message], object]) -> None:
    """Measures a cleaned file's waveform and loudness and posts WaveformLoaded, unless `over()` is true.

    Runs in its own thread.
    """
    from engine.sound import measure_levels

    try:
        loaded = WaveformLoaded(job, Waveform.from_levels(measure_levels(path, cancelled=over)))
    except Exception as error:
        loaded = WaveformLoaded(job, None, to_engine_error(error).message)
    if not over():
        post(loaded)


@dataclass
class CleanResult:
    """A clean job's report, and its waveform once it has been measured. `error` says what cannot be read."""

    report: CleanReport | None
    waveform: Waveform | None = None
    error: str = ""


@dataclass(frozen=True)
class ChainSettings:
    """A preset, its strength in per cent and the bypassed stages; kept from take to take."""

    presets: Mapping[str, Preset] = field(default_factory=dict)
    stages: Sequence[StageName] = ()
    name: str = _DEFAULT_PRESET
    percent: int = FULL_STRENGTH
    disabled: frozenset[str] = frozenset()

    def with_presets(self, chains: PresetsLoaded) -> ChainSettings:
        """The settings with the loaded presets."""
        name = self.name if self.name in chains.presets else next(iter(chains.presets), self.name)
        return replace(self, presets=chains.presets, stages=chains.stages, name=name)

    def with_choices(self, choices: SoundChoices) -> ChainSettings:
        """The settings that a session has kept."""
        return replace(self, name=choices.preset, percent=choices.strength, disabled=frozenset(choices.bypassed))

    @property
    def choices(self) -> SoundChoices:
        """The settings as a session keeps them."""
        return SoundChoices(preset=self.name, strength=self.percent, bypassed=tuple(sorted(self.disabled)))

    def with_next_preset(self) -> ChainSettings:
        """The settings with the next preset."""
        names = list(self.presets)
        return replace(self, name=names[(names.index(self.name) + 1) % len(names)])

    def with_strength(self, percent: int) -> ChainSettings:
        """The settings with another strength, limited to 0 to 100 per cent."""
        return replace(self, percent=min(FULL_STRENGTH, max(0, percent)))

    def with_stage_toggled(self, stage: str) -> ChainSettings:
        """The settings with a stage bypassed, or enabled again."""
        return replace(self, disabled=self.disabled ^ {stage})

    @property
    def chain(self) -> Preset | None:
        """The preset at its strength; None before the presets are loaded."""
        preset = self.presets.get(self.name)
        return preset.with_strength(self.percent / FULL_STRENGTH) if preset else None

    @property
    def preset_stages(self) -> list[StageName]:
        """The stages of the preset."""
        preset = self.presets.get(self.name)
        return [stage for stage in self.stages if preset and preset.of(stage) is not None]

    @property
    def bypassed(self) -> list[StageName]:
        """The bypassed stages of the preset."""
        return [stage for stage in self.preset_stages if stage in self.disabled]

    def matches(self, job: Job) -> bool:
        """Whether a clean job was requested with these settings."""
        chain, asked = self.chain, job.parameters
        return (
            chain is not None
            and asked.get("preset") == chain.model_dump(mode="json")
            and set(asked.get("bypassed", ())) == set(self.bypassed)
        )

    def shown_job(self, jobs: Sequence[Job]) -> Job | None:
        """The job whose result is shown: of the newest first, the one that matches, else the newest finished one."""
        done = [job for job in jobs if job.state is JobState.DONE and job.result]
        return next((job for job in done if self.matches(job)), done[0] if done else None)


class CleanResults:
    """A cache of clean jobs' results. `post` accepts messages from other threads."""

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self._cache: dict[str, CleanResult] = {}
        self._requested = ""

    def get(self, job: Job | None) -> CleanResult | None:
        """The cached result of a job."""
        return self._cache.get(job.id) if job else None

    @property
    def loading(self) -> bool:
        """Whether the report or the waveform of the requested job is still being read."""
        known = self._cache.get(self._requested)
        return bool(self._requested) and (known is None or not (known.waveform or known.error))

    def request(self, job: Job | None, do: Callable[[Work], None]) -> None:
        """Read the report of a job unless it is cached. The measurement for another job is abandoned."""
        wanted = job.id if job else ""
        if wanted == self._requested:
            return
        self._requested = wanted
        known = self.get(job)
        if job is None or (known and (known.waveform or known.error)):
            return

        def read(studio: Studio, _: object) -> None:
            self._post(_read_report(studio, job))

        do(read)

    def add_report(self, reported: CleanReportLoaded, folder: Path) -> None:
        """Store a report and measure the cleaned file's waveform in a thread; `folder` is the studio's."""
        job = reported.job
        self._cache[job.id] = CleanResult(reported.report, None, reported.error)
        while len(self._cache) > _CACHE_SIZE:
            self._cache.pop(next(iter(self._cache)))
        if reported.report and job.result:
            path = folder / str(job.result["path"])
            over = partial(self._is_obsolete, job.id)
            Thread(target=measure_file, args=(job.id, path, over, self._post), name="listening", daemon=True).start()

    def add_waveform(self, event: WaveformLoaded) -> None:
        """Store a measured waveform."""
        if cleaned := self._cache.get(event.job):
            cleaned.waveform, cleaned.error = event.waveform, event.error

    def stop(self) -> None:
        """Abandon the current request."""
        self._requested = ""

    def _is_obsolete(self, job_id: str) -> bool:
        return self._requested != job_id


def preset_reader(post: Callable[[Message], object]) -> Work:
    """Work that reads the presets. It runs on the studio's thread, because it imports the engine."""

    def read(studio: Studio, project: object) -> None:
        from engine.sound import STAGES, load_preset, preset_names

        post(PresetsLoaded({name: load_preset(name) for name in preset_names()}, STAGES))

    return read


def _read_report(studio: Studio, job: Job) -> CleanReportLoaded:
    from engine.sound import CleanReport

    path = studio.folder / str((job.result or {}).get("report"))
    try:
        return CleanReportLoaded(job, CleanReport.model_validate_json(path.read_bytes()))
    except (OSError, ValueError):
        return CleanReportLoaded(job, None, "The report is missing or invalid. Press {clean} to clean again.")
