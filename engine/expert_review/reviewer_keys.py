"""Keys of reviewers: Ed25519, the private one as a file of its owner, the public one as PEM to pass on."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from engine.atomic_files import make_folder, write_atomic
from engine.errors import RequestError
from engine.slug import slug

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_PRIVATE = 0o600


def reviewer_keys_folder() -> Path:
    """The folder of this user's keys for reviews."""
    from platformdirs import user_config_path

    return user_config_path("cleanwater") / "review-keys"


def new_reviewer_key(name: str, folder: Path) -> tuple[Path, Path]:
    """Makes a key for a person; returns the private and the public file. Raises RequestError if there is one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private, public = _paths(name, folder)
    if private.exists():
        raise RequestError(f"{name} has a key already: {private}.", "Use it, or choose another name.")
    make_folder(folder)
    folder.chmod(0o700)
    key = Ed25519PrivateKey.generate()
    descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    write_atomic(public, public_pem(key.public_key()).encode())
    return private, public


def load_reviewer_key(name: str, folder: Path) -> Ed25519PrivateKey:
    """A person's private key. Raises RequestError if there is none, others can read it, or it is damaged."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path, _ = _paths(name, folder)
    try:
        mode, content = stat.S_IMODE(path.stat().st_mode), path.read_bytes()
    except OSError as error:
        raise RequestError(
            f"{name} has no key in {folder}: {error.strerror}.", f'Make one: cwtui review keygen "{name}"'
        ) from error
    if mode & 0o077:
        raise RequestError(f"Other users can read the key {path}.", f"Run: chmod 600 {path}")
    try:
        key = load_pem_private_key(content, None)
    except (ValueError, TypeError) as error:
        raise RequestError(f"The key {path} is damaged.", "Restore it from a backup, or make another one.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise RequestError(f"The key {path} is not an Ed25519 key.", f'Make one: cwtui review keygen "{name}"')
    return key


def read_reviewer_key(pem: str) -> Ed25519PublicKey:
    """A public key. Raises RequestError if the text is none."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    hint = "The reviewer makes it with cwtui review keygen and passes on the .pub.pem file."
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise RequestError("This is no public key.", hint) from error
    if not isinstance(key, Ed25519PublicKey):
        raise RequestError("This is not the public key of a reviewer: it is not Ed25519.", hint)
    return key


def public_pem(key: Ed25519PublicKey) -> str:
    """A public key as PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def key_id(key: Ed25519PublicKey) -> str:
    """The SHA-256 of the key's SubjectPublicKeyInfo, in hex."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _paths(name: str, folder: Path) -> tuple[Path, Path]:
    stem = slug(name)
    if not stem:
        raise RequestError("The name of the reviewer is empty.", "Name the person whose key it is.")
    return folder / f"{stem}.pem", folder / f"{stem}.pub.pem"
