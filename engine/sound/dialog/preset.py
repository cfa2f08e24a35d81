"""Presets of the dialog cleanup chain, in TOML: one table per stage with its limits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, get_args

import xxhash
from pydantic import BaseModel, ConfigDict, Field

from engine.errors import RequestError
from engine.resources import resource_root
from engine.sound.voice_choice import VoiceChoice
from engine.suggestion import hint_with_suggestion
from engine.validation import read_text, read_toml

StageName = Literal[
    "rumble",
    "declip",
    "clicks",
    "mouth-clicks",
    "plosives",
    "dereverb",
    "isolation",
    "breaths",
    "room-tone",
    "levelling",
    "sibilance",
    "compression",
    "tone",
    "plugin",
]
"""The stages, in the order of reports and lists; rumble runs after plosives."""

STAGES: tuple[StageName, ...] = get_args(StageName)

REPAIRS: frozenset[StageName] = frozenset(("declip", "clicks", "mouth-clicks", "plosives", "rumble", "dereverb"))
"""The stages before isolation, which change what it reads."""

MusicChoice = Literal["keep", "duck", "drop"]
"""What happens to music: it is kept, lowered while somebody speaks, or removed like noise."""

ChannelChoice = Literal["auto", "mono", "stereo"]
"""The channels of the result: stereo if the recording has a stereo bed, always one, or stereo as recorded."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rumble(_Table):
    """Removes rumble below `cutoff_hz`, without the voice there; reduces gusts below `wind_hz` by up to `wind_db`.

    Rumble below `rest_db` relative to the speech stays. At -15 dB it is inaudible: speech at 65 dB SPL has rumble of
    50 dB then, and the threshold of hearing at 40 Hz is 51 dB (ISO 226:2003).
    """

    cutoff_hz: Annotated[float, Field(ge=20, le=160)] = 70.0
    rest_db: Annotated[float, Field(ge=-80, le=0)] = -15.0
    wind_hz: Annotated[float, Field(ge=60, le=300)] = 160.0
    wind_db: Annotated[float, Field(ge=0, le=36)] = 15.0


class Clicks(_Table):
    """Repairs clicks that exceed their surroundings by a factor of `times`; skipped above `most` clicks per second."""

    times: Annotated[float, Field(ge=5, le=200)] = 40.0
    most: Annotated[float, Field(gt=0, le=100)] = 20.0


class Declip(_Table):
    """Restores peaks that are flat at the recording's own ceiling; skipped above `most_percent` of clipped samples."""

    most_percent: Annotated[float, Field(gt=0, le=90)] = 45.0


class MouthClicks(_Table):
    """Repairs quiet clicks `above_db` above their surroundings; skipped above `most` per second."""

    above_db: Annotated[float, Field(ge=6, le=40)] = 24.0
    most: Annotated[float, Field(gt=0, le=50)] = 5.0


class Plosives(_Table):
    """Reduces bursts below `below_hz`, `above_db` above the voice's loud low notes, by up to `most_db`."""

    below_hz: Annotated[float, Field(ge=60, le=300)] = 150.0
    above_db: Annotated[float, Field(ge=0, le=24)] = 6.0
    most_db: Annotated[float, Field(ge=0, le=24)] = 12.0


class Dereverb(_Table):
    """Reduces late reverberation; `strength` is the share of the result in the mix at most.

    Full share from a reverberation time of `full_ms` on; skipped up to `rest_ms`.
    """

    strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    rest_ms: Annotated[float, Field(ge=50, le=1200)] = 220.0
    full_ms: Annotated[float, Field(ge=50, le=1200)] = 320.0


class Breaths(_Table):
    """Reduces breaths between words by up to `most_db`, and never below the noise."""

    most_db: Annotated[float, Field(ge=0, le=24)] = 6.0


