"""Digests of what came first: a file nobody had a digest for is held to its first bytes from then on.

A registry entry that says `sha256 = "unknown"` is taken only with the person's explicit yes (trust on first use).
What came is written to pins.json in the models folder, by address, and any other content is refused afterwards,
also after the model was removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from engine.atomic_files import write_atomic
from engine.catalog import FrozenModel
from engine.errors import RequestError
from engine.models.registry import models_folder
from engine.models.registry_entry import Sha256

PINS = "pins.json"


class Pin(FrozenModel):
    """What an address gave when it was trusted: SHA-256, bytes, and the moment."""

    sha256: Sha256
    size: int
    at: datetime


_Pins = TypeAdapter(dict[str, Pin])


def pins_file() -> Path:
    """Where the pins are kept."""
    return models_folder() / PINS


def read_pins() -> dict[str, Pin]:
    """The pins by address. RequestError where the file was damaged: no pin is forgotten silently."""
    path = pins_file()
    if not path.is_file():
        return {}
    try:
        return _Pins.validate_json(path.read_bytes())
    except ValidationError as error:
        raise RequestError(
            f"{path} is damaged, so that it cannot be told what was pinned.",
            "Restore it from a backup; or delete it to trust the next fetch anew.",
        ) from error


def add_pins(new: Mapping[str, Pin]) -> None:
    """Adds pins to those that are there."""
    write_atomic(pins_file(), _Pins.dump_json({**read_pins(), **new}, indent=1))
