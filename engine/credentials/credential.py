"""The creator's key, with which deliverables are signed. It is in the settings of this account, never in a project."""

from __future__ import annotations

import datetime
import os
import stat
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from engine.atomic_files import partial
from engine.credentials.certificates import (
    Algorithm,
    CertificateFacts,
    KeyPair,
    algorithm_of,
    certificate_facts,
    new_key_pair,
    read_key_pair,
)
from engine.errors import FileInTheWayError, RequestError

_FOLDER = "CWTUI_CREDENTIALS"
_FILE = "credentials.pem"
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
# Certificates allow 64 characters, and that of the issuer appends a few.
_LONGEST_NAME = 50
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class Credential:
    """A private key and its chain of certificates, both PEM. `repr` does not show the key."""

    path: Path
    chain: str
    key: bytes = field(repr=False)

    @cached_property
    def algorithm(self) -> Algorithm:
        """The algorithm by which it signs."""
        return algorithm_of(self.key)

    @cached_property
    def certificate(self) -> CertificateFacts:
        """What its certificate says."""
        return certificate_facts(self.chain.encode())


def credential_path() -> Path:
    """The file of the key: in the folder CWTUI_CREDENTIALS if that is set, else in the settings of this account."""
    if named := os.environ.get(_FOLDER):
        return Path(named) / _FILE
    from platformdirs import user_config_path

    return user_config_path("cleanwater") / _FILE


def load_credential() -> Credential:
    """The creator's key. Raises RequestError if there is none, others can read it, or its certificate is not valid."""
    path = credential_path()
    try:
        mode = path.stat().st_mode
        if mode & _OTHERS:
            raise RequestError(
                f"Other users can read the key {path}, which proves that you signed a file.",
                f"Remove their access (chmod 600 '{path}'); if others may have read it, make a new key.",
            )
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise RequestError(
            "There is no key to sign deliverables with.", 'Make one: cwtui credentials new --name "YOUR NAME"'
        ) from error
    except OSError as error:
        raise RequestError(
            f"The key {path} cannot be read: {error.strerror}.", "Check the permissions of the file."
        ) from error
    at = content.find(_CERTIFICATE)
    try:
        pair = read_key_pair(content[: max(at, 0)], content[max(at, 0) :])
    except RequestError as error:
        raise RequestError(
            f"{path} is damaged: {error.message}", "Import your key again, or make a new one."
        ) from error
    credential = Credential(path, pair.chain.decode(), pair.key)
    refuse_expired(credential)
    return credential


def new_credential(name: str, algorithm: Algorithm = "es256", *, replace: bool = False) -> Credential:
    """Creates the creator's key with a certificate for `name`.

    Raises RequestError for an empty name, FileInTheWayError if there is a key and `replace` is false.
    """
    name = name.strip()
    if not 0 < len(name) <= _LONGEST_NAME:
        raise RequestError(
            f"The name must have 1 to {_LONGEST_NAME} characters.", "Give the name that viewers of your films know."
        )
    refuse_other_key(replace)
    return store_key_pair(new_key_pair(name, algorithm, datetime.datetime.now(datetime.UTC)), replace=replace)


def refuse_other_key(replace: bool) -> None:
    """Raises FileInTheWayError if there is a key and `replace` is false."""
    path = credential_path()
    if os.path.lexists(path) and not replace:
        raise FileInTheWayError(
            f"There is a key already: {path}.",
            "Keep it, or add --replace to sign with another from now on. Files that are signed stay valid.",
        )


def store_key_pair(pair: KeyPair, *, replace: bool) -> Credential:
    """Writes the creator's key, readable by its owner alone."""
    path = credential_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with partial(path, replace=replace) as unfinished:
        # The key must not exist under another mode, not even for a moment.
        file = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(pair.key + pair.chain)
    return Credential(path, pair.chain.decode(), pair.key)


def refuse_expired(credential: Credential) -> None:
    """Raises RequestError if the certificate is not valid now."""
    now, facts = datetime.datetime.now(datetime.UTC), credential.certificate
    if not facts.valid_from <= now <= facts.valid_until:
        raise RequestError(
            f"The certificate of {facts.name} is valid from {facts.valid_from:%d %B %Y} "
            f"to {facts.valid_until:%d %B %Y}.",
            "Check the clock of this machine, import a newer certificate, or make a new key: cwtui credentials new",
        )
