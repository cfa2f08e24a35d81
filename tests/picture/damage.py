"""Seeded damage to files: random, or targeted at EXR headers and movie boxes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from random import Random

_EXTREMES = (0, 1, 2, 3, 7, 8, 16, 255, 256, 4095, 32767, 65535, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 1)
_PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"udta", b"dinf", b"tref", b"gmhd", b"moof", b"traf"}


def damaged(whole: bytes, other: bytes, random: Random) -> tuple[str, bytes]:
    """Returns a damaged copy of a file and the kind of damage; `other` supplies bytes to splice in."""
    data = bytearray(whole)
    damage_structure = _damage_exr if whole[:4] == b"\x76\x2f\x31\x01" else _damage_boxes
    kind = random.choice(("bits", "bytes", "numbers", "cut", "splice", "zeros", "removed", "aimed", "aimed", "aimed"))
    for _ in range(random.choice((1, 1, 2, 4))):
        if len(data) < 16:
            break
        at = random.randrange(len(data))
        # Headers and tables are at the ends of a file, so half of the damage is there.
        if random.random() < 0.5:
            at = random.choice((at % 600, -(at % 1500) - 1)) % len(data)
        length = min(random.choice((1, 4, 16, 100, 1000, len(data))), len(data) - at)
        if kind == "bits":
            data[at] ^= 1 << random.randrange(8)
        elif kind == "bytes":
            data[at : at + min(length, 16)] = random.randbytes(min(length, 16))
        elif kind == "numbers":
            _number(data, at, len(data), random)
        elif kind == "cut":
            del data[at:]
        elif kind == "splice":
            start = random.randrange(len(other))
            data[at : at + length] = other[start : start + length]
        elif kind == "zeros":
            data[at : at + length] = bytes(length)
        elif kind == "removed":
            del data[at : at + length]
        else:
            damage_structure(data, random)
    return kind, bytes(data)


def _number(data: bytearray, at: int, end: int, random: Random) -> None:
    size = random.choice([form for form in (1, 2, 4, 4, 4, 8) if at + form <= end] or [0])
    if size:
        value = random.choice((*_EXTREMES, 1 << 62, (1 << 64) - 1)) % (1 << 8 * size)
        data[at : at + size] = value.to_bytes(size, random.choice(("little", "big")))


def _damage_exr(data: bytearray, random: Random) -> None:
    """Damages an attribute's value, size or type, or an offset in the table after the header."""
    found = list(_attributes(data))
    if not found or random.random() < 0.15:
        end = found[-1][2] + 1 if found else 8
        _number(data, min(end + 4 * random.randrange(40), len(data) - 1), len(data), random)
        return
    kind_at, start, end = random.choice(found)
    choice = random.randrange(8)
    if choice == 0:
        _number(data, start - 4, start, random)
    elif choice == 1:
        data[kind_at] ^= 1 << random.randrange(7)
    elif end > start:
        at = start + random.randrange(end - start)
        if end - start >= 4 and choice < 7:
            at = start + (at - start) // 4 * 4
        _number(data, at, end, random)


def _attributes(data: bytearray) -> Iterator[tuple[int, int, int]]:
    """The offsets of each attribute's type name, value and end of value."""
    at = 8
    while at < len(data) and data[at]:
        kind_at = data.find(0, at) + 1
        size_at = data.find(0, kind_at) + 1
        if not kind_at or not size_at or size_at + 4 > len(data):
            return
        end = size_at + 4 + struct.unpack_from("<i", data, size_at)[0]
        if not size_at + 4 <= end < len(data):
            return
        yield kind_at, size_at + 4, end
        at = end


def _damage_boxes(data: bytearray, random: Random) -> None:
    """Damages a box's size, name or a number in it, or duplicates or removes the box."""
    found = list(_boxes(data, 0, len(data)))
    if not found:
        return
    at, end = random.choice(found)
    choice = random.randrange(10)
    if choice == 0:
        sizes = (0, 1, 7, 8, 9, end - at - 1, end - at + 1, 1 << 31, 0xFFFFFFFF)
        struct.pack_into(">I", data, at, random.choice(sizes))
    elif choice == 1:
        data[at + 4 : at + 8] = data[(other := random.choice(found)[0]) + 4 : other + 8]
    elif choice == 2:
        data[at:at] = data[at:end]
    elif choice == 3:
        del data[at:end]
    elif end - at > 12:
        _number(data, at + 8 + random.randrange((end - at - 8) // 4) * 4, end, random)


def _boxes(data: bytearray, at: int, end: int) -> Iterator[tuple[int, int]]:
    while at + 8 <= end:
        size = struct.unpack_from(">I", data, at)[0]
        if size < 8 or at + size > end:
            return
        yield at, at + size
        kind = bytes(data[at + 4 : at + 8])
        if kind in _PARENTS:
            yield from _boxes(data, at + 8, at + size)
        elif kind == b"stsd":
            yield from _boxes(data, at + 16, at + size)
        elif kind in (b"avc1", b"hvc1", b"apch"):
            yield from _boxes(data, at + 86, at + size)
        at += size
