"""The requests of the content server: who may make them, and what they do."""

from __future__ import annotations

import json
import os
import re
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from engine.catalog import FarmMachine
from engine.errors import EngineError
from engine.farm.byte_ranges import ByteRange, parse_content_range, parse_range
from engine.farm.content_messages import Beat, LeafRequest, MachineStatus, OutputOffset, RenewedLeaves
from engine.farm.http_wire import HttpRefusal, HttpRequest, Wire
from engine.farm.incoming import Incoming
from engine.farm.lease_access import LeaseAccess
from engine.farm.leaves import Leaf
from engine.farm.machine_facts import MachineFacts
from engine.farm.work_order import OrderedFile, WorkAnswer

Renew = Callable[[FarmMachine, LeafRequest], RenewedLeaves]
"""Signs new leaves for a machine. Raises EngineError if a request is not one for this machine."""

_ROUTE = re.compile(
    r"/v1/(?:(machine|renew)|leases/([0-9a-f]{32})/(?:(claim|beat|answer)|(files|outputs)/([0-9a-f]{64})))"
)
_METHODS = {"files": ("GET", "HEAD"), "outputs": ("GET", "PUT")}
_BODY_BYTES, _ANSWER_BYTES = 256 << 10, 8 << 20
# A machine that is removed during a transfer gets at most this much more, or bytes for this long.
_CHECKED_BYTES, _CHECKED_S = 8 << 20, 1.0

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class FilePart:
    """A part of a file that is sent as the body. `check` raises HttpRefusal once the machine may not have the rest."""

    file: FileIO
    part: ByteRange
    check: Callable[[], object]


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response; `length` is that of the body, also where the body is left out."""

    status: int
    body: bytes | FilePart = b""
    fields: dict[str, str] = field(default_factory=dict)
    length: int | None = None


class TransferCheck:
    """Repeats a check during a transfer: after each 8 MiB, and once a second."""

    def __init__(self, check: Callable[[], object]) -> None:
        self._check = check
        self._bytes = 0
        self._at = time.monotonic()

    def moved(self, count: int) -> None:
        """Note that bytes were transferred. Raises HttpRefusal if they may not be any more."""
        self._bytes += count
        if self._bytes >= _CHECKED_BYTES or time.monotonic() - self._at >= _CHECKED_S:
            self._bytes, self._at = 0, time.monotonic()
            self._check()


class ContentApi:
    """Answers requests of machines. Methods may be called from several threads."""

    def __init__(self, studio: Path, access: LeaseAccess, incoming: Incoming, renew: Renew) -> None:
        self._studio = studio
        self._access = access
        self._incoming = incoming
        self._renew = renew

    def close(self) -> None:
        """Close the catalog."""
        self._access.close()

    def respond(self, peer: Leaf, request: HttpRequest, wire: Wire, cut: Callable[[], None]) -> HttpResponse:
        """Return the response to a request. `cut` ends its connection. Raises HttpRefusal, ConnectionEnded."""
        route = _ROUTE.fullmatch(request.path)
        if route is None:
            raise HttpRefusal(404, "no-path", "The farm has nothing there.")
        subject, lease_id, verb, kind, sha256 = route.groups()
        allowed = _METHODS.get(kind or "", ("POST",))
        if request.method not in allowed:
            raise HttpRefusal(405, "method", "The method is not allowed here.", headers={"Allow": ", ".join(allowed)})
        if kind == "files":
            return self._file(peer, lease_id, sha256, request)
        if kind == "outputs":
            return self._output(peer, lease_id, sha256, request, wire, cut)
        if subject == "machine":
            return self._machine(peer, wire)
        if subject == "renew":
            return self._renewed(peer, wire)
        if verb == "claim":
            wire.read_body(0)
            return _json(self._access.claim(lease_id, peer))
        if verb == "beat":
            return _json(self._access.beat(lease_id, peer, _read(wire, Beat)))
        return self._answer(peer, lease_id, wire)

    def _machine(self, peer: Leaf, wire: Wire) -> HttpResponse:
        machine = self._access.report(peer, _read(wire, MachineFacts))
        return _json(MachineStatus(state=machine.state, reason=machine.reason, renew=peer.needs_renewal))

    def _renewed(self, peer: Leaf, wire: Wire) -> HttpResponse:
        request = _read(wire, LeafRequest)
        machine = self._access.member(peer)
        try:
            return _json(self._renew(machine, request))
        except EngineError as error:
            raise HttpRefusal(400, "renew", error.message, error.hint) from error

    def _answer(self, peer: Leaf, lease_id: str, wire: Wire) -> HttpResponse:
        answer = _read(wire, WorkAnswer, _ANSWER_BYTES)
        if answer.lease != lease_id:
            raise HttpRefusal(400, "malformed", "The answer is one to another lease.")

        def missing() -> str | None:
            for file in answer.files:
                if self._incoming.offset(lease_id, file.sha256) != (file.size, True):
                    return file.path
            return None

        self._access.answer(lease_id, peer, answer, missing)
        return _json(None)

    def _file(self, peer: Leaf, lease_id: str, sha256: str, request: HttpRequest) -> HttpResponse:
        def check() -> tuple[OrderedFile, Path | None]:
            return self._access.file(lease_id, peer, sha256)

        ordered, source = check()
        fields = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
        status, part = 200, ByteRange(0, ordered.size, ordered.size)
        if (text := request.fields.get("range")) is not None and request.method == "GET":
            try:
                found = parse_range(text, ordered.size)
            except ValueError as error:
                raise HttpRefusal(400, "malformed", str(error)) from error
            if found is None:
                raise HttpRefusal(
                    416, "range", "The file has no such bytes.", headers={"Content-Range": f"bytes */{ordered.size}"}
                )
            status, part = 206, found
            fields["Content-Range"] = str(part)
        file = _open(self._studio, ordered, source)
        if request.method == "HEAD":
            file.close()
            return HttpResponse(status, fields=fields, length=part.size)
        return HttpResponse(status, FilePart(file, part, check), fields, part.size)

    def _output(
        self, peer: Leaf, lease_id: str, sha256: str, request: HttpRequest, wire: Wire, cut: Callable[[], None]
    ) -> HttpResponse:
        order = self._access.order(lease_id, peer)
        if request.method == "GET":
            return self._offset(lease_id, sha256, request, order.max_output)
        try:
            given = request.fields.get("content-range")
            part = parse_content_range(given) if given is not None else ByteRange(0, request.length, request.length)
        except ValueError as error:
            raise HttpRefusal(400, "malformed", str(error)) from error
        if part.size != request.length:
            raise HttpRefusal(400, "malformed", "The Content-Range and the Content-Length contradict each other.")
        check = TransferCheck(lambda: self._access.order(lease_id, peer))

        def read_into(view: memoryview) -> int:
            count = wire.read_into(view)
            check.moved(count)
            return count

        complete = self._incoming.receive(lease_id, sha256, part, order.max_output, read_into, cut)
        return HttpResponse(201 if complete else 200)

    def _offset(self, lease_id: str, sha256: str, request: HttpRequest, most: int) -> HttpResponse:
        have, complete = self._incoming.offset(lease_id, sha256)
        length = request.fields.get("upload-length", "0")
        if not re.fullmatch(r"[0-9]{1,15}", length):
            raise HttpRefusal(400, "malformed", "The Upload-Length is not a number of bytes.")
        if not complete:
            if 0 < int(length) <= have:
                # All bytes are here, and the host was stopped before it could verify them; or they are of another file.
                self._incoming.restart(lease_id, sha256)
                have = 0
            self._incoming.check_room(lease_id, sha256, int(length), most)
        return _json(OutputOffset(offset=have, complete=complete))


def refusal_response(refusal: HttpRefusal) -> HttpResponse:
    """Return the response for a request that is not served."""
    error = {"message": refusal.message, "hint": refusal.hint, "code": refusal.code}
    fields = {"Content-Type": "application/json", **refusal.headers}
    return HttpResponse(refusal.status, json.dumps({"error": error}).encode(), fields)


def _json(model: BaseModel | None) -> HttpResponse:
    body = b"{}" if model is None else model.model_dump_json().encode()
    return HttpResponse(200, body, {"Content-Type": "application/json"})


def _read(wire: Wire, model: type[Model], limit: int = _BODY_BYTES) -> Model:
    try:
        found = model.model_validate_json(wire.read_body(limit))
        # NaN and infinity become null in JSON: the catalog would have another message than this.
        if model.model_validate_json(found.model_dump_json()) != found:
            raise HttpRefusal(400, "malformed", "The message contains a number that JSON cannot write.")
        return found
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "The message"
        raise HttpRefusal(400, "malformed", f"{place}: {first['msg']}.") from error


def _open(studio: Path, ordered: OrderedFile, source: Path | None) -> FileIO:
    """Open an input. Raises HttpRefusal if it is not the file that the lease names, as far as its size tells.

    `source` is the place of footage outside the studio, as it was when the lease was made.
    """
    path = source or studio / ordered.path
    try:
        found_at = path.resolve(strict=True)
        if found_at != source if source else not found_at.is_relative_to(studio.resolve()):
            raise HttpRefusal(409, "changed", f"{ordered.path} leads to another file than that of the job.")
        file = FileIO(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        raise HttpRefusal(
            409, "changed", f"{ordered.path} cannot be read on the host: {error.strerror}.", "Queue the job again."
        ) from error
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode) or found.st_size != ordered.size:
        file.close()
        raise HttpRefusal(
            409, "changed", f"{ordered.path} has changed on the host since the job was queued.", "Queue the job again."
        )
    return file
