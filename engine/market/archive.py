"""The archive of a package: a ZIP file of one form, so that the same files make the same bytes.

The format is a subset of ZIP (APPNOTE.TXT 6.3.10): stored entries one after another in the order of their names, no
extra fields, no comments, no flags, one date, mode 0644. Every byte of an archive follows from its files: a reader
writes them again and compares, so that nothing can be hidden between, behind or below them.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

from engine.atomic_files import write_atomic
from engine.errors import RequestError
from engine.units import format_bytes

SUFFIX = ".cwpkg"
MOST_FILES = 64
MOST_BYTES = 32 << 20
"""The limits of an archive: the number of its files, and their bytes together."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9]+)*(/[a-z0-9][a-z0-9_-]*(\.[a-z0-9]+)*){0,2}")
_LONGEST_NAME = 100
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_LOCAL_FORM, _CENTRAL_FORM, _END_FORM = "<4s5H3I2H", "<4s6H3I5H2I", "<4s4H2IH"
_LOCAL_SIZE = struct.calcsize(_LOCAL_FORM)
# Version 2.0, 1 January 1980, made by Unix, a regular file that its owner may write.
_VERSION, _TIME, _DATE, _MADE_BY, _MODE = 20, 0, 0x21, 3 << 8 | 20, 0o100644 << 16


def archive_bytes(files: Mapping[str, bytes]) -> bytes:
    """The archive of files by name. Raises RequestError for a name or a size that an archive cannot have."""
    _check_limits(len(files), sum(map(len, files.values())))
    body, directory = bytearray(), bytearray()
    for name, content in sorted(files.items()):
        _check_name(name)
        facts = (zlib.crc32(content), len(content), len(content), len(name), 0)
        encoded, offset = name.encode("ascii"), len(body)
        body += struct.pack(_LOCAL_FORM, _LOCAL, _VERSION, 0, 0, _TIME, _DATE, *facts) + encoded + content
        head = (_CENTRAL, _MADE_BY, _VERSION, 0, 0, _TIME, _DATE)
        directory += struct.pack(_CENTRAL_FORM, *head, *facts, 0, 0, 0, _MODE, offset) + encoded
    end = struct.pack(_END_FORM, _END, 0, 0, len(files), len(files), len(directory), len(body), 0)
    return bytes(body + directory + end)


def write_archive(path: Path, files: Mapping[str, bytes]) -> None:
    """Writes an archive, atomically. Raises RequestError as `archive_bytes`, EngineError if it cannot be written."""
    write_atomic(path, archive_bytes(files))


def read_archive(content: bytes) -> dict[str, bytes]:
    """The files of an archive by name. Raises RequestError for any other content, with the reason."""
    if len(content) > MOST_BYTES + MOST_FILES * 512:
        _check_limits(0, len(content))
    files: dict[str, bytes] = {}
    place, last = 0, ""
    while content[place : place + 4] == _LOCAL:
        if place + _LOCAL_SIZE > len(content):
            raise _refusal("It ends within an entry")
        _, _, flags, method, _, _, checksum, packed, size, name_length, extra = struct.unpack_from(
            _LOCAL_FORM, content, place
        )
        start = place + _LOCAL_SIZE + name_length
        name = content[place + _LOCAL_SIZE : start].decode("latin-1")
        _check_name(name)
        if flags or method or extra or packed != size:
            raise _refusal(f"{name} is compressed, encrypted or has extra fields")
        if name <= last:
            word = "occurs twice" if name == last else f"stands behind {last}; names are in order"
            raise _refusal(f"{name} {word}")
        _check_limits(len(files) + 1, size + sum(map(len, files.values())))
        if start + size > len(content):
            raise _refusal(f"{name} claims {size} bytes, more than the archive has")
        files[name] = content[start : start + size]
        if zlib.crc32(files[name]) != checksum:
            raise _refusal(f"{name} does not match its checksum")
        place, last = start + size, name
    if not files:
        raise _refusal("It has no entry at its beginning")
    if content != archive_bytes(files):
        raise _refusal("Its directory or the bytes around its entries are not those of its files")
    return files


def _check_name(name: str) -> None:
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise _refusal(
            f"The name {name[:_LONGEST_NAME]!r} is not allowed: names have lower-case letters, digits, - and _, "
            "and at most two folders"
        )


def _check_limits(count: int, size: int) -> None:
    if count > MOST_FILES:
        raise _refusal(f"It has more than {MOST_FILES} files")
    if size > MOST_BYTES:
        raise _refusal(f"It has {format_bytes(size)}, more than {format_bytes(MOST_BYTES)}")


def _refusal(reason: str) -> RequestError:
    return RequestError(
        f"This is not a package of Cleanwater. {reason}.",
        "Nothing was installed. Get the package again from its author, who makes it with cwtui market pack.",
    )
