"""The hash formats of ASC MHL: xxh128, xxh3, xxh64, sha1, md5 and c4, as text and as bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import xxhash

WRITTEN_FORMAT = "xxh128"
# Base 58 without 0, I, O and l, as in SMPTE ST 2114 (C4 ID).
_C4_LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_C4_DIGITS = 88
_BLOCK = 8 << 20

_MAKERS: dict[str, Callable[[], Any]] = {
    "xxh128": xxhash.xxh3_128,
    "xxh3": xxhash.xxh3_64,
    "xxh64": xxhash.xxh64,
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "md5": lambda: hashlib.md5(usedforsecurity=False),
    "c4": hashlib.sha512,
}
FORMATS = tuple(_MAKERS)
"""The formats that can be read, the fastest first."""


class FileHasher:
    """Hashes one stream of bytes in several formats at once. Formats are those of `FORMATS`."""

    def __init__(self, formats: Iterable[str]) -> None:
        self._digests = {name: _MAKERS[name]() for name in formats}

    def update(self, block: bytes | memoryview) -> None:
        """Add bytes."""
        for digest in self._digests.values():
            digest.update(block)

    def values(self) -> dict[str, str]:
        """Return the digests as a manifest writes them, by format."""
        return {name: _as_text(name, digest.digest()) for name, digest in self._digests.items()}


def hash_file(
    path: Path,
    formats: Iterable[str],
    progress: Callable[[int], None] | None = None,
    check: Callable[[], None] | None = None,
) -> dict[str, str]:
    """Return a file's digests by format. `check` is called before each block and may raise. Raises OSError."""
    hasher = FileHasher(formats)
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            if check:
                check()
            hasher.update(block)
            if progress:
                progress(len(block))
    return hasher.values()


def hash_bytes(name: str, data: bytes) -> str:
    """Return the digest of `data` in one format, as text."""
    hasher = FileHasher((name,))
    hasher.update(data)
    return hasher.values()[name]


def digest_bytes(name: str, text: str) -> bytes:
    """Return the bytes of a digest. Raises ValueError if `text` is not a digest of this format."""
    if name != "c4":
        return bytes.fromhex(text)
    if not text.startswith("c4"):
        raise ValueError(f"{text} is not a C4 ID")
    number = 0
    for letter in text[2:]:
        number = number * len(_C4_LETTERS) + _C4_LETTERS.index(letter)
    return number.to_bytes(64, "big")


def same_digest(name: str, wanted: str, measured: str) -> bool:
    """Compare two digests of one format. Hexadecimal digits may be in upper case; C4 IDs may not."""
    return wanted == measured or (name != "c4" and wanted.lower() == measured)


def _as_text(name: str, digest: bytes) -> str:
    if name != "c4":
        return digest.hex()
    number, letters = int.from_bytes(digest, "big"), []
    for _ in range(_C4_DIGITS):
        number, digit = divmod(number, len(_C4_LETTERS))
        letters.append(_C4_LETTERS[digit])
    return "c4" + "".join(reversed(letters))
