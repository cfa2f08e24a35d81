"""Files on a machine's disk, encrypted with AES-256-GCM in blocks, each file under a key of its own.

A file is a header and one sealed block for each 256 KiB. The header has a magic number, a random salt, and sealed the
SHA-256 and the size of the content. The key of a file is derived from the machine's key and the salt (HKDF). Each block
has a random nonce and is bound to its number: one that is damaged, missing, moved or of another file does not open. The
length in the header makes a cut visible (the problem that STREAM solves, Hoang et al. 2015).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from engine.farm.block_pipeline import BLOCK_BYTES, BlockHandler

KEY_BYTES = 32
_MAGIC, _SALT_BYTES, _NONCE_BYTES = b"CWCACHE1", 16, 12
_SEAL_BYTES = _NONCE_BYTES + 16
_HEADER = struct.Struct(">32sQ")
HEADER_BYTES = len(_MAGIC) + _SALT_BYTES + _HEADER.size + _SEAL_BYTES


class DamagedEntry(Exception):
    """A file of the cache is damaged, or was written with another key."""


def sealed_size(size: int) -> int:
    """Return how many bytes a content of `size` bytes takes on the disk."""
    return HEADER_BYTES + size + _SEAL_BYTES * -(-size // BLOCK_BYTES)


def entry_name(key: bytes, sha256: str) -> str:
    """Return the name of a content's file. Without the key, it does not tell which content that is."""
    return hmac.digest(_derived(key, b"", b"names"), bytes.fromhex(sha256), "sha256").hex()


@dataclass(frozen=True, slots=True)
class EntryHeader:
    """The digest and size of a content."""

    sha256: str
    size: int


class SealedWriter:
    """Writes a content block by block, and continues what an earlier process wrote.

    The file counts only after `finish`.
    """

    def __init__(self, path: Path, key: bytes, header: EntryHeader) -> None:
        """Open or create the file. Raises OSError."""
        self._file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600), "r+")
        self._header = header
        self._sha256 = hashlib.sha256()
        # One buffer for all blocks: new memory for each would cost more than the encryption.
        self._sealed = memoryview(bytearray(min(BLOCK_BYTES, header.size) + _SEAL_BYTES))
        self.offset = 0
        try:
            self._continue(key)
        except (DamagedEntry, EOFError):
            self._begin(key)
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Close the file, whole or not."""
        self._file.close()

    def _continue(self, key: bytes) -> None:
        sealer, header = _read_header(self._file, key)
        if header != self._header:
            raise DamagedEntry
        self._sealer = sealer
        end = HEADER_BYTES
        try:
            for block in _blocks(self._file, sealer, header.size):
                self._sha256.update(block)
                self.offset += len(block)
                end += len(block) + _SEAL_BYTES
        except (DamagedEntry, EOFError):
            pass
        self._file.truncate(end)
        self._file.seek(end)

    def _begin(self, key: bytes) -> None:
        self._sha256, self.offset = hashlib.sha256(), 0
        self._file.truncate(0)
        self._file.seek(0)
        salt = os.urandom(_SALT_BYTES)
        self._sealer = _Sealer(key, salt)
        sealed = self._sealer.seal(0, _HEADER.pack(bytes.fromhex(self._header.sha256), self._header.size))
        _write_all(self._file, _MAGIC + salt + sealed)

    @property
    def handlers(self) -> tuple[BlockHandler, BlockHandler]:
        """Functions that append a block, which each must get; both may run at once.

        A block has `BLOCK_BYTES`; the last may be shorter. They raise OSError.
        """
        return self._sha256.update, self._write

    def _write(self, block: memoryview) -> None:
        sealed = self._sealed[: len(block) + _SEAL_BYTES]
        self._sealer.seal_into(sealed, self.offset // BLOCK_BYTES + 1, block)
        _write_all(self._file, sealed)
        self.offset += len(block)

    def finish(self) -> None:
        """Raise DamagedEntry if the content is not the one of the digest.

        Nothing is flushed to the disk: what a power cut damages does not open, and is fetched again.
        """
        if self.offset != self._header.size or self._sha256.hexdigest() != self._header.sha256:
            raise DamagedEntry


def read_header(path: Path, key: bytes) -> EntryHeader:
    """Return what a file contains. Raises DamagedEntry, OSError."""
    try:
        with path.open("rb", buffering=0) as file:
            return _read_header(file, key)[1]
    except EOFError as error:
        raise DamagedEntry from error


def read_content(path: Path, key: bytes, sha256: str) -> Iterator[bytes]:
    """Yield the content of a file, verified block by block. Raises DamagedEntry, OSError."""
    try:
        with path.open("rb", buffering=0) as file:
            sealer, header = _read_header(file, key)
            if header.sha256 != sha256:
                raise DamagedEntry
            yield from _blocks(file, sealer, header.size)
            if file.read(1):
                raise DamagedEntry
    except EOFError as error:
        raise DamagedEntry from error


class _Sealer:
    def __init__(self, key: bytes, salt: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(_derived(key, salt, b"entry"))

    def seal(self, number: int, block: bytes | memoryview) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, block, number.to_bytes(8, "big"))

    def seal_into(self, sealed: memoryview, number: int, block: memoryview) -> None:
        nonce = os.urandom(_NONCE_BYTES)
        sealed[:_NONCE_BYTES] = nonce
        self._cipher.encrypt_into(nonce, block, number.to_bytes(8, "big"), sealed[_NONCE_BYTES:])

    def open(self, number: int, sealed: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], number.to_bytes(8, "big"))
        except InvalidTag as error:
            raise DamagedEntry from error


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), KEY_BYTES, salt or None, b"cleanwater farm cache " + purpose).derive(key)


def _read_header(file: FileIO, key: bytes) -> tuple[_Sealer, EntryHeader]:
    head = _read_exactly(file, HEADER_BYTES)
    if not head.startswith(_MAGIC):
        raise DamagedEntry
    salt, sealed = head[len(_MAGIC) :][:_SALT_BYTES], head[len(_MAGIC) + _SALT_BYTES :]
    sealer = _Sealer(key, salt)
    digest, size = _HEADER.unpack(sealer.open(0, sealed))
    return sealer, EntryHeader(digest.hex(), size)


def _blocks(file: FileIO, sealer: _Sealer, size: int) -> Iterator[bytes]:
    for number, start in enumerate(range(0, size, BLOCK_BYTES), 1):
        yield sealer.open(number, _read_exactly(file, min(BLOCK_BYTES, size - start) + _SEAL_BYTES))


def _read_exactly(file: FileIO, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        block = file.read(size - len(found))
        if not block:
            raise EOFError
        found += block
    return bytes(found)


def _write_all(file: FileIO, data: bytes | memoryview) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
