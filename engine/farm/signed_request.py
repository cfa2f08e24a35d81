"""Requests that a machine signs with the key of its content leaf, which may have expired."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.farm.leaves import Role, private_key

if TYPE_CHECKING:
    from cryptography.x509 import CertificateSigningRequest


def sign(key: Path, nonce: bytes, operation: str, machine: str, requests: Mapping[Role, str]) -> bytes:
    """Return the signature of a request that the host has answered with a nonce."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    return private_key(key).sign(_signed_bytes(nonce, operation, machine, requests), ec.ECDSA(hashes.SHA256()))


def verify_signed(
    key: CertificateSigningRequest,
    nonce: bytes,
    operation: str,
    machine: str,
    requests: Mapping[Role, str],
    signature: bytes,
) -> bool:
    """Whether the owner of a key has signed this request, for this nonce."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    public = key.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    try:
        public.verify(signature, _signed_bytes(nonce, operation, machine, requests), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _signed_bytes(nonce: bytes, operation: str, machine: str, requests: Mapping[Role, str]) -> bytes:
    return json.dumps(["cleanwater farm", nonce.hex(), operation, machine, dict(requests)], sort_keys=True).encode()
