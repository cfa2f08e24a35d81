"""A machine's side of pairing: joins with a code, renews its leaves after an absence, and leaves."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.atomic_files import make_folder
from engine.errors import EngineError, RequestError, TransientError
from engine.farm.authority import IssuedLeaf
from engine.farm.leaves import ROLES, Role, leaf_files, make_request, private_key, read_leaf
from engine.farm.membership import Membership, is_host_name, memberships_folder
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
from engine.farm.signed_request import sign
from engine.slug import printable

DEFAULT_PORT = 47810
_CONNECT_S, _EXCHANGE_S = 10.0, 20.0
_HINTS = {
    "no-code": "Make a new code on the host: cwtui farm code",
    "wrong-code": "Type the code that the host shows now. After three tries: cwtui farm code",
    "gone": "Try again. If it happens again, make a new code on the host: cwtui farm code",
    "version": "Update Cleanwater on both machines.",
}
_LOCAL_NETWORK = (
    "If the host is on and in the same network, macOS may refuse this program the local network: System Settings, "
    "Privacy & Security, Local Network. Programs that Terminal or SSH start need no permission."
)


def parse_address(text: str) -> tuple[str, int]:
    """Return the host and port of `HOST:PORT`, `[IPV6]:PORT` or `HOST`. Raises RequestError."""
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:\[\]/]+))(?::(\d{1,5}))?", text.strip())
    port = int(found[3] or DEFAULT_PORT) if found else 0
    if found is None or not 0 < port < 1 << 16:
        raise RequestError(f"“{text}” is not an address.", "Write HOST:PORT, as the host shows it.")
    return found[1] or found[2], port


def join(address: str, port: int, code: str, label: str) -> Membership:
    """Join a farm with the code that its host shows, and store the membership. Its keys never leave this machine.

    Raises RequestError if the code is not six digits, PairingRefused if the host refuses, TransientError if it cannot
    be reached.
    """
    digits = re.sub(r"[\s-]", "", code)
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", digits):
        raise RequestError("The code has six digits.", "The host shows it: cwtui farm code")
    arriving = memberships_folder() / f".joining-{secrets.token_hex(4)}"
    make_folder(arriving)
    os.chmod(arriving, 0o700)
    try:
        requests = _make_requests(arriving)
        with _exchange(address, port) as frames:
            sealed = _agree(frames, digits)
            sealed.send_json(label=label, time=datetime.now(UTC).isoformat(), requests=requests)
            answer = sealed.receive_json()
        return _store(arriving, answer, address, port, label)
    finally:
        shutil.rmtree(arriving, ignore_errors=True)


def refresh(membership: Membership, address: str, port: int) -> Membership:
    """Renew the leaves of a membership, which may have expired, and store where the host listens now."""
    answer = _signed_exchange(membership, "renew", address, port)
    _write_leaves(membership.folder, membership.machine, answer)
    if answer.get("host") != membership.host:
        raise PairingRefused("malformed", "Another host answers.", "Check the address.")
    return _saved(membership, answer, address, port)


def leave(membership: Membership) -> None:
    """Tell the host that this machine leaves. What is stored here stays. Raises as `join` does."""
    _signed_exchange(membership, "leave", membership.address, membership.pairing_port)


def _agree(frames: Frames, code: str) -> SealedFrames:
    agreement = KeyAgreement.of_machine(code)
    first = frames.send_json(farm=PROTOCOL, op="pair", spake2=agreement.message.hex())
    second = frames.receive()
    theirs = bytes_of(as_message(second), "spake2")
    keys = agreement.finish(theirs, transcript_of(first, second))
    frames.send_json(proof=proof(keys.machine_proof).hex())
    if not is_proof(text_of(frames.receive_json(), "proof"), keys.host_proof):
        raise PairingRefused("wrong-code", "The host has not shown that it knows the code.")
    return SealedFrames(frames, sending=keys.from_machine, receiving=keys.from_host)


def _signed_exchange(membership: Membership, operation: str, address: str, port: int) -> dict[str, Any]:
    requests = _make_requests(membership.folder)
    with _exchange(address, port) as frames:
        frames.send_json(farm=PROTOCOL, op=operation, machine=membership.machine)
        nonce = bytes_of(frames.receive_json(), "nonce")
        signature = sign(membership.content.key, nonce, operation, membership.machine, requests)
        frames.send_json(requests=dict(requests), signature=signature.hex())
        return frames.receive_json()


@contextmanager
def _exchange(address: str, port: int) -> Iterator[Frames]:
    try:
        with socket.create_connection((address, port), timeout=_CONNECT_S) as connection:
            yield Frames(connection, _EXCHANGE_S)
    except PairingRefused as refused:
        raise PairingRefused(
            refused.code, printable(refused.message), _HINTS.get(refused.code, printable(refused.hint))
        ) from refused
    except OSError as error:
        raise unreachable(address, port, error) from error


def unreachable(address: str, port: int, error: OSError, platform: str = sys.platform) -> TransientError:
    """Return the error for a host that cannot be reached."""
    hint = "Check that the host runs cwtui farm host, and that both are in one network; or use a tunnel: docs/farm.md."
    if platform == "darwin" and error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        hint = _LOCAL_NETWORK
    reason = "it does not answer" if isinstance(error, TimeoutError) else error.strerror or str(error)
    return TransientError(f"The host {address} port {port} cannot be reached: {reason}.", hint)


def _make_requests(folder: Path) -> dict[Role, str]:
    return {role: make_request(leaf_files(folder, role).key).decode() for role in ROLES}


def _store(arriving: Path, answer: Mapping[str, Any], address: str, port: int, label: str) -> Membership:
    host, machine = str(answer.get("host")), str(answer.get("machine"))
    if not is_host_name(host):
        raise PairingRefused("malformed", "The host has no valid name.")
    _write_leaves(arriving, machine, answer)
    place = memberships_folder() / host
    if place.exists():
        authority = leaf_files(arriving, "content").authority.read_bytes()
        known = leaf_files(place, "content").authority
        if not known.exists() or known.read_bytes() != authority:
            raise RequestError(f"This machine has joined another farm named “{host}”.", "Leave it: cwtui farm leave")
        # An earlier membership of the same host: its keys are worth nothing any more, its cache is.
        for role in ROLES:
            for path in (arriving / role).iterdir():
                make_folder(place / role)
                path.replace(place / role / path.name)
    else:
        arriving.rename(place)
    membership = Membership(
        host=host,
        machine=machine,
        label=label,
        address=address,
        pairing_port=port,
        content_port=0,
        scheduler_port=0,
        fingerprint=_fingerprint(leaf_files(place, "content").authority.read_bytes()),
        joined_at=datetime.now(UTC),
    )
    return _saved(membership, answer, address, port)


def _saved(membership: Membership, answer: Mapping[str, Any], address: str, port: int) -> Membership:
    ports = {name: _port(answer, name) for name in ("content_port", "scheduler_port")}
    changed = membership.model_copy(update={"address": address, "pairing_port": port, **ports})
    changed.save()
    return changed


def _port(answer: Mapping[str, Any], name: str) -> int:
    found = answer.get(name)
    if not isinstance(found, int) or not 0 <= found < 1 << 16:
        raise PairingRefused("malformed", "The host has no valid ports.")
    return found


def _write_leaves(folder: Path, machine: str, answer: Mapping[str, Any]) -> None:
    """Write the leaves of an answer, if they are this machine's, for its keys and of the authority that it knows."""
    leaves: dict[Role, IssuedLeaf] = {}
    try:
        for role in ROLES:
            given = answer["leaves"][role]
            leaves[role] = leaf = IssuedLeaf(str(given["certificate"]), str(given["authority"]))
            _check_leaf(leaf, folder, machine, role)
    except (KeyError, TypeError, ValueError, EngineError) as error:
        raise PairingRefused("malformed", "The host's certificates do not fit this machine.") from error
    for role, leaf in leaves.items():
        leaf.write(leaf_files(folder, role))


def _check_leaf(leaf: IssuedLeaf, folder: Path, machine: str, role: Role) -> None:
    """Raises ValueError if a leaf is not for this machine's key, or of another authority than before."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    files = leaf_files(folder, role)
    found, content = read_leaf(leaf.certificate.encode()), leaf.certificate.encode()
    certificate = x509.load_pem_x509_certificate(content)
    if (found.name, found.role) != (machine, role) or certificate.public_key() != private_key(files.key).public_key():
        raise ValueError("the certificate is another machine's")
    authority = leaf.authority.encode()
    if files.authority.exists() and files.authority.read_bytes() != authority:
        raise ValueError("the authority is another one")
    try:
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority))
    except InvalidSignature as error:
        raise ValueError("the certificate is of another authority") from error


def _fingerprint(authority: bytes) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    return hashlib.sha256(x509.load_pem_x509_certificate(authority).public_bytes(Encoding.DER)).hexdigest()
