"""Names for the copies of files whose own names cannot be trusted, or that another file system would mix up."""

from __future__ import annotations

import os
import re
import unicodedata

from engine.ingest.companions import name_key

# Names of devices on Windows, with any suffix. exFAT and SMB servers refuse them.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³])(\..*)?", re.IGNORECASE)
_LONGEST_NAME = 255


class FolderNames:
    """The names of one folder's copies: each is unique on file systems that ignore case or Unicode forms."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def reserve(self, name: str) -> None:
        """Leave a name to a copy that exists."""
        self._used.add(name_key(name))

    def choose(self, name: str) -> tuple[str, str]:
        """Return (name of the copy, why it differs from `name`, or "")."""
        safe, reason = _safe_name(name)
        chosen, number = safe, 2
        while name_key(chosen) in self._used:
            chosen, number = _numbered(safe, number), number + 1
            reason = reason or "another file's name differs only in case or accents"
        self._used.add(name_key(chosen))
        return chosen, reason


def _safe_name(name: str) -> tuple[str, str]:
    # Nearly all names are of printable ASCII.
    if not (name.isascii() and name.isprintable()):
        if any(0xD800 <= ord(letter) <= 0xDFFF for letter in name):
            raw = os.fsencode(name)
            return _fitting(raw.decode("utf-8", "backslashreplace").replace("\\x", "_")), "the name is not valid UTF-8"
        safe = "".join("_" if _is_control(sign) else sign for sign in name)
        if safe != name:
            return safe, "the name has control characters"
    if _DEVICES.fullmatch(name):
        return _fitting(f"_{name}"), "the name is that of a device on Windows"
    return name, ""


def _is_control(sign: str) -> bool:
    """Whether XML, the format of the seal, cannot contain a character, or a terminal would interpret it."""
    return unicodedata.category(sign) == "Cc" or ord(sign) & 0xFFFE == 0xFFFE


def _numbered(name: str, number: int) -> str:
    stem, dot, suffix = name.rpartition(".")
    return _fitting(f"{stem} ({number}){dot}{suffix}" if stem else f"{name} ({number})")


def _fitting(name: str) -> str:
    """Shorten the middle of a name that would be too long for a file system."""
    while len(name.encode()) > _LONGEST_NAME:
        middle = len(name) // 2
        name = name[:middle] + name[middle + 1 :]
    return name
