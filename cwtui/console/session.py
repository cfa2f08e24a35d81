"""The state of a console session, saved at every change and restored at the next start."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Literal

from platformdirs import user_state_path
from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from engine.atomic_files import write_atomic
from engine.catalog import Exact
from engine.errors import EngineError


class DeliveryChoices(BaseModel):
    """The choices of Deliver.

    `takes`: the kept ones or, without any, all but retakes ("usual"), all, those selected in Takes, the one with the id
    `take`, or the film of the cut with the name `cut`. `range`: as trimmed, the whole recording, or for one take the
    part from `start` to `end` in seconds.
    `rendering` and `speed` are None for the recipe's rendering and for a question at the run.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    takes: Literal["usual", "all", "selected", "one", "cut"] = "usual"
    take: str | None = None
    cut: str | None = None
    range: Literal["trimmed", "whole", "part"] = "trimmed"
    start: Exact = Fraction(0)
    end: Exact | None = None
    sdr: bool = False
    rendering: Literal["as-shot", "aces"] | None = None
    speed: Literal["real", "slow"] | None = None


class SoundChoices(BaseModel):
    """The settings of Sound: the preset, its strength in per cent, and the stages that are bypassed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    preset: str = "dialog"
    strength: int = Field(100, ge=0, le=100)
    bypassed: tuple[str, ...] = ()


class Session(BaseModel):
    """The open screen, its selection and the display settings. `playhead` is in seconds of the take's clock.

    `screen` is empty before the first choice of one. With `advance`, a verdict goes on to the next undecided take.
    `selected` are the ids of the takes that are selected in the project, in shooting order; `selections` has those of
    each project by name. `delivery` and `sound` are the choices of Deliver and Sound. `cut` and `clip` are the name of
    the cut in Cut and the id of its clip, `look` is the name of the look in Look. `protocols` are the user's choices of
    image protocol by terminal name.
    `project` is read from sessions of earlier versions; the current project is in the catalog.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    studio: str = ""
    screen: str = Field("", validation_alias=AliasChoices("screen", "room"))
    project: str | None = Field(None, exclude=True)
    take: str | None = None
    playhead: Exact = Fraction(0)
    recipe: str | None = None
    delivery: DeliveryChoices = DeliveryChoices()
    sound: SoundChoices = SoundChoices()
    filter: str = "all"
    sort: str = "shot"
    advance: bool = False
    selected: tuple[str, ...] = ()
    selections: dict[str, tuple[str, ...]] = {}
    theme: str = "cleanwater-night"
    plain: bool = False
    mouse: bool = True
    prompter_size: int = Field(0, ge=0)
    cut: str | None = None
    clip: str | None = None
    look: str | None = None
    protocols: dict[str, str] = Field({}, validation_alias=AliasChoices("protocols", "ways"))


def session_path(studio: Path) -> Path:
    """The session file of a studio, in the user's state directory."""
    from xxhash import xxh3_64_hexdigest

    name = f"{studio.name or 'studio'}-{xxh3_64_hexdigest(bytes(studio.absolute()))[:8]}.json"
    return user_state_path("cleanwater") / "places" / name


def read_session(studio: Path) -> Session:
    """The last session of a studio; the default one when there is none or it cannot be read."""
    with suppress(OSError, ValueError, ArithmeticError):
        return Session.model_validate_json(session_path(studio).read_bytes())
    return Session()


def write_session(studio: Path, session: Session) -> None:
    """Write a session. Errors are ignored: a session that cannot be saved must not interrupt work."""
    with suppress(EngineError, OSError):
        write_atomic(
            session_path(studio), session.model_copy(update={"studio": str(studio)}).model_dump_json().encode()
        )
