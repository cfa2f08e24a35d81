"""A chain as it is set in the console, and what has been made by it: read on the studio's thread, drawn on another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.widgets.loudness_plot import Heard, Side, listen
from engine.catalog import Job, JobState

if TYPE_CHECKING:
    from cwtui.console.workers.studio_worker import Work
    from engine.sound import CleanReport, Preset, StageName
    from engine.studio import Studio

FULL = 100
_FIRST = "dialog"
_KEPT = 12


class Chains(Message):
    """The presets by name, and the stages in the order in which they work."""

    def __init__(self, presets: Mapping[str, Preset], stages: Sequence[StageName]) -> None:
        super().__init__()
        self.presets = presets
        self.stages = stages


class Reported(Message):
    """What a clean job found and did has been read; None where it cannot be, with why."""

    def __init__(self, job: Job, report: CleanReport | None, trouble: str = "") -> None:
        super().__init__()
        self.job = job
        self.report = report
        self.trouble = trouble


@dataclass
class Cleaned:
    """A clean job's report; its sound once it has been listened to. `trouble` says what cannot be read."""

    report: CleanReport | None
    side: Side | None = None
    trouble: str = ""


@dataclass
class ChainSet:
    """A preset, its strength in per cent, and the stages that are left out; kept from take to take."""

    presets: Mapping[str, Preset] = field(default_factory=dict)
    stages: Sequence[StageName] = ()
    name: str = _FIRST
    percent: int = FULL
    out: set[str] = field(default_factory=set)

    def take_in(self, chains: Chains) -> None:
        """What has been read."""
        self.presets, self.stages = chains.presets, chains.stages
        if self.name not in self.presets:
            self.name = next(iter(self.presets), self.name)

    def next(self) -> None:
        """The next preset."""
        names = list(self.presets)
        self.name = names[(names.index(self.name) + 1) % len(names)]

    @property
    def chain(self) -> Preset | None:
        """The preset at its strength; None before it has been read."""
        preset = self.presets.get(self.name)
        return preset.with_strength(self.percent / FULL) if preset else None

    @property
    def listed(self) -> list[StageName]:
        """The preset's stages."""
        preset = self.presets.get(self.name)
        return [stage for stage in self.stages if preset and preset.of(stage) is not None]

    @property
    def bypassed(self) -> list[StageName]:
        """Those of them that are left out."""
        return [stage for stage in self.listed if stage in self.out]

    def made(self, job: Job) -> bool:
        """Whether a clean job is, or was, by this chain."""
        chain, asked = self.chain, job.parameters
        return (
            chain is not None
            and asked.get("preset") == chain.model_dump(mode="json")
            and set(asked.get("bypassed", ())) == set(self.bypassed)
        )

    def shown(self, jobs: Sequence[Job]) -> Job | None:
        """Of clean jobs, the newest first, the one whose outcome is shown: by this chain, or else the newest done."""
        done = [job for job in jobs if job.state is JobState.DONE and job.result]
        return next((job for job in done if self.made(job)), done[0] if done else None)


class Cleanings:
    """What clean jobs came to. `tell` takes messages from other threads."""

    def __init__(self, tell: Callable[[Message], object]) -> None:
        self._tell = tell
        self._known: dict[str, Cleaned] = {}
        self._wanted = ""

    def of(self, job: Job | None) -> Cleaned | None:
        """What is known of a job."""
        return self._known.get(job.id) if job else None

    @property
    def listening(self) -> bool:
        """Whether the report or the sound of the job that is wanted is still being read."""
        known = self._known.get(self._wanted)
        return bool(self._wanted) and (known is None or not (known.side or known.trouble))

    def want(self, job: Job | None, do: Callable[[Work], None]) -> None:
        """Has a job's report read, unless it is known; what is being listened to for another is given up."""
        wanted = job.id if job else ""
        if wanted == self._wanted:
            return
        self._wanted = wanted
        known = self.of(job)
        if job is None or (known and (known.side or known.trouble)):
            return

        def read(studio: Studio, _: object) -> None:
            self._tell(_reported(studio, job))

        do(read)

    def take_in(self, reported: Reported, folder: Path) -> None:
        """Remembers a report, and has what was made listened to; `folder` is the studio's."""
        job = reported.job
        self._known[job.id] = Cleaned(reported.report, None, reported.trouble)
        while len(self._known) > _KEPT:
            self._known.pop(next(iter(self._known)))
        if reported.report and job.result:
            path = folder / str(job.result["path"])
            over = partial(self._is_over, job.id)
            Thread(target=listen, args=(job.id, path, over, self._tell), name="listening", daemon=True).start()

    def hear(self, heard: Heard) -> None:
        """Remembers what was listened to."""
        if cleaned := self._known.get(heard.job):
            cleaned.side, cleaned.trouble = heard.side, heard.trouble

    def leave(self) -> None:
        """Nothing is waited for any more."""
        self._wanted = ""

    def _is_over(self, job_id: str) -> bool:
        return self._wanted != job_id


def read_chains(tell: Callable[[Message], object]) -> Work:
    """Reads the presets; on the studio's thread, as all that loads the engine."""

    def read(studio: Studio, project: object) -> None:
        from engine.sound import STAGES, load_preset, preset_names

        tell(Chains({name: load_preset(name) for name in preset_names()}, STAGES))

    return read


def _reported(studio: Studio, job: Job) -> Reported:
    from engine.sound import CleanReport

    path = studio.folder / str((job.result or {}).get("report"))
    try:
        return Reported(job, CleanReport.model_validate_json(path.read_bytes()))
    except (OSError, ValueError):
        return Reported(job, None, "Its report is gone, or was changed: r cleans it again.")
