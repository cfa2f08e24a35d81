"""Pinned digests: trust on first use for files without a known digest.

A registry entry with `sha256 = "unknown"` is downloaded only after the user's confirmation. The digest of the
download is stored by address in pins.json in the models folder. Any other content is rejected afterwards, even after
the model was removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from engine.atomic_files import write_atomic
from engine.catalog import FrozenModel
from engine.errors import RequestError
from engine.models.names import models_folder
from engine.models.registry_entry import Sha256

PINS = "pins.json"


class Pin(FrozenModel):
    """The trusted content of an address: SHA-256, size in bytes, and time of the download."""

    sha256: Sha256
    size: int
    at: datetime


_Pins = TypeAdapter(dict[str, Pin])


def pins_file() -> Path:
    """Return the path of the pins file."""
    return models_folder() / PINS


def read_pins() -> dict[str, Pin]:
    """Return the pins by address. Raises RequestError if the file is damaged: no pin is dropped silently."""
    path = pins_file()
    if not path.is_file():
        return {}
    try:
        return _Pins.validate_json(path.read_bytes())
    except ValidationError as error:
        raise RequestError(
            f"{path} is damaged, so the pinned digests cannot be read.",
            "Restore it from a backup, or delete it to trust the next download.",
        ) from error


def add_pins(new: Mapping[str, Pin]) -> None:
    """Add pins to the stored ones."""
    write_atomic(pins_file(), _Pins.dump_json({**read_pins(), **new}, indent=1))
