"""Where the director was: written at every change, found again after a dropped line."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from pathlib import Path

from platformdirs import user_state_path
from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from engine.atomic_files import write_atomic
from engine.catalog import Exact
from engine.errors import EngineError


class Session(BaseModel):
    """A room, what was chosen in it, and how things are shown. `playhead` in seconds of the take's clock.

    `protocols` is how pictures are shown where somebody chose that: by a terminal's name.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    studio: str = ""
    screen: str = Field("takes", validation_alias=AliasChoices("screen", "room"))
    project: str | None = None
    take: str | None = None
    playhead: Exact = Fraction(0)
    recipe: str | None = None
    filter: str = "all"
    sort: str = "shot"
    theme: str = "cleanwater-night"
    plain: bool = False
    mouse: bool = True
    protocols: dict[str, str] = Field({}, validation_alias=AliasChoices("protocols", "ways"))


def session_path(studio: Path) -> Path:
    """The file that remembers a studio's place, below this user's own state."""
    from xxhash import xxh3_64_hexdigest

    name = f"{studio.name or 'studio'}-{xxh3_64_hexdigest(bytes(studio.absolute()))[:8]}.json"
    return user_state_path("cleanwater") / "places" / name


def read_session(studio: Path) -> Session:
    """The last place; the beginning where there is none, or none that can be read."""
    with suppress(OSError, ValueError, ArithmeticError):
        return Session.model_validate_json(session_path(studio).read_bytes())
    return Session()


def write_session(studio: Path, session: Session) -> None:
    """Writes the place. A disk that refuses is no reason to stop."""
    with suppress(EngineError, OSError):
        write_atomic(
            session_path(studio), session.model_copy(update={"studio": str(studio)}).model_dump_json().encode()
        )
