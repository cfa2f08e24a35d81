"""The SHA-256 of a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

_BLOCK_BYTES = 1 << 20


def sha256_of(path: Path, read: Callable[[int], None] | None = None) -> str:
    """The SHA-256 of a file's content in hex; `read` gets the size of each block. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
            if read:
                read(len(block))
    return digest.hexdigest()
