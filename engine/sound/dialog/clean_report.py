"""The report of a cleanup: what was found, what each stage did, and whether speech is damaged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field

from engine.catalog import FrozenModel
from engine.sound.channel_gains import ChannelCorrection
from engine.sound.dialog.artifact_check import ArtifactReport
from engine.sound.dialog.isolation import ISOLATION_MODEL
from engine.sound.downmix import OutputLayout
from engine.sound.gain import Gain
from engine.sound.limiter_values import LimiterWork
from engine.sound.loudness_values import Loudness
from engine.time import format_short_time

# The states in reports of earlier versions.
_EARLIER_STATES = {"worked": "applied", "rested": "skipped"}


def _current_state(state: Any) -> Any:
    return _EARLIER_STATES.get(state, state) if isinstance(state, str) else state


class StageReport(FrozenModel):
    """The outcome of a stage, as in `StageOutcome`."""

    stage: str
    state: Annotated[str, BeforeValidator(_current_state)]
    why: str
    measured: Mapping[str, float]
    curve: tuple[float, ...] = ()


MusicDone = Literal["kept", "lowered", "removed"]


class MusicStretch(FrozenModel):
    """Music from `start` to `end`, in seconds, what was done to it, and whether somebody speaks over it."""

    start: float
    end: float
    done: MusicDone
    speech: bool = False


class CleanReport(FrozenModel):
    """The findings and actions of a cleanup.

    `verdict` is one line. `fold` is the mono mix of the channels. Speech and noise levels are of the recording, in
    dBFS; the stages work on the recording amplified by `raised_db` if it is very quiet. Each stage's `curve` is its
    gain in dB every 100 ms. `before` measures the recording's source channels, `after` the dialog as played. `repaired`
    counts invalid samples (see `RepairCount`). `limiter` is the work of the limiter; `limited_db` is its largest
    reduction. `layout` is that of the result, for the reason `layout_why`; reports of earlier versions are of mono
    results.

    `backed_off` lists what is weaker than the preset because it would harm speech: stretches of isolation by their time
    and strength, and the dynamics. `isolation_strength` is the share of the isolated voice every 100 ms; empty if
    isolation is off.

    Reports of earlier versions can be read: they have `mended`, `harm.swallowed`, and other words for states.
    """

    preset: str
    verdict: str
    fold: ChannelCorrection
    speech_s: float
    speech_dbfs: float | None
    noise_dbfs: float | None
    stages: tuple[StageReport, ...]
    harm: ArtifactReport
    backed_off: tuple[str, ...]
    before: Loudness
    after: Loudness
    gain: Gain
    limited_db: float
    limiter: LimiterWork = LimiterWork()
    repaired: int = Field(validation_alias=AliasChoices("repaired", "mended"))
    raised_db: float = 0.0
    isolation_strength: tuple[float, ...] = ()
    model: str = ISOLATION_MODEL
    music: tuple[MusicStretch, ...] = ()
    layout: OutputLayout = "mono"
    layout_why: str = ""

    @property
    def channel_notes(self) -> tuple[str, ...]:
        """The music with what was done to it, and the channels of the result; empty for plain mono without music."""
        notes = [
            f"music {format_short_time(one.start)}–{format_short_time(one.end)} {one.done}"
            + (" under speech" if one.speech else "")
            for one in self.music
        ]
        explained = self.layout == "stereo" or notes or self.fold.voices
        return (*notes, f"{self.layout}: {self.layout_why}") if explained else tuple(notes)

    @property
    def damaged(self) -> bool:
        """Whether speech is damaged even by the weakest chain; `verdict` then asks to listen."""
        return self.speech_dbfs is not None and bool(self.harm.faults)

    @property
    def quiet(self) -> bool:
        """Whether the dialog stays below its target, because its peaks are at the ceiling; `verdict` says so."""
        return self.gain.held_by in ("ceiling", "limiter")
