"""FLAC: compares the number of samples in STREAMINFO with the last frame in the file (RFC 9639)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

from engine.ingest.extents.report import ByteReader, Extents, ExtentsBuilder

_TAIL = 1 << 20
_FIXED_SIZES = {1: 192, **{n: 576 << (n - 2) for n in range(2, 6)}, **{n: 256 << (n - 8) for n in range(8, 16)}}


@dataclass(frozen=True, slots=True)
class _StreamInfo:
    block: int
    rate: int
    samples: int
    channels: int
    begins: int


def check_flac(path: Path) -> Extents:
    """Compare the declared number of samples with the end of the last frame. Raises OSError if it cannot be read."""
    found = ExtentsBuilder()
    with path.open("rb") as file:
        source = ByteReader(file)
        info = _stream_info(source)
        if info is None or not info.rate:
            return found.result()
        end = _last_frame_end(source, info)
        if end is None:
            found.missing(
                "The file has no sound data.", "sound", 0, Fraction(0), Fraction(info.samples, info.rate), info.samples
            )
        elif end < info.samples:
            found.sound_cut_short(Fraction(end, info.rate), Fraction(info.samples, info.rate), info.samples - end)
    return found.result()


def skip_id3(source: ByteReader, at: int = 0) -> int:
    """Return the offset of the content after ID3v2 tags."""
    while True:
        head = source.at(at, 10)
        if len(head) < 10 or head[:3] != b"ID3":
            return at
        size = (head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | head[9] & 127
        at += 10 + size + (10 if head[5] & 16 else 0)


def _stream_info(source: ByteReader) -> _StreamInfo | None:
    at = skip_id3(source)
    if source.at(at, 4) != b"fLaC":
        return None
    at += 4
    info: bytes = b""
    for _ in range(1 << 10):
        head = source.at(at, 4)
        if len(head) < 4:
            return None
        size = int.from_bytes(head[1:], "big")
        if head[0] & 127 == 0:
            info = source.at(at + 4, 34)
        at += 4 + size
        if head[0] & 128:
            break
    if len(info) < 34:
        return None
    packed = int.from_bytes(info[10:18], "big")
    return _StreamInfo(
        int.from_bytes(info[2:4], "big"), packed >> 44, packed & ((1 << 36) - 1), (packed >> 41 & 7) + 1, at
    )


def _last_frame_end(source: ByteReader, info: _StreamInfo) -> int | None:
    """Return the number of samples up to the end of the last complete frame, or None without a frame."""
    start = max(info.begins, source.size - _TAIL)
    tail = source.at(start, _TAIL)
    at = len(tail)
    while (at := tail.rfind(b"\xff", 0, at)) >= 0:
        frame = _frame(tail[at : at + 16], info)
        if frame is not None:
            first, length = frame
            # The last frame may be cut: a complete one ends with its CRC-16, unless tags follow it.
            cut = first + length < info.samples or _is_cut(tail[at:])
            return first + length if not cut or _crc(tail[at:], 16, 0x8005) == 0 else first
    return None


def _is_cut(frame: bytes) -> bool:
    """Return whether no tag or padding follows a frame."""
    return not any(mark in frame for mark in (b"TAG", b"APETAGEX", b"LYRICS", b"ID3")) and frame[-16:] != bytes(16)


def _frame(head: bytes, info: _StreamInfo) -> tuple[int, int] | None:
    """Return (first sample, number of samples) of the frame with this header, or None if it is not a header."""
    if len(head) < 6 or head[0] != 0xFF or head[1] & 0xFE != 0xF8:
        return None
    size_code, rate_code, channels, depth = head[2] >> 4, head[2] & 15, head[3] >> 4, head[3] >> 1 & 7
    if not size_code or rate_code == 15 or channels > 10 or depth == 3 or head[3] & 1:
        return None
    ones = 8 - (head[4] ^ 0xFF).bit_length()
    if ones == 1 or ones > 7:
        return None
    width = max(1, ones)
    number = head[4] & (0x7F if ones == 0 else (1 << max(0, 7 - ones)) - 1)
    for byte in head[5 : 4 + width]:
        number = number << 6 | byte & 63
    at = 4 + width
    if size_code in (6, 7):
        length = int.from_bytes(head[at : at + size_code - 5], "big") + 1
        at += size_code - 5
    else:
        length = _FIXED_SIZES[size_code]
    at += {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if at >= len(head) or _crc(head[:at], 8, 0x07) != head[at]:
        return None
    return (number if head[1] & 1 else number * info.block), length


def _crc(data: bytes, width: int, polynomial: int) -> int:
    table = _crc_table(width, polynomial)
    value, mask = 0, (1 << width) - 1
    for byte in data:
        value = (value << 8 & mask) ^ table[value >> (width - 8) ^ byte]
    return value


@cache
def _crc_table(width: int, polynomial: int) -> tuple[int, ...]:
    top, mask, table = 1 << (width - 1), (1 << width) - 1, []
    for byte in range(256):
        value = byte << (width - 8)
        for _ in range(8):
            value = (value << 1 ^ polynomial if value & top else value << 1) & mask
        table.append(value)
    return tuple(table)
