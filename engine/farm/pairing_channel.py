"""The wire of pairing: JSON objects with their length before them, and after a code is proven, encrypted ones.

SPAKE2 turns the six digits into a key of 256 bits. A listener cannot compute it, and a stranger who takes part with a
guessed code learns only whether this guess is right. Both sides then prove their key to each other. All that follows is
encrypted with ChaCha20-Poly1305, with a key for each direction and a counter as nonce. A recorded exchange is worth
nothing, because each side adds fresh random numbers.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from engine.errors import EngineError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

PROTOCOL = 1
DIGITS = 6
_LONGEST = 64 << 10
_HEADER = struct.Struct(">I")
_MACHINE, _HOST = b"cleanwater farm machine", b"cleanwater farm host"
_INFO = b"cleanwater farm pairing 1"


class PairingRefused(EngineError):
    """The other side refuses the exchange, or does not speak the protocol. `code` says why."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.code = code


class Frames:
    """Frames on a socket: four bytes of length, then as many bytes. All must be over within `seconds`."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._socket = connection
        self._until = time.monotonic() + seconds

    def send(self, content: bytes) -> None:
        """Send a frame. Raises OSError."""
        self._wait()
        self._socket.sendall(_HEADER.pack(len(content)) + content)

    def receive(self) -> bytes:
        """Return the next frame. Raises OSError, PairingRefused if it is too long or the other side has gone."""
        (length,) = _HEADER.unpack(self._read(_HEADER.size))
        if length > _LONGEST:
            raise PairingRefused("malformed", "The other side does not speak the protocol of the farm.")
        return self._read(length)

    def send_json(self, **message: Any) -> bytes:
        """Send a JSON object. Return its bytes."""
        content = json.dumps(message, ensure_ascii=False).encode()
        self.send(content)
        return content

    def receive_json(self) -> dict[str, Any]:
        """Return the next JSON object. Raises PairingRefused if it is none, or an error of the other side."""
        return as_message(self.receive())

    def _read(self, count: int) -> bytes:
        found = bytearray()
        while len(found) < count:
            self._wait()
            part = self._socket.recv(count - len(found))
            if not part:
                raise PairingRefused("gone", "The other side ended the exchange.")
            found += part
        return bytes(found)

    def _wait(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the exchange took too long")
        self._socket.settimeout(left)


def as_message(content: bytes) -> dict[str, Any]:
    """Return a JSON object. Raises PairingRefused if it is none, or if it is an error."""
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise PairingRefused("malformed", "The other side does not speak the protocol of the farm.")
    error = found.get("error")
    if isinstance(error, dict):
        raise PairingRefused(*(str(error.get(name, ""))[:300] for name in ("code", "message", "hint")))
    return found


def text_of(message: dict[str, Any], name: str, longest: int = 8192) -> str:
    """Return a text of a message. Raises PairingRefused if it is missing or too long."""
    found = message.get(name)
    if not isinstance(found, str) or len(found) > longest:
        raise PairingRefused("malformed", f"A message of the farm lacks “{name}”.")
    return found


def bytes_of(message: dict[str, Any], name: str) -> bytes:
    """Return bytes of a message, which has them in hex. Raises PairingRefused if they are missing or malformed."""
    try:
        return bytes.fromhex(text_of(message, name, 1024))
    except ValueError as error:
        raise PairingRefused("malformed", f"A message of the farm has a malformed “{name}”.") from error


def transcript_of(*messages: bytes) -> bytes:
    """Return all that was sent, in a form that has one reading."""
    return b"".join(_HEADER.pack(len(one)) + one for one in messages)


class _Spake(Protocol):
    def start(self) -> bytes: ...

    def finish(self, message: bytes) -> bytes: ...


@dataclass(slots=True)
class KeyAgreement:
    """One side of SPAKE2. `message` goes to the other side."""

    _spake: _Spake
    message: bytes

    @classmethod
    def of_machine(cls, code: str) -> KeyAgreement:
        """Begin as the machine that joins."""
        from spake2 import SPAKE2_A

        return cls._begin(SPAKE2_A(code.encode(), idA=_MACHINE, idB=_HOST))

    @classmethod
    def of_host(cls, code: str) -> KeyAgreement:
        """Begin as the host."""
        from spake2 import SPAKE2_B

        return cls._begin(SPAKE2_B(code.encode(), idA=_MACHINE, idB=_HOST))

    @classmethod
    def _begin(cls, spake: _Spake) -> KeyAgreement:
        return cls(spake, spake.start())

    def finish(self, message: bytes, transcript: bytes) -> SessionKeys:
        """Return the keys, for the other side's message and all that was sent. Raises PairingRefused."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF
        from spake2 import SPAKEError

        try:
            shared = self._spake.finish(message)
        except (SPAKEError, ValueError, AssertionError) as error:
            raise PairingRefused("malformed", "The other side does not speak the protocol of the farm.") from error
        salt = hashlib.sha256(transcript).digest()
        derived = HKDF(hashes.SHA256(), 128, salt, _INFO).derive(shared)
        return SessionKeys(*(derived[at : at + 32] for at in range(0, 128, 32)))


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """The keys of an exchange: two that are proven, two that encrypt."""

    machine_proof: bytes = field(repr=False)
    host_proof: bytes = field(repr=False)
    from_machine: bytes = field(repr=False)
    from_host: bytes = field(repr=False)


def proof(key: bytes) -> bytes:
    """Return what shows that a side has a key."""
    return hmac.digest(key, _INFO, "sha256")


def is_proof(given: str, key: bytes) -> bool:
    """Whether the other side, in hex, has shown that it has the key."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), proof(key).hex().encode())


class SealedFrames:
    """Encrypted JSON objects on frames. Each direction has a key and counts its frames."""

    def __init__(self, frames: Frames, sending: bytes, receiving: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        self._frames = frames
        self._sending: ChaCha20Poly1305 = ChaCha20Poly1305(sending)
        self._receiving: ChaCha20Poly1305 = ChaCha20Poly1305(receiving)
        self._sent = self._received = 0

    def send_json(self, **message: Any) -> None:
        """Send a JSON object."""
        nonce = self._sent.to_bytes(12, "big")
        self._sent += 1
        self._frames.send(self._sending.encrypt(nonce, json.dumps(message, ensure_ascii=False).encode(), _INFO))

    def receive_json(self) -> dict[str, Any]:
        """Return the next JSON object. Raises PairingRefused if it was changed, repeated, or is an error."""
        from cryptography.exceptions import InvalidTag

        nonce = self._received.to_bytes(12, "big")
        self._received += 1
        try:
            return as_message(self._receiving.decrypt(nonce, self._frames.receive(), _INFO))
        except InvalidTag as error:
            raise PairingRefused("malformed", "A message of the exchange was changed on its way.") from error