class Isolation(_Table):
    """Isolates the voice by DeepFilterNet 3 and mixes it with the recording: `strength` is its share at most.

    Full share if speech is up to `full_db` above the noise; skipped from `rest_db` above the noise on. The noise is
    reduced by 50 dB at most.
    """

    strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    full_db: Annotated[float, Field(ge=0, le=80)] = 26.0
    rest_db: Annotated[float, Field(ge=0, le=90)] = 40.0


class RoomTone(_Table):
    """Fills digital silence of `shortest_ms` or longer with room tone from the take."""

    shortest_ms: Annotated[float, Field(ge=5, le=1000)] = 20.0


class Levelling(_Table):
    """Slow gain towards the take's median speech level, beyond `within_db` of it, by up to `most_db`."""

    within_db: Annotated[float, Field(ge=0, le=12)] = 3.5
    most_db: Annotated[float, Field(ge=0, le=18)] = 8.0
    seconds: Annotated[float, Field(ge=0.5, le=10)] = 3.0


class Sibilance(_Table):
    """De-esser above `from_hz`: reduces sibilants more than `above_db` above the median one, by up to `most_db`.

    Skipped if the loudest sibilants are below `rest_db` relative to the voice.
    """

    from_hz: Annotated[float, Field(ge=3000, le=9000)] = 5000.0
    above_db: Annotated[float, Field(ge=0, le=20)] = 7.0
    most_db: Annotated[float, Field(ge=0, le=12)] = 5.0
    rest_db: Annotated[float, Field(ge=-40, le=10)] = -7.0


class Compression(_Table):
    """Compresses speech more than `above_db` above its median; skipped if the loudest is less than `rest_db` above."""

    ratio: Annotated[float, Field(ge=1, le=6)] = 2.0
    above_db: Annotated[float, Field(ge=0, le=20)] = 4.0
    attack_ms: Annotated[float, Field(gt=0, le=100)] = 8.0
    release_ms: Annotated[float, Field(gt=0, le=2000)] = 160.0
    rest_db: Annotated[float, Field(ge=0, le=30)] = 9.0


class Tone(_Table):
    """Corrects bands more than `within_db` off average speech by half of the excess, up to `most_db`."""

    within_db: Annotated[float, Field(ge=0, le=24)] = 8.0
    most_db: Annotated[float, Field(ge=0, le=12)] = 4.0


class Plugin(_Table):
    """The user's own VST3 or Audio Unit, with its parameters; loaded only if its path is given here."""

    path: Path
    name: str | None = None
    parameters: dict[str, float | str | bool] = {}


class LoudnessTarget(_Table):
    """One gain to `lufs`; true peaks stay below `true_peak_dbtp`, with up to `limiter_db` of limiting.

    The limiter may work for `limiter_share` of the time; beyond these bounds the dialog stays quieter.
    """

    lufs: Annotated[float, Field(ge=-40, le=-5)] = -16.0
    true_peak_dbtp: Annotated[float, Field(ge=-20, le=0)] = -1.0
    tolerance_lu: Annotated[float, Field(gt=0, le=3)] = 0.1
    limiter_db: Annotated[float, Field(ge=0, le=12)] = 0.0
    limiter_share: Annotated[float, Field(ge=0, le=1)] = 0.05


