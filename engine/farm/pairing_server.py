"""The host's side of pairing: lets machines join with a code, renew their leaves after a long absence, and leave."""

from __future__ import annotations

import logging
import re
import secrets
import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.catalog import Catalog, FarmMachine
from engine.errors import EngineError
from engine.farm.authority import Authority, read_request, renew_leaves
from engine.farm.leaves import ROLES, Role, key_fingerprint
from engine.farm.pairing_channel import (
    DIGITS,
    PROTOCOL,
    Frames,
    KeyAgreement,
    PairingRefused,
    SealedFrames,
    as_message,
    bytes_of,
    is_proof,
    proof,
    text_of,
    transcript_of,
)
from engine.farm.signed_request import verify_signed
from engine.phone import RateLimit
from engine.slug import printable, slug

CODE_LIFETIME = timedelta(minutes=10)
LONGEST_ABSENCE = timedelta(days=30)
"""A machine that was away for longer needs a new code."""
# A clock with the date of another day is a day off, and by what this exchange takes.
_CLOCKS_APART = timedelta(hours=24, minutes=30)
_EXCHANGE_S = 15.0
_MOST_AT_ONCE = 8
_LONGEST_LABEL = 60
_TRANSIENT_PAUSE_S = 0.5

logger = logging.getLogger("engine.farm")


@dataclass(frozen=True, slots=True)
class HostPorts:
    """The host's name on the network, and the ports where members find files and messages."""

    name: str
    content: int
    scheduler: int


