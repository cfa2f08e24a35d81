"""The limits that the owner of a machine sets, and whether it may work now."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path

from pydantic import Field

from engine.atomic_files import make_folder, write_atomic
from engine.catalog import FrozenModel
from engine.errors import RequestError

_CAPS, _PAUSED = "caps.json", "paused"


class Caps(FrozenModel):
    """What a machine gives to a studio.

    `cores` None: all but one. `memory_share` is the share of its memory that jobs may use, `gpu` whether they may use
    its graphics device. `idle_minutes`: it works only when its user has not touched it for so long. `hours` are local
    times; the second may be before the first. `max_celsius`: it takes no more jobs while it is warmer, see
    `reason_too_hot`.
    """

    cores: int | None = Field(default=None, ge=1)
    memory_share: float = Field(default=0.5, gt=0, le=0.9)
    gpu: bool = True
    idle_minutes: int | None = Field(default=None, ge=0)
    only_on_power: bool = False
    hours: tuple[time, time] | None = None
    max_celsius: int | None = Field(default=None, ge=1, le=120)
    cache_bytes: int = Field(default=50 << 30, ge=0)


def load_caps(folder: Path) -> Caps:
    """Return the limits stored in the machine's folder of a host, or the defaults.

    Raises RequestError if they cannot be read.
    """
    try:
        return Caps.model_validate_json((folder / _CAPS).read_bytes())
    except FileNotFoundError:
        return Caps()
    except (OSError, ValueError) as error:
        raise RequestError(f"{folder / _CAPS} cannot be read.", "Delete it, then set the limits again.") from error


def save_caps(folder: Path, caps: Caps) -> None:
    """Store the limits; a supervisor that runs reads them within a second."""
    make_folder(folder)
    write_atomic(folder / _CAPS, caps.model_dump_json().encode())


def pause_machine(folder: Path) -> None:
    """Take the machine back at once: its jobs end, and it takes no other until `resume_machine`."""
    make_folder(folder)
    write_atomic(folder / _PAUSED, datetime.now().astimezone().isoformat().encode())


def resume_machine(folder: Path) -> None:
    """Let the machine work again."""
    (folder / _PAUSED).unlink(missing_ok=True)


def is_paused(folder: Path) -> bool:
    """Return whether `pause_machine` was called last."""
    return (folder / _PAUSED).exists()
