"""What a chain of dialog cleanup does, in TOML: a table a stage, each with how far it may go."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal, get_args

import xxhash
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.catalog import problems
from engine.errors import RequestError
from engine.resources import resource_root

StageName = Literal[
    "rumble", "clicks", "isolation", "room-tone", "levelling", "sibilance", "compression", "tone", "plugin"
]
"""The stages, in the order in which they work."""

STAGES: tuple[StageName, ...] = get_args(StageName)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rumble(_Table):
    """High-pass at `cutoff_hz`, linear in phase; gusts of wind are held down by up to `wind_db` below `wind_hz`.

    It rests where less than `rest_db` of the speech's power lies below the cut-off, and no wind blows.
    """

    cutoff_hz: Annotated[float, Field(ge=20, le=160)] = 70.0
    rest_db: Annotated[float, Field(ge=-80, le=0)] = -30.0
    wind_hz: Annotated[float, Field(ge=60, le=300)] = 160.0
    wind_db: Annotated[float, Field(ge=0, le=36)] = 15.0


class Clicks(_Table):
    """Clicks that stand `times` above what is around them are drawn anew; more than `most` a second are none."""

    times: Annotated[float, Field(ge=5, le=200)] = 40.0
    most: Annotated[float, Field(gt=0, le=100)] = 10.0


class Isolation(_Table):
    """The voice apart from what is around it, by DeepFilterNet 3: `strength` of it, the rest as it was.

    Where speech stands `rest_db` above the noise it rests; `full_db` above or less it works in full.
    """

    strength: Annotated[float, Field(ge=0, le=1)] = 0.97
    full_db: Annotated[float, Field(ge=0, le=80)] = 20.0
    rest_db: Annotated[float, Field(ge=0, le=90)] = 40.0


class RoomTone(_Table):
    """Digital silence of `shortest_ms` and more is filled with the take's own room tone."""

    shortest_ms: Annotated[float, Field(ge=5, le=1000)] = 20.0


class Levelling(_Table):
    """Slowly towards the speaker's own median level, past `within_db` of it, by `most_db` at most."""

    within_db: Annotated[float, Field(ge=0, le=12)] = 2.5
    most_db: Annotated[float, Field(ge=0, le=18)] = 8.0
    seconds: Annotated[float, Field(ge=0.5, le=10)] = 3.0


class Sibilance(_Table):
    """Above `from_hz` what passes the speaker's own median s by `above_db` is held down, by `most_db` at most."""

    from_hz: Annotated[float, Field(ge=3000, le=9000)] = 5000.0
    above_db: Annotated[float, Field(ge=0, le=20)] = 7.0
    most_db: Annotated[float, Field(ge=0, le=12)] = 5.0
    rest_db: Annotated[float, Field(ge=-40, le=10)] = -7.0


class Compression(_Table):
    """Peaks above the speaker's median by `above_db` are compressed; speech ranging less than `rest_db` is left."""

    ratio: Annotated[float, Field(ge=1, le=6)] = 2.0
    above_db: Annotated[float, Field(ge=0, le=20)] = 4.0
    attack_ms: Annotated[float, Field(gt=0, le=100)] = 8.0
    release_ms: Annotated[float, Field(gt=0, le=2000)] = 160.0
    rest_db: Annotated[float, Field(ge=0, le=30)] = 9.0


class Tone(_Table):
    """Bands that lie more than `within_db` off average speech are brought half of the rest back, `most_db` at most."""

    within_db: Annotated[float, Field(ge=0, le=24)] = 8.0
    most_db: Annotated[float, Field(ge=0, le=12)] = 4.0


class Plugin(_Table):
    """A VST3 or Audio Unit of one's own, opened only where it is named here: `path`, and its `parameters`."""

    path: Path
    name: str | None = None
    parameters: dict[str, float | str | bool] = {}


class LoudnessTarget(_Table):
    """One gain to `lufs`; true peaks stay under the ceiling, off which a limiter may take `limiter_db`."""

    lufs: Annotated[float, Field(ge=-40, le=-5)] = -16.0
    true_peak_dbtp: Annotated[float, Field(ge=-20, le=0)] = -1.0
    tolerance_lu: Annotated[float, Field(gt=0, le=3)] = 0.1
    limiter_db: Annotated[float, Field(ge=0, le=12)] = 0.0


class Preset(_Table):
    """A chain. A stage that is not named does not work."""

    model_config = ConfigDict(populate_by_name=True)

    name: str
    title: str
    rumble: Rumble | None = None
    clicks: Clicks | None = None
    isolation: Isolation | None = None
    room_tone: Annotated[RoomTone | None, Field(alias="room-tone")] = None
    levelling: Levelling | None = None
    sibilance: Sibilance | None = None
    compression: Compression | None = None
    tone: Tone | None = None
    plugin: Plugin | None = None
    loudness: LoudnessTarget = LoudnessTarget()

    def of(self, stage: StageName) -> BaseModel | None:
        """A stage's table."""
        found: BaseModel | None = getattr(self, stage.replace("-", "_"))
        return found

    @property
    def digest(self) -> str:
        """Addresses what the chain does, whatever its file's comments say."""
        return xxhash.xxh3_128_hexdigest(self.model_dump_json().encode())

    def with_strength(self, strength: float) -> Preset:
        """The same chain with another share of isolation, and the dynamics' reach with it: 1 is as written."""
        if not 0 <= strength <= 1:
            raise RequestError(f"A strength of {strength:g} cannot be.", "Choose one from 0 to 1.")
        changes: dict[str, BaseModel] = {}
        if self.isolation:
            changes["isolation"] = self.isolation.model_copy(update={"strength": self.isolation.strength * strength})
        for stage in ("levelling", "sibilance", "tone"):
            table = getattr(self, stage)
            if table:
                changes[stage] = table.model_copy(update={"most_db": table.most_db * strength})
        if self.compression:
            ratio = 1 + (self.compression.ratio - 1) * strength
            changes["compression"] = self.compression.model_copy(update={"ratio": ratio})
        return self.model_copy(update=changes)

    def without(self, bypassed: frozenset[StageName]) -> Preset:
        """The same chain without some stages."""
        return self.model_copy(update={stage.replace("-", "_"): None for stage in bypassed})


def preset_names() -> list[str]:
    """The names of the presets that come with Cleanwater."""
    return sorted(path.stem for path in (resource_root("presets") / "sound").glob("*.toml"))


def load_preset(name: str) -> Preset:
    """A preset by name, or from a TOML file by path. RequestError naming the file, the key and what is wrong."""
    path = Path(name) if name.endswith(".toml") else resource_root("presets") / "sound" / f"{name}.toml"
    if not path.is_file():
        raise RequestError(
            f"There is no sound preset “{name}”.", f"Choose one of: {', '.join(preset_names())}; or name a file."
        )
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return Preset.model_validate({**table, "name": path.stem})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RequestError(f"{path.name} is not TOML: {error}.", "Mend the line it names.") from error
    except ValidationError as error:
        raise RequestError(
            f"{path.name} is not a sound preset: {problems(error)}.", "docs/sound.md lists every key."
        ) from error


def stage_named(name: str) -> StageName:
    """A stage by its name. RequestError where there is none."""
    for stage in STAGES:
        if stage == name:
            return stage
    raise RequestError(f"There is no stage “{name}”.", f"The stages are: {', '.join(STAGES)}.")
