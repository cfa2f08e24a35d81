"""Names of folders."""

from __future__ import annotations

import re
import unicodedata

import xxhash


def slug(name: str) -> str:
    """A folder's name for a project's: lower case, no accents, words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not found and name:
        # A name without a single Latin letter still needs a folder that is the same every time.
        found = f"project-{xxhash.xxh32_hexdigest(name.encode())}"
    return found
