"""What a machine reports of itself."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from engine.catalog import FrozenModel
from engine.deliver import Identity

__all__ = ["Identity", "MachineFacts"]


class MachineFacts(FrozenModel):
    """Resources, limits that its owner set, and what the machine does now.

    `memory` is in bytes; `cores` and `memory` are those that jobs may use. `speeds` are seconds of media for a second
    of work, by kind. `paused` says why it takes no work now: in use, on battery, outside its hours.
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
    cache_bytes: int = 0