def new_code() -> str:
    """Return a code of six random digits."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


class PairingServer:
    """Serves a socket that listens already, in threads, until it is closed. A context manager."""

    def __init__(
        self, studio: Path, authority: Authority, listening: socket.socket, ports: Callable[[], HostPorts]
    ) -> None:
        self._studio, self._authority, self._listening, self._ports = studio, authority, listening, ports
        # Three tries end a code: the limits keep one address from using up code after code, and the processor free.
        self._failures = RateLimit(most=6, most_of_all=30, seconds=600)
        self._slots = threading.BoundedSemaphore(_MOST_AT_ONCE)
        self._open: dict[threading.Thread, socket.socket] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._wake, self._woken = socket.socketpair()
        self._listening.setblocking(False)
        self._accepting = threading.Thread(target=self._accept_all, name="farm-pairing", daemon=True)
        self._accepting.start()

    def __enter__(self) -> PairingServer:
        """Return the server."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Stop listening, and end the exchanges."""
        self._closed.set()
        self._wake.close()
        self._accepting.join()
        self._woken.close()
        with self._lock:
            serving = dict(self._open)
        for connection in serving.values():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in serving:
            thread.join()

    def _accept_all(self) -> None:
        with self._listening, selectors.DefaultSelector() as ready:
            ready.register(self._listening, selectors.EVENT_READ)
            ready.register(self._woken, selectors.EVENT_READ)
            while not self._closed.is_set():
                ready.select()
                if self._closed.is_set():
                    return
                try:
                    connection, (address, *_) = self._listening.accept()
                except BlockingIOError:
                    continue
                except OSError as error:
                    logger.warning("farm: a connection was not accepted: %s", error)
                    self._closed.wait(_TRANSIENT_PAUSE_S)
                    continue
                if not self._slots.acquire(blocking=False):
                    connection.close()
                    continue
                thread = threading.Thread(target=self._serve, args=(connection, str(address)), daemon=True)
                with self._lock:
                    self._open[thread] = connection
                    thread.start()

    def _serve(self, connection: socket.socket, address: str) -> None:
        try:
            with connection:
                self._converse(Frames(connection, _EXCHANGE_S), address)
        except (OSError, EngineError) as error:
            logger.info("farm: an exchange with %s ended: %s", address, error)
        finally:
            with self._lock:
                del self._open[threading.current_thread()]
            self._slots.release()

    def _converse(self, frames: Frames, address: str) -> None:
        try:
            first = frames.receive()
            message = as_message(first)
            if message.get("farm") != PROTOCOL:
                raise PairingRefused("version", "The two machines have different versions of Cleanwater.")
            match message.get("op"):
                case "pair":
                    self._pair(frames, first, message, address)
                case "renew" | "leave":
                    self._member(frames, message, address)
                case _:
                    raise PairingRefused("malformed", "The host does not know this request.")
        except PairingRefused as refused:
            if refused.code != "gone":
                frames.send_json(error={"code": refused.code, "message": refused.message, "hint": refused.hint})
            raise
        except EngineError as error:
            frames.send_json(error={"code": "refused", "message": error.message, "hint": error.hint})
            raise

    # A machine that joins

    def _pair(self, frames: Frames, first: bytes, message: dict[str, Any], address: str) -> None:
        theirs = bytes_of(message, "spake2")
        self._check_rate(address)
        with closing(Catalog.in_studio(self._studio)) as catalog:
            # The try counts before the other side learns anything.
            code = catalog.farm_codes.begin_try()
            if code is None:
                self._failures.note_failure(address)
                raise PairingRefused("no-code", "The host has no code that pairs a machine now.")
            agreement = KeyAgreement.of_host(code)
            second = frames.send_json(spake2=agreement.message.hex())
            keys = agreement.finish(theirs, transcript_of(first, second))
            # The machine proves its code first: a guess teaches it nothing but that it is wrong.
            if not is_proof(text_of(as_message(frames.receive()), "proof"), keys.machine_proof):
                self._failures.note_failure(address)
                raise PairingRefused("wrong-code", "The code is wrong.")
            frames.send_json(proof=proof(keys.host_proof).hex())
            sealed = SealedFrames(frames, sending=keys.from_host, receiving=keys.from_machine)
            try:
                sealed.send_json(**self._join(catalog, code, sealed.receive_json()))
            except PairingRefused as refused:
                sealed.send_json(error={"code": refused.code, "message": refused.message, "hint": refused.hint})

    def _join(self, catalog: Catalog, code: str, asked: dict[str, Any]) -> dict[str, Any]:
        now = datetime.now(UTC)
        apart = _time(asked) - now
        if abs(apart) > _CLOCKS_APART:
            ahead = "ahead of" if apart > timedelta(0) else "behind"
            days = f"{abs(apart).days} days" if abs(apart).days > 1 else "more than a day"
            raise PairingRefused("clock", f"The machine's clock is {days} {ahead} the host's.", "Set both clocks.")
        label = printable(text_of(asked, "label", 500)).strip()[:_LONGEST_LABEL] or "machine"
        requests = _requests(asked)
        try:
            fingerprint = key_fingerprint(read_request(requests["content"]))
            name = _machine_name(catalog, label)
            leaves = {role: self._authority.issue(role, name, request) for role, request in requests.items()}
        except EngineError as error:
            raise PairingRefused("refused", error.message, error.hint) from error
        machine = FarmMachine(name=name, label=label, fingerprint=fingerprint, state="active", joined_at=now)
        if any(one.fingerprint == fingerprint for one in catalog.farm.machines()):
            raise PairingRefused("known", "This machine's key has joined before.", "Join again with a new key.")
        if not catalog.farm_codes.redeem(code, machine):
            raise PairingRefused("no-code", "The code was used by another machine, or has expired.")
        logger.info("farm: %s joined", name)
        return {"machine": name, **self._described(), "leaves": _shown(leaves)}

    # A member

    def _member(self, frames: Frames, message: dict[str, Any], address: str) -> None:
        """Renew the leaves of a machine whose own have expired, or end its membership; its key signs the request."""
        self._check_rate(address)
        nonce = secrets.token_bytes(32)
        frames.send_json(nonce=nonce.hex())
        signed = as_message(frames.receive())
        requests = _requests(signed)
        name, op = text_of(message, "machine", 100), str(message["op"])
        with closing(Catalog.in_studio(self._studio)) as catalog:
            machine = catalog.farm.machine(name)
            key = read_request(requests["content"])
            known = machine is not None and machine.fingerprint == key_fingerprint(key)
            if not known or not verify_signed(key, nonce, op, name, requests, bytes_of(signed, "signature")):
                self._failures.note_failure(address)
                raise PairingRefused("unknown", "This machine does not belong to the farm.", "Join with a new code.")
            assert machine is not None
            if op == "leave":
                catalog.farm.set_state(name, "revoked", "It left the farm.")
                frames.send_json(left=name)
                return
            if datetime.now(UTC) - max(machine.joined_at, machine.seen_at or machine.joined_at) > LONGEST_ABSENCE:
                raise PairingRefused("absent", "The machine was away for more than 30 days.", "Join with a new code.")
            leaves = renew_leaves(self._authority, catalog.farm, name, requests)
            frames.send_json(**self._described(), leaves=_shown(leaves))

    def _described(self) -> dict[str, Any]:
        ports = self._ports()
        return {"host": ports.name, "content_port": ports.content, "scheduler_port": ports.scheduler}

    def _check_rate(self, address: str) -> None:
        if seconds := self._failures.seconds_to_wait(address):
            raise PairingRefused("too-many", f"Too many attempts failed. Wait {seconds} s.")


def _time(message: dict[str, Any]) -> datetime:
    try:
        found = datetime.fromisoformat(text_of(message, "time", 50))
    except ValueError as error:
        raise PairingRefused("malformed", "A message of the farm has a malformed time.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _requests(message: dict[str, Any]) -> dict[Role, str]:
    given = message.get("requests")
    if not isinstance(given, dict):
        raise PairingRefused("malformed", "A message of the farm has no signing requests.")
    return {role: text_of(given, role) for role in ROLES}


def _shown(leaves: Any) -> dict[str, dict[str, str]]:
    return {role: {"certificate": leaf.certificate, "authority": leaf.authority} for role, leaf in leaves.items()}


def _machine_name(catalog: Catalog, label: str) -> str:
    """Return a name that no machine has had: the certificates are bound to it."""
    stem = re.sub(r"[^a-z0-9-]", "", slug(label))[:24].strip("-") or "machine"
    while catalog.farm.machine(name := f"{stem}-{secrets.token_hex(2)}"):
        pass
    return name
