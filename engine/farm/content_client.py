"""The machine's side of the content server: claims leases, fetches inputs, sends outputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.errors import EngineError
from engine.farm.content_credentials import ContentCredentials
from engine.farm.content_messages import BeatReply, LeafRequest, MachineStatus, RenewedLeaves
from engine.farm.machine_facts import MachineFacts
from engine.farm.work_order import OrderedFile, WorkAnswer, WorkOrder


class ContentRefused(EngineError):
    """The host refuses a request. `status` is HTTP's, `code` says why: "lease-ended", "draining", "policy" …"""

    status: int
    code: str


class ContentClient:
    """A machine's connection to its host. Methods may be called from several threads.

    Each method tries again after a cut connection, until nothing has moved for `patience` seconds. Raises
    ContentRefused if the host refuses, TransientError if it cannot be reached, Cancelled.
    `host` is the name of the host's certificate.
    """

    def __init__(
        self, address: str, port: int, host: str, credentials: ContentCredentials, *, patience: float = 60.0
    ) -> None:
        raise NotImplementedError

    def report(self, facts: MachineFacts) -> MachineStatus:
        """Report what the machine is and does; the host's heartbeat. Does not try again."""
        raise NotImplementedError

    def claim(self, lease_id: str) -> WorkOrder:
        raise NotImplementedError

    def beat(self, lease_id: str, progress: tuple[int, int, str, str]) -> BeatReply:
        """Report progress. `stop` also if the host refuses this machine. Does not try again."""
        raise NotImplementedError

    def send(
        self,
        lease_id: str,
        path: Path,
        sha256: str,
        sent: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        """Send an output file of a lease. Continues an interrupted transfer. `sent` gets the size of each block."""
        raise NotImplementedError

    def answer(self, answer: WorkAnswer) -> None:
        """Send the answer of a lease; its files are sent before. ContentRefused "lease-ended": fenced, forget it."""
        raise NotImplementedError

    def renew(self, request: LeafRequest) -> RenewedLeaves:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class ContentCache:
    """The inputs that a machine keeps, encrypted with a key of its own, at most `budget` bytes.

    One process uses a folder at a time. `key` is a file of 32 bytes, made if absent.
    """

    def __init__(self, folder: Path, key: Path, budget: int) -> None:
        raise NotImplementedError

    def place(
        self,
        client: ContentClient,
        order: WorkOrder,
        studio: Path,
        received: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        """Fetch the files of an order that are not cached, and write all to their places below `studio`.

        They stay in the cache until `release`. Raises ContentRefused, TransientError, Cancelled, EngineError if the
        disk is full or the budget too small.
        """
        raise NotImplementedError

    def release(self, lease_id: str) -> None:
        """The lease is over: its files may be evicted."""
        raise NotImplementedError

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


_ = OrderedFile
