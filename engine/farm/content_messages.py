"""The answers of the content server, and what a machine sends beside work orders and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from engine.catalog import FrozenModel, MachineState

# SQLite's integers have 64 bits.
_Amount = Annotated[int, Field(ge=0, lt=1 << 63)]
_Short = Annotated[str, Field(max_length=1000)]


class MachineStatus(FrozenModel):
    """How the host sees a machine. `renew` asks for a renewal: the certificate expires soon."""

    state: MachineState
    reason: str = ""
    renew: bool = False


class Beat(FrozenModel):
    """The progress of a lease's job: amounts done and in all, their unit, and a message."""

    progress: tuple[_Amount, _Amount, _Short, _Short] = (0, 0, "", "")


class BeatReply(FrozenModel):
    """Until when the machine must report again. With `stop` the lease is over: the job must end, its result is void."""

    deadline: datetime
    stop: bool = False
    reason: str = ""


class OutputOffset(FrozenModel):
    """How many bytes of an output the host has, and whether that is all, with the right digest."""

    offset: int = Field(ge=0)
    complete: bool


class LeafRequest(FrozenModel):
    """Two certificate signing requests in PEM, one for each role."""

    content: str
    dask: str


class RenewedLeaves(FrozenModel):
    """Two leaf certificates in PEM, one for each role."""

    content: str
    dask: str
