"""The machine's side of the content server: claims leases, fetches inputs, sends outputs."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from engine.errors import EngineError, TransientError
from engine.farm.block_pipeline import BlockHandler, BlockPipeline
from engine.farm.byte_ranges import ByteRange, parse_content_range
from engine.farm.content_connection import ContentConnection, ContentRefused, HostAddress
from engine.farm.content_credentials import ContentCredentials
from engine.farm.content_messages import Beat, BeatReply, LeafRequest, MachineStatus, OutputOffset, RenewedLeaves
from engine.farm.machine_facts import MachineFacts
from engine.farm.transfer_retries import TransferRetries
from engine.farm.work_order import OrderedFile, WorkAnswer, WorkOrder

_SENT_AT_ONCE = 256 << 10
# The host may read back much of a large output before it answers.
_STALL_S, _ANSWER_S = 30.0, 300.0
# So many attempts in a row may bring the host nothing.
_SAME_START = 8

Model = TypeVar("Model", bound=BaseModel)
Moved = Callable[[int], None]
IsCancelled = Callable[[], bool]


class FileSink(Protocol):
    """Takes a file that is fetched, in blocks of `BLOCK_BYTES`; only the last is shorter."""

    @property
    def offset(self) -> int:
        """How many bytes of the file it has already."""

    @property
    def handlers(self) -> Sequence[BlockHandler]:
        """Functions that must each get every block in order; they may run at once."""


class ContentClient:
    """A machine's connections to its host. Methods may be called from several threads.

    Each method but `report` and `beat` tries again after a cut, until nothing has moved for `patience` seconds. Raises
    ContentRefused if the host refuses, TransientError if it cannot be reached, EngineError if the certificates do not
    fit, and Cancelled.
    """

    def __init__(
        self,
        host: HostAddress,
        credentials: ContentCredentials,
        *,
        patience: float = 60.0,
        stall: float = _STALL_S,
    ) -> None:
        """A connection on which nothing moves for `stall` seconds counts as cut."""
        self._host = host
        self._credentials = credentials
        self._patience = patience
        self._stall = stall
        self._lock = threading.Lock()
        self._idle: list[ContentConnection] = []
        self._stamp = credentials.stamp()
        self._closed = threading.Event()

    def close(self) -> None:
        """Close the idle connections, and end the pauses of requests that are tried again."""
        self._closed.set()
        self._drop_idle()

    def _drop_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _connection(self) -> Iterator[ContentConnection]:
        stamp = self._credentials.stamp()
        if stamp != self._stamp:
            # A renewed leaf: the connections with the old one are not used any more.
            self._stamp = stamp
            self._drop_idle()
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        connection = connection or ContentConnection(self._host, self._credentials, self._stall)
        try:
            yield connection
        except ContentRefused:
            self._keep(connection)
            raise
        except BaseException:
            connection.close()
            raise
        self._keep(connection)

    def _keep(self, connection: ContentConnection) -> None:
        with self._lock:
            if not self._closed.is_set():
                self._idle.append(connection)
                return
        connection.close()

    def _exchange(self, path: str, body: bytes = b"") -> bytes:
        for last in (False, True):
            with self._connection() as connection:
                used = connection.used
                try:
                    return connection.exchange("POST", path, body)
                except TransientError:
                    # The host closes idle connections: then a new one works at once.
                    if last or not used:
                        raise
        raise AssertionError

    def _patiently(self, path: str, body: bytes = b"") -> bytes:
        return TransferRetries(self._patience, self._closed).run(lambda: self._exchange(path, body))

    def report(self, facts: MachineFacts) -> MachineStatus:
        """Report what the machine is and does. This is also the sign that it is alive; it is not tried again."""
        return _read(self._exchange("/v1/machine", facts.model_dump_json().encode()), MachineStatus)

    def claim(self, lease_id: str) -> WorkOrder:
        """Claim a lease, and return what is to be done. "lease-ended": another machine has it, or it is over."""
        order = _read(self._patiently(f"/v1/leases/{lease_id}/claim"), WorkOrder)
        if order.lease != lease_id:
            raise EngineError("The host returned the order of another lease.", "Update Cleanwater on the host.")
        return order

    def beat(self, lease_id: str, progress: tuple[int, int, str, str]) -> BeatReply:
        """Report progress. The reply says stop if the lease is over or the host refuses the machine."""
        body = Beat(progress=progress).model_dump_json().encode()
        try:
            return _read(self._exchange(f"/v1/leases/{lease_id}/beat", body), BeatReply)
        except ContentRefused as refused:
            return BeatReply(deadline=datetime.now(UTC), stop=True, reason=refused.message)

    def answer(self, answer: WorkAnswer) -> None:
        """Send the answer of a lease, after its files. "lease-ended": the work counts for nothing."""
        self._patiently(f"/v1/leases/{answer.lease}/answer", answer.model_dump_json().encode())

    def renew(self, request: LeafRequest) -> RenewedLeaves:
        """Return new leaves for both roles."""
        return _read(self._patiently("/v1/renew", request.model_dump_json().encode()), RenewedLeaves)

    # Files

    def fetch(
        self,
        lease_id: str,
        file: OrderedFile,
        sink: FileSink,
        received: Moved | None = None,
        cancelled: IsCancelled | None = None,
    ) -> None:
        """Fetch the bytes of an input that `sink` does not have yet. Continues after a cut. The sink verifies them.

        Exceptions of the sink are raised as they are.
        """
        retries = TransferRetries(self._patience, self._closed, cancelled)

        def step() -> None:
            with self._connection() as connection:
                self._fetch_rest(connection, lease_id, file, sink, retries, received)

        if sink.offset < file.size:
            retries.run(step)

    @staticmethod
    def _fetch_rest(
        connection: ContentConnection,
        lease_id: str,
        file: OrderedFile,
        sink: FileSink,
        retries: TransferRetries,
        received: Moved | None,
    ) -> None:
        part = ByteRange(sink.offset, file.size, file.size)
        fields = {"Range": f"bytes={part.start}-"} if part.start else {}
        connection.start("GET", f"/v1/leases/{lease_id}/files/{file.sha256}", fields)
        response = connection.response()
        if not _has(response, part):
            connection.close()
            raise EngineError(
                "The host sent another part of the file than the requested one.", "Update Cleanwater on the host."
            )
        with BlockPipeline(sink.handlers, part.size) as pipeline:
            left = part.size
            while left:
                retries.check()
                buffer = pipeline.buffer()
                wanted = min(left, len(buffer))
                if connection.read_into(response, buffer[:wanted]) < wanted:
                    raise TransientError("The connection to the farm's host was cut.")
                pipeline.put(buffer, wanted)
                left -= wanted
                retries.moved()
                if received:
                    received(wanted)

    def send(
        self,
        lease_id: str,
        path: Path,
        sha256: str,
        sent: Moved | None = None,
        cancelled: IsCancelled | None = None,
    ) -> None:
        """Send an output, which must not change meanwhile. Continues after a cut. `sent` gets the size of each block.

        Raises OSError if the file cannot be read.
        """
        retries = TransferRetries(self._patience, self._closed, cancelled)
        starts: list[int] = []

        def step() -> None:
            with self._connection() as connection:
                start, total = self._offset(connection, lease_id, path, sha256)
                if start is None:
                    return
                if len(starts) >= _SAME_START and starts[-_SAME_START] >= start:
                    raise EngineError(f"The host takes no more of {path.name}.", "Look into the log of the host.")
                starts.append(start)
                self._send_rest(connection, lease_id, path, sha256, ByteRange(start, total, total), retries, sent)

        retries.run(step)

    @staticmethod
    def _offset(connection: ContentConnection, lease_id: str, path: Path, sha256: str) -> tuple[int | None, int]:
        """Return how much of an output the host has, None if all, and its size."""
        total = path.stat().st_size
        connection.start("GET", _output(lease_id, sha256), {"Upload-Length": str(total)})
        found = _read(connection.read(connection.response()), OutputOffset)
        if found.offset > total:
            raise EngineError(f"The host has more of {path.name} than there is.", "Queue the job again.")
        return None if found.complete else found.offset, total

    @staticmethod
    def _send_rest(
        connection: ContentConnection,
        lease_id: str,
        path: Path,
        sha256: str,
        part: ByteRange,
        retries: TransferRetries,
        sent: Moved | None,
    ) -> None:
        fields = {"Content-Length": str(part.size), **({"Content-Range": str(part)} if part.size else {})}
        connection.start("PUT", _output(lease_id, sha256), fields)
        with path.open("rb", buffering=0) as file:
            file.seek(part.start)
            buffer = memoryview(bytearray(_SENT_AT_ONCE))
            left = part.size
            while left:
                retries.check()
                count = file.readinto(buffer[: min(left, len(buffer))])
                if not count:
                    connection.close()
                    raise EngineError(f"{path.name} became shorter while it was sent.", "Queue the job again.")
                connection.send(buffer[:count])
                left -= count
                retries.moved()
                if sent:
                    sent(count)
        try:
            connection.read(connection.response(_ANSWER_S))
        except ContentRefused as refused:
            if refused.code == "offset":  # what an earlier connection sent arrived meanwhile
                raise TransientError(refused.message, refused.hint) from refused
            raise


def _output(lease_id: str, sha256: str) -> str:
    return f"/v1/leases/{lease_id}/outputs/{sha256}"


def _has(response: http.client.HTTPResponse, part: ByteRange) -> bool:
    if response.length != part.size:
        return False
    if response.status == 200:
        return part.start == 0
    try:
        return response.status == 206 and parse_content_range(response.getheader("Content-Range") or "") == part
    except ValueError:
        return False


def _read(body: bytes, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise EngineError(
            f"The host sent a message that this version does not understand: {error.errors()[0]['msg']}.",
            "Use the same version of Cleanwater on both machines.",
        ) from error
