"""Keys of authors and of repositories: Ed25519, as private files of their owner."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from engine.atomic_files import make_folder, write_atomic
from engine.errors import RequestError
from engine.market.manifest import is_name

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, Key

_PRIVATE = 0o600


def keys_folder() -> Path:
    """The folder of this user's keys."""
    from platformdirs import user_config_path

    return user_config_path("cleanwater") / "market-keys"


def new_key(name: str, folder: Path) -> Path:
    """Creates a key and returns its file. Raises RequestError if the name is not valid or has a key already."""
    from securesystemslib.signer import CryptoSigner

    path = key_path(name, folder)
    if path.exists():
        raise RequestError(f"There is already a key {name} in {folder}.", "Use it, or choose another name.")
    make_folder(folder)
    folder.chmod(0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(CryptoSigner.generate_ed25519().private_bytes)
    return path


def load_key(name: str, folder: Path) -> CryptoSigner:
    """A key. Raises RequestError if there is none, others can read it, or it is damaged."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    path = key_path(name, folder)
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        content = path.read_bytes()
    except OSError as error:
        raise RequestError(
            f"There is no key {name} in {folder}: {error.strerror}.", f"Make one: cwtui market keygen {name}"
        ) from error
    if mode & 0o077:
        raise RequestError(f"Other users can read the key {path}.", f"Run: chmod 600 {path}")
    try:
        return CryptoSigner(load_pem_private_key(content, None))
    except ValueError as error:
        raise RequestError(f"The key {path} is damaged.", "Restore it from a backup, or make another one.") from error


def write_public_key(key: Key, path: Path) -> None:
    """Writes the public part of a key, for the owner of a repository."""
    import json

    write_atomic(path, json.dumps({"keyid": key.keyid, **key.to_dict()}, sort_keys=True, indent=1).encode())


def read_public_key(path: Path) -> Key:
    """The public part of a key. Raises RequestError if the file has none."""
    import json

    from securesystemslib.signer import Key

    try:
        table = json.loads(path.read_bytes())
        return Key.from_dict(table.pop("keyid"), table)
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise RequestError(f"{path} is no public key.", "Its owner makes it with cwtui market keygen.") from error


def key_path(name: str, folder: Path) -> Path:
    """The file of a key. Raises RequestError if the name is not valid."""
    if not is_name(name):
        raise RequestError(f"“{name}” is not a valid name.", "Use lower-case letters, digits and single hyphens.")
    return folder / f"{name}.pem"
