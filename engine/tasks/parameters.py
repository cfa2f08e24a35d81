"""What each kind of work is asked with: everything its outcome depends on, so that it is its address."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from engine.catalog import Encoding, Exact
from engine.deliver import Recipe, SoundRecipe, Speed
from engine.picture import Compression, Rendering
from engine.sound import Preset, StageName
from engine.speech import Correction, KnownVoice, SpeakerTurn


class Parameters(BaseModel):
    """Frozen and closed: a question is what it says and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SubjectParameters(Parameters):
    """A take, or a plain file where `take` is None, by the digest of its content.

    Paths below the studio are relative to it: a studio that is moved keeps its answers.
    """

    take: str | None
    source: Path
    source_digest: str
    label: str


class IngestParameters(Parameters):
    """Bring these files and folders into a project. Asked anew each time: folders change.

    `prepare`: make proxies and transcripts of what arrives, when nothing more pressing is to be done.
    """

    project: str
    paths: tuple[Path, ...]
    input_transform: Encoding | None
    in_place: bool
    prepare: bool
    asked_at: datetime


class ProbeParameters(SubjectParameters):
    """Every frame's time of a take."""


class LevelsParameters(SubjectParameters):
    """A take's sound at a glance."""


class ConditionParameters(SubjectParameters):
    """A take's condition: what of its picture and sound does not decode."""


class TranscribeParameters(SubjectParameters):
    """The words, heard by one model that was told how names are written."""

    model: str
    model_digest: str
    language: str | None
    glossary: tuple[str, ...] = ()


class DiarizeParameters(SubjectParameters):
    """Who speaks when, by one model; `speakers` is how many there are, where that is known."""

    model: str
    model_digest: str
    speakers: int | None = None


class TranscriptParameters(SubjectParameters):
    """What the job `words` heard, with the speakers of the job `voices`, named by voice, and a person's corrections.

    Where a person says who speaks when, `turns` are that, and nobody's voice is heard.
    """

    words: str
    voices: str | None = None
    turns: tuple[SpeakerTurn, ...] = ()
    known: tuple[KnownVoice, ...] = ()
    corrections: tuple[Correction, ...] = ()


class CaptionParameters(TranscriptParameters):
    """Cues from such a transcript; a cue is of one speaker where `speakers`. `frame` is how long a picture lasts."""

    speakers: bool = False
    frame: Exact | None = None


class MasterParameters(SubjectParameters):
    """The sound of a stretch (seconds on the footage's clock) at its loudness, as one file.

    Of the dialog that the job `cleaned` made, where there is one.
    """

    sound: SoundRecipe
    cleaned: str | None = None
    codec: Literal["aac", "wav"]
    edit_list: bool
    start: Exact
    duration: Exact


class CleanParameters(SubjectParameters):
    """The dialog of a sound track (`index`; None the first that decodes) through a chain.

    `model`, by its name and digest, compares the words before and after; None leaves them uncompared.
    """

    index: int | None = None
    preset: Preset
    bypassed: tuple[StageName, ...] = ()
    model: str | None = None
    model_digest: str = ""


class DeliverParameters(SubjectParameters):
    """One recipe for one stretch, put together from the jobs that made its sound and its cues.

    `damaged`: the director said yes to what is damaged of the stretch.
    """

    recipe: Recipe
    input_transform: Encoding | None
    start: Exact
    end: Exact | None
    masters: dict[Literal["aac", "wav"], str]
    captions: str | None
    folder: Path
    replace: bool = False
    speed: Speed | None = None
    damaged: bool = False


class RenderParameters(SubjectParameters):
    """Frames from `first_tick` on as files of `folder`, numbered from `first_number` by `pattern` (shot.####.exr)."""

    input_transform: Encoding | None
    first_tick: int
    frames: int
    first_number: int
    folder: Path
    pattern: str
    half: bool
    compression: Compression
    level: float
    replace: bool
    rendering: Rendering = "as-shot"
