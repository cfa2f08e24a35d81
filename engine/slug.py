"""Folder names for project names, and file names as text."""

from __future__ import annotations

import re
import unicodedata

import xxhash

# A number after the name and the names of files beside it need room, too.
_LONGEST_BYTES = 200


def slug(name: str) -> str:
    """Return a folder name for a project name: lower case, Latin letters without accents, words joined by hyphens.

    Letters of other scripts stay as they are. A name without any letter or digit, or whose folder name would be too
    long for a file system, gets a hash of it.
    """
    found = re.sub(r"-+", "-", "".join(map(_folder_text, unicodedata.normalize("NFKC", name).lower()))).strip("-")
    if (not found and name) or len(found.encode()) > _LONGEST_BYTES:
        found = f"project-{xxhash.xxh32_hexdigest(name.encode())}"
    return found


def _folder_text(char: str) -> str:
    """A letter, mark or digit in a folder name; a hyphen for any other character."""
    latin = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    if latin:
        return latin if latin.isalnum() else "-"
    return char if unicodedata.category(char)[0] in "LMN" else "-"


def printable(name: str) -> str:
    """Return a file name with question marks for control characters and for bytes that are not UTF-8."""
    return name if name.isprintable() else "".join(sign if sign.isprintable() else "?" for sign in name)
