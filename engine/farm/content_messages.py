"""The answers of the content server, and what a machine sends beside work orders and answers."""

from __future__ import annotations

from datetime import datetime

from engine.catalog import FrozenModel, MachineState


class MachineStatus(FrozenModel):
    """How the host sees a machine. `renew` asks for a renewal: the certificate expires soon."""

    state: MachineState
    reason: str = ""
    renew: bool = False


class Beat(FrozenModel):
    """The progress of a lease's job: amounts done and in all, their unit, and a message."""

    progress: tuple[int, int, str, str] = (0, 0, "", "")


class BeatReply(FrozenModel):
    """Until when the machine must report again. With `stop` the lease is over: the job must end, its result is void."""

    deadline: datetime
    stop: bool = False
    reason: str = ""


class LeafRequest(FrozenModel):
    """Two certificate signing requests in PEM, one for each role."""

    content: str
    dask: str


class RenewedLeaves(FrozenModel):
    """Two leaf certificates in PEM, one for each role."""

    content: str
    dask: str
