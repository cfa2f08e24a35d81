"""Folder names for project names, and file names as text."""

from __future__ import annotations

import re
import unicodedata

import xxhash


def slug(name: str) -> str:
    """Return a folder name for a project name: lower case, no accents, words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not found and name:
        # A name without Latin letters or digits needs a stable folder name, too.
        found = f"project-{xxhash.xxh32_hexdigest(name.encode())}"
    return found


def printable(name: str) -> str:
    """Return a file name with question marks for control characters and for bytes that are not UTF-8."""
    return "".join(sign if sign.isprintable() else "?" for sign in name)