class Preset(_Table):
    """A cleanup chain. Stages that are None are not run.

    `music` is kept, lowered by `duck_db` while somebody speaks, or removed like noise. With `channels = "auto"` the
    result is stereo if the recording is stereo and has music or no speech. With `voices = "auto"`, two channels with
    one voice each are mixed by who speaks.
    """

    model_config = ConfigDict(populate_by_name=True)

    name: str
    title: str
    music: MusicChoice = "keep"
    duck_db: Annotated[float, Field(ge=0, le=40)] = 12.0
    channels: ChannelChoice = "auto"
    voices: VoiceChoice = "auto"
    rumble: Rumble | None = None
    declip: Declip | None = None
    clicks: Clicks | None = None
    mouth_clicks: Annotated[MouthClicks | None, Field(alias="mouth-clicks")] = None
    plosives: Plosives | None = None
    dereverb: Dereverb | None = None
    breaths: Breaths | None = None
    isolation: Isolation | None = None
    room_tone: Annotated[RoomTone | None, Field(alias="room-tone")] = None
    levelling: Levelling | None = None
    sibilance: Sibilance | None = None
    compression: Compression | None = None
    tone: Tone | None = None
    plugin: Plugin | None = None
    loudness: LoudnessTarget = LoudnessTarget()

    def of(self, stage: StageName) -> BaseModel | None:
        """The table of a stage; None if the chain does not contain it."""
        found: BaseModel | None = getattr(self, stage.replace("-", "_"))
        return found

    @property
    def digest(self) -> str:
        """XXH128 of the settings, independent of the file's comments and formatting."""
        return xxhash.xxh3_128_hexdigest(self.model_dump_json().encode())

    def with_strength(self, strength: float) -> Preset:
        """The chain with isolation, dereverberation and the stages that set a gain scaled; 1 leaves it unchanged."""
        if not 0 <= strength <= 1:
            raise RequestError(f"Invalid strength: {strength:g}.", "Choose a strength from 0 to 1.")
        changes: dict[str, BaseModel] = {}
        if self.isolation:
            changes["isolation"] = self.isolation.model_copy(update={"strength": self.isolation.strength * strength})
        if self.dereverb:
            changes["dereverb"] = self.dereverb.model_copy(update={"strength": self.dereverb.strength * strength})
        for stage in ("plosives", "breaths", "levelling", "sibilance", "tone"):
            table = getattr(self, stage)
            if table:
                changes[stage] = table.model_copy(update={"most_db": table.most_db * strength})
        if self.compression:
            ratio = 1 + (self.compression.ratio - 1) * strength
            changes["compression"] = self.compression.model_copy(update={"ratio": ratio})
        return self.model_copy(update=changes)

    def with_music(self, music: MusicChoice | None) -> Preset:
        """The chain with another choice for music; None leaves it unchanged."""
        return self if music is None else self.model_copy(update={"music": music})

    def with_voices(self, voices: VoiceChoice | None) -> Preset:
        """The chain with another choice for two channels with one voice each; None leaves it unchanged."""
        return self if voices is None else self.model_copy(update={"voices": voices})

    def without(self, bypassed: frozenset[StageName]) -> Preset:
        """The chain without the bypassed stages."""
        return self.model_copy(update={stage.replace("-", "_"): None for stage in bypassed})


def preset_names() -> list[str]:
    """The names of the built-in presets."""
    return sorted(path.stem for path in (resource_root("presets") / "sound").glob("*.toml"))


OWN_PRESETS = "sound"
"""The folder of a studio with the user's presets."""


def load_preset(name: str, own: Path | None = None) -> Preset:
    """Loads a preset by name, from the folder `own` or built in, or from a TOML file by path.

    Raises RequestError with the file, key and problem.
    """
    path = Path(name) if name.endswith(".toml") else resource_root("presets") / "sound" / f"{name}.toml"
    if own and not name.endswith(".toml") and (own / f"{name}.toml").is_file():
        path = own / f"{name}.toml"
    if not path.is_file():
        hint = f"Choose one of: {', '.join(preset_names())}; or a .toml file."
        raise RequestError(f"Sound preset “{name}” not found.", hint_with_suggestion(name, preset_names(), hint))
    hint = "See docs/sound.md for all keys."
    return read_toml(Preset, read_text(path), path.name, "sound preset", hint, name=path.stem)


def stage_named(name: str) -> StageName:
    """The stage with this name. Raises RequestError if there is none."""
    for stage in STAGES:
        if stage == name:
            return stage
    hint = hint_with_suggestion(name, STAGES, f"Choose one of: {', '.join(STAGES)}.")
    raise RequestError(f"Stage “{name}” not found.", hint)
