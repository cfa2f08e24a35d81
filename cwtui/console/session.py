"""Where the director was: written at every change, found again after a dropped line."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from pathlib import Path

from platformdirs import user_state_path
from pydantic import BaseModel, ConfigDict

from engine.atomic_files import write_atomic
from engine.catalog import Exact
from engine.errors import EngineError


class Place(BaseModel):
    """A room, what was chosen in it, and how things are shown. `playhead` in seconds of the take's clock.

    `ways` is how pictures are shown where somebody chose that: by a terminal's name.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    studio: str = ""
    room: str = "takes"
    project: str | None = None
    take: str | None = None
    playhead: Exact = Fraction(0)
    recipe: str | None = None
    filter: str = "all"
    sort: str = "shot"
    theme: str = "cleanwater-night"
    plain: bool = False
    mouse: bool = True
    ways: dict[str, str] = {}


def place_of(studio: Path) -> Path:
    """The file that remembers a studio's place, below this user's own state."""
    from xxhash import xxh3_64_hexdigest

    name = f"{studio.name or 'studio'}-{xxh3_64_hexdigest(bytes(studio.absolute()))[:8]}.json"
    return user_state_path("cleanwater") / "places" / name


def read_place(studio: Path) -> Place:
    """The last place; the beginning where there is none, or none that can be read."""
    with suppress(OSError, ValueError, ArithmeticError):
        return Place.model_validate_json(place_of(studio).read_bytes())
    return Place()


def keep_place(studio: Path, place: Place) -> None:
    """Writes the place. A disk that refuses is no reason to stop."""
    with suppress(EngineError, OSError):
        write_atomic(place_of(studio), place.model_copy(update={"studio": str(studio)}).model_dump_json().encode())
