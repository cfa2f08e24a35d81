"""What a machine reports of itself."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from engine.catalog import FrozenModel
from engine.deliver import Identity
from engine.farm.heat import Pressure

__all__ = ["Identity", "MachineFacts"]


class MachineFacts(FrozenModel):
    """Resources, limits that its owner set, and what the machine does now.

    `memory` is in bytes; `cores` and `memory` are those that jobs may use. `speeds` are seconds of media for a second
    of work, by kind. `paused` says why it takes no work now: in use, on battery, outside its hours, too hot.
    `temperature` is that of its processor in °C, `pressure` macOS's name for its thermal pressure, `idle` the seconds
    since somebody used it; None or "" where the system does not say it.
    """

    platform: str
    cores: int
    memory: int
    gpu: str = ""
    encoders: tuple[str, ...] = ()
    identity: Identity
    kinds: tuple[str, ...] = ()
    speeds: dict[str, float] = Field(default_factory=dict)
    state: Literal["ready", "working", "paused"] = "ready"
    paused: str = ""
    lease: str | None = None
    load: float | None = None
    temperature: float | None = None
    pressure: Pressure | Literal[""] = ""
    idle: float | None = Field(default=None, ge=0, le=1e9)
    cache_bytes: int = 0
