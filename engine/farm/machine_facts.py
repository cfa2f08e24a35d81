"""What a machine reports of itself."""

from __future__ import annotations

import hashlib
import json
from typing import Literal

from pydantic import Field

from engine.catalog import FrozenModel


class Identity(FrozenModel):
    """The software that decides a result's bytes, each as a digest or a version. Equal identities give equal bytes."""

    engine: str
    libraries: str
    models: str
    encoder: str
    device: str

    @property
    def digest(self) -> str:
        """The SHA-256 of all fields, in hex."""
        return hashlib.sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


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
