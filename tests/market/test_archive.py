"""The archive of a package: only what Cleanwater writes is read."""

from __future__ import annotations

import io
import random
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import RequestError
from engine.market import MOST_FILES, archive_bytes, read_archive

from .packages import look_package, opened

FILES = {"a.toml": b"one", "b/c.cube": b"two" * 100, "b/d.png": b""}
NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}(\.[a-z]{1,4})?", fullmatch=True)


@given(st.dictionaries(NAMES, st.binary(max_size=200), min_size=1, max_size=8))
def test_files_come_back_and_make_the_same_bytes(files: dict[str, bytes]) -> None:
    content = archive_bytes(files)
    assert read_archive(content) == files
    assert archive_bytes(read_archive(content)) == content
    with zipfile.ZipFile(io.BytesIO(content)) as other:
        assert {name: other.read(name) for name in other.namelist()} == files
        assert other.testzip() is None


def zipped(*entries: tuple[str, bytes], method: int = zipfile.ZIP_STORED, mode: int = 0o100644) -> bytes:
    """An archive that Python's zipfile writes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.external_attr, info.create_system, info.compress_type = mode << 16, 3, method
            archive.writestr(info, content)
    return out.getvalue()


def overlapping() -> bytes:
    """Two names of the directory for one entry, which is how small files claim gigabytes."""
    content = bytearray(archive_bytes({"a": b"x" * 1000}))
    body = 30 + 1 + 1000
    entry = bytes(content[body : body + 47])
    second = entry[:46] + b"b"
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 2, 2, 94, body, 0)
    return bytes(content[:body]) + entry + second + end


def many() -> bytes:
    return zipped(*((f"f{number:03}", b"") for number in range(MOST_FILES + 1)))


def lying() -> bytes:
    content = bytearray(archive_bytes({"a": b"xy"}))
    content[18:26] = struct.pack("<2I", 1 << 30, 1 << 30)
    return bytes(content)


ATTACKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a path upwards": (lambda: zipped(("../evil", b"")), "not allowed"),
    "an absolute path": (lambda: zipped(("/etc/passwd", b"")), "not allowed"),
    "a drive": (lambda: zipped(("c:evil", b"")), "not allowed"),
    "a name with NUL": (lambda: archive_bytes({"ab": b""}).replace(b"ab", b"a\0"), "not allowed"),
    "a hidden file": (lambda: zipped((".profile", b"")), "not allowed"),
    "another case": (lambda: zipped(("A", b""), ("a", b"")), "not allowed"),
    "letters that look alike": (lambda: zipped(("l\u043eok.toml", b"")), "not allowed|compressed"),
    "the same name twice": (lambda: zipped(("a", b"1")) [:32] + zipped(("a", b"2")), "occurs twice"),
    "no order": (lambda: zipped(("b", b""), ("a", b"")), "in order"),
    "a link": (lambda: zipped(("a", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777), "directory or the bytes"),
    "an executable file": (lambda: zipped(("a", b""), mode=0o100755), "directory or the bytes"),
    "compression": (lambda: zipped(("a", b"0" * 10_000), method=zipfile.ZIP_DEFLATED), "compressed"),
    "overlapping entries": (overlapping, "directory or the bytes"),
    "a size that lies": (lying, "more than"),
    "a wrong checksum": (lambda: archive_bytes({"a": b"xyz"}).replace(b"xyz", b"xyy"), "checksum"),
    "too many files": (many, "more than 64 files"),
    "bytes before": (lambda: b"#!/bin/sh\n" + archive_bytes(FILES), "no entry at its beginning"),
    "bytes behind": (lambda: archive_bytes(FILES) + b"\0", "directory or the bytes"),
    "a comment": (lambda: archive_bytes(FILES)[:-2] + b"\x01\x00!", "directory or the bytes"),
    "nothing": (lambda: b"", "no entry at its beginning"),
    "an end within an entry": (lambda: archive_bytes(FILES)[:20], "within an entry"),
    "33 MB": (lambda: b"\0" * (33 << 20) + b"\0" * (64 * 512), "more than"),
}  # fmt: skip


@pytest.mark.parametrize(("attack", "reason"), ATTACKS.values(), ids=ATTACKS)
def test_every_other_archive_is_refused_by_name(attack: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        read_archive(attack())


@given(st.integers(0, 10**9), st.integers(1, 255))
@settings(max_examples=300)
def test_no_archive_with_a_changed_byte_is_read(place: int, change: int) -> None:
    content = bytearray(archive_bytes(FILES))
    content[place % len(content)] ^= change
    with pytest.raises(RequestError):
        read_archive(bytes(content))


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The archive with a few changes, whose checksums may have been corrected."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0:
                changed[place] ^= 1 << chance.randrange(8)
            case 1:
                del changed[place : place + chance.randint(1, 40)]
            case 2:
                changed[place:place] = chance.randbytes(chance.randint(1, 40))
            case _:
                changed[place : place + 8] = changed[: chance.randint(0, 8)]
    if chance.random() < 0.7:
        # Make the entries consistent again, so that the readers behind the archive's see the change.
        name = changed.find(b"item.toml") if chance.random() < 0.5 else changed.find(b"package.toml")
        start = name - 30
        if start >= 0 and changed[start : start + 4] == b"PK\x03\x04":
            size = struct.unpack_from("<I", changed, start + 22)[0]
            length = struct.unpack_from("<H", changed, start + 26)[0]
            body = bytes(changed[start + 30 + length : start + 30 + length + size])
            changed[start + 14 : start + 18] = struct.pack("<I", zlib.crc32(body))
    return bytes(changed)


def fuzz(count: int, seed: int) -> None:
    content, chance = look_package().archive, random.Random(seed)
    for _ in range(count):
        changed = mutated(content, chance)
        if changed != content:
            with pytest.raises(RequestError):
                opened(changed)


def test_mutated_packages_are_refused() -> None:
    fuzz(300, seed=1)


@pytest.mark.slow
def test_ten_thousand_mutated_packages_are_refused() -> None:
    fuzz(10_000, seed=2)
