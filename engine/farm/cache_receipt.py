"""What a machine deletes when it leaves a farm, and the signed receipt for it."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from engine.atomic_files import exclusive_lock, flush
from engine.catalog import FrozenModel
from engine.errors import EngineError
from engine.farm.cache_entry import DamagedEntry, read_header
from engine.farm.content_credentials import ContentCredentials

_LOCK = ".lock"


class DestroyedFile(FrozenModel):
    """A file that was deleted. `sha256` is that of its content; None: it could not be read."""

    sha256: str | None
    size: int


class CacheReceipt(FrozenModel):
    """What a machine deleted when it left the farm of `host`.

    `key_sha256` is the digest of the cache's key, which was deleted first: no copy of the files can be read without it.
    `plain_files` is the number of files of jobs, which were not encrypted. `remaining` are files that could not be
    deleted. `signature` is that of the machine's content key over the rest, as JSON with sorted names and no spaces.
    """

    kind: Literal["cleanwater-farm-cache-destroyed"] = "cleanwater-farm-cache-destroyed"
    version: int = 1
    host: str
    machine: str
    at: datetime
    key_sha256: str | None
    files: tuple[DestroyedFile, ...]
    plain_files: int
    remaining: tuple[str, ...] = ()
    certificate: str
    signature: str = ""

    def signed_bytes(self) -> bytes:
        """Return what the signature is over."""
        rest = self.model_dump(mode="json", exclude={"signature"})
        return json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def destroy_cache(
    cache: Path, key: Path, plain: Sequence[Path], credentials: ContentCredentials, host: str, machine: str
) -> CacheReceipt:
    """Delete a machine's cache, its key first, and the folders `plain`. Return the signed receipt.

    Run again after an interruption, it deletes the rest. Raises EngineError if the cache is in use, or the machine's
    key cannot be read.
    """
    import hashlib

    signer = _Signer(credentials)
    files: tuple[DestroyedFile, ...] = ()
    remaining: list[str] = []
    key_sha256 = None
    if cache.is_dir():
        with exclusive_lock(cache / _LOCK, wait=False, what="A job of the farm, or its cache,"):
            content = key.read_bytes() if key.is_file() else b""
            files = tuple(_describe(path, content) for path in sorted(cache.iterdir()) if path.name != _LOCK)
            if content:
                key_sha256 = hashlib.sha256(content).hexdigest()
                _destroy_key(key)
            _delete(cache, remaining)
    elif key.is_file():
        _destroy_key(key)
    plain_files = 0
    for folder in plain:
        plain_files += sum(len(names) for _, _, names in os.walk(folder))
        _delete(folder, remaining)
    receipt = CacheReceipt(
        host=host,
        machine=machine,
        at=datetime.now(UTC),
        key_sha256=key_sha256,
        files=files,
        plain_files=plain_files,
        remaining=tuple(remaining),
        certificate=signer.certificate,
    )
    return receipt.model_copy(update={"signature": base64.b64encode(signer.sign(receipt.signed_bytes())).decode()})


def verify_receipt(receipt: CacheReceipt, authority: bytes) -> None:
    """Raise EngineError unless the receipt is signed by its machine, with a certificate of the authority (PEM)."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        certificate = x509.load_pem_x509_certificate(receipt.certificate.encode())
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority))
        names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        if [name.value for name in names] != [receipt.machine]:
            raise ValueError("the certificate is that of another machine")
        _verify(certificate.public_key(), base64.b64decode(receipt.signature), receipt.signed_bytes())
    except (ValueError, TypeError, InvalidSignature) as error:
        raise EngineError(
            f"The receipt of {receipt.machine} is not genuine: {error or 'the signature does not fit'}.",
            "It proves nothing: ask the owner of that machine.",
        ) from error


class _Signer:
    def __init__(self, credentials: ContentCredentials) -> None:
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            self.certificate = credentials.certificate.read_text()
            self._key = load_pem_private_key(credentials.key.read_bytes(), None)
        except (OSError, ValueError, TypeError) as error:
            raise EngineError(
                f"The key of this machine, {credentials.key}, cannot be read: {error}.",
                "Delete the farm's folder of this machine by hand.",
            ) from error

    def sign(self, content: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519
        from cryptography.hazmat.primitives.hashes import SHA256

        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(content)
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(content, ec.ECDSA(SHA256()))
        raise EngineError("The key of this machine is of another kind than the farm's.", "Run `cwtui farm join` again.")


def _verify(public: object, signature: bytes, content: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.hashes import SHA256

    if isinstance(public, ed25519.Ed25519PublicKey):
        public.verify(signature, content)
    elif isinstance(public, ec.EllipticCurvePublicKey):
        public.verify(signature, content, ec.ECDSA(SHA256()))
    else:
        raise ValueError("its key is of another kind")


def _describe(path: Path, key: bytes) -> DestroyedFile:
    try:
        header = read_header(path, key)
        return DestroyedFile(sha256=header.sha256, size=header.size)
    except (DamagedEntry, OSError, ValueError):
        return DestroyedFile(sha256=None, size=path.lstat().st_size)


def _destroy_key(key: Path) -> None:
    with key.open("r+b", buffering=0) as file:
        file.write(os.urandom(key.stat().st_size))
    flush(key)
    key.unlink()
    flush(key.parent)


def _delete(folder: Path, remaining: list[str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for place, _, names in os.walk(folder):
        remaining.extend(os.path.join(place, name) for name in names)
