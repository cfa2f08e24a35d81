"""Why the news of a repository are refused: an error that names the role, its keys and dates, and what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from engine.errors import EngineError
from engine.market.repository import METADATA

_NUMBERED = re.compile(r"(?:(\d+)\.)?(.+)\.json")
_LARGEST = 1 << 20
_KEY_DIGITS = 12
_STAYS = "Nothing was changed: what was known before still counts."


@dataclass(slots=True)
class ServedFile:
    """The file that was read last from a repository: its name there, and its first bytes."""

    name: str = ""
    content: bytearray = field(default_factory=bytearray)

    def begin(self, name: str) -> None:
        """Another file is read."""
        self.name = name
        self.content.clear()

    def add(self, piece: bytes) -> None:
        """More of its bytes."""
        if len(self.content) < _LARGEST:
            self.content += piece


@dataclass(frozen=True, slots=True)
class _Facts:
    """What metadata says of itself, verified or not."""

    version: int
    expires: str
    keys: tuple[str, ...]

    def __str__(self) -> str:
        keys = ", ".join(self.keys) or "no key"
        return f"version {self.version}, signed by {keys}, valid until {self.expires}"


def refused(error: BaseException, trusted: Path, served: ServedFile) -> EngineError:
    """The error for an exception of python-tuf; `trusted` is the folder with the local state of the repository."""
    from tuf.api import exceptions

    name, role = trusted.name, _role_of(served.name)
    offered = _facts(bytes(served.content)) if role else None
    known = _known(trusted, role) if role else None
    if isinstance(error, exceptions.ExpiredMetadataError):
        role = _expired_role(str(error)) or role
        known = _known(trusted, role) or offered
        if offered and _role_of(served.name) == role:
            known = offered
        return EngineError(
            f"The news from {name} have expired: {role}, {known or 'whose date is not known'}.",
            "Run cwtui market refresh, get a newer copy of the repository, or ask its owner to sign it again. What is "
            "installed keeps working.",
        )
    if isinstance(error, exceptions.BadVersionNumberError):
        return _other_version(error, name, role, offered, known)
    if isinstance(error, exceptions.UnsignedMetadataError):
        said = f"The signatures of {name} are not valid: {_reason(error)}; {role} is {offered or 'not readable'}"
        return EngineError(f"{said}, and needs {_needed(trusted, role)}.", f"{_STAYS} {_ask(role)}")
    if isinstance(error, exceptions.LengthOrHashMismatchError):
        what = f"{role}, {offered}," if role else PurePosixPath(served.name).name
        return EngineError(
            f"The signatures of {name} are not valid: {what} is not the file that was signed ({_reason(error)}).",
            f"{_STAYS} Get the repository again from its owner.",
        )
    if isinstance(error, exceptions.DownloadLengthMismatchError | exceptions.SlowRetrievalError):
        return EngineError(
            f"{name} sends more than it may: {served.name} does not end ({_reason(error)}).",
            f"{_STAYS} Get the repository again from its owner, or stop trusting it.",
        )
    if isinstance(error, exceptions.DownloadHTTPError):
        return EngineError(
            f"{name} is not complete: {served.name} is missing.",
            f"{_STAYS} Copy the whole repository again, or ask its owner.",
        )
    shown = f"{role}: {_reason(error)}" if role else _reason(error)
    return EngineError(f"The signatures of {name} are not valid: {shown}.", f"{_STAYS} {_ask(role)}")


def _other_version(
    error: BaseException, name: str, role: str, offered: _Facts | None, known: _Facts | None
) -> EngineError:
    if offered and known and offered.version < known.version:
        before = f"version {known.version}, valid until {known.expires}, was known"
        return EngineError(
            f"{name} offers older news than it did before: {role}, {offered}; {before}.",
            f"Somebody may have rolled it back. {_STAYS} Ask its owner.",
        )
    return EngineError(
        f"{name} mixes states of different times: {role}, {offered or 'not readable'} ({_reason(error)}).",
        f"Somebody may have combined files of several copies. {_STAYS} Get the whole repository again.",
    )


def _ask(role: str) -> str:
    author = role.removeprefix("author-")
    if author != role:
        return f"Ask {author} to sign again, or the owner of the repository whether the key of {author} was replaced."
    return "Ask the owner of the repository, and do not install from it before."


def _role_of(name: str) -> str:
    """The role of a file of metadata; empty for a package."""
    path = PurePosixPath(name)
    found = _NUMBERED.fullmatch(path.name) if path.parts[:1] == (METADATA,) else None
    return found.group(2) if found else ""


def _expired_role(text: str) -> str:
    found = re.search(r"([\w-]+)(?:\.json)? is expired", text)
    return found.group(1) if found else ""


def _known(trusted: Path, role: str) -> _Facts | None:
    """What is known of a role from before."""
    try:
        return _facts((trusted / METADATA / f"{role}.json").read_bytes())
    except OSError:
        return None


def _facts(content: bytes) -> _Facts | None:
    table = _table(content)
    signed, signatures = table.get("signed"), table.get("signatures")
    if not isinstance(signed, Mapping) or not isinstance(signatures, list):
        return None
    version, expires = signed.get("version"), signed.get("expires")
    keys = [one.get("keyid") for one in signatures if isinstance(one, Mapping)]
    if not isinstance(version, int):
        return None
    shown = tuple(f"key {key[:_KEY_DIGITS]}" for key in keys[:8] if isinstance(key, str) and key.isalnum())
    return _Facts(version, expires[:10] if isinstance(expires, str) and expires.isprintable() else "?", shown)


def _needed(trusted: Path, role: str) -> str:
    """The keys that have to sign a role."""
    delegator = "targets" if role.startswith("author-") else "root"
    try:
        signed = _table((trusted / METADATA / f"{delegator}.json").read_bytes())["signed"]
        if delegator == "root":
            entry = signed["roles"][role]
        else:
            entry = next(one for one in signed["delegations"]["roles"] if one["name"] == role)
        keys = ", ".join(key[:_KEY_DIGITS] for key in entry["keyids"])
        return f"{entry['threshold']} of the keys {keys}"
    except (OSError, KeyError, TypeError, StopIteration):
        return "the keys that its root names"


def _table(content: bytes) -> dict[str, Any]:
    try:
        table = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}


def _reason(error: BaseException) -> str:
    return str(error).rstrip(".") or type(error).__name__
