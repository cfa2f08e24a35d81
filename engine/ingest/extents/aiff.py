"""AIFF, AIFF-C and Apple's CAF: compares the sound chunks with the file."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

from engine.ingest.extents.report import ByteReader, Extents, ExtentsBuilder

_PCM = frozenset({b"NONE", b"sowt", b"twos", b"raw ", b"fl32", b"FL32", b"fl64", b"FL64", b"in24", b"in32", b"ulaw",
                  b"alaw", b"ULAW", b"ALAW"})  # fmt: skip
_UNKNOWN = (1 << 64) - 1
_MOST_PACKETS = 1 << 22


def check_aiff(path: Path) -> Extents:
    """Compare COMM's number of sample frames and SSND's size with the file. Raises OSError if it cannot be read."""
    found = ExtentsBuilder()
    with path.open("rb") as file:
        source = ByteReader(file)
        at, frames, width, rate, sound = 12, 0, 0, 0, None
        for _ in range(1 << 16):
            head = source.at(at, 8)
            if len(head) < 8:
                break
            size = int.from_bytes(head[4:], "big")
            if head[:4] == b"COMM":
                body = source.at(at + 8, min(size, 64))
                frames, width, rate = _common(body, source.at(8, 4))
            elif head[:4] == b"SSND":
                sound = (at + 16 + source.number(at + 8, 4, "big"), size - 8)
            at += 8 + size + size % 2
    if sound is None:
        if frames:
            found.missing("The file has no sound data.", "sound", 0, Fraction(0), _seconds(frames, rate), frames)
        return found.result()
    begins, size = sound
    held = max(0, source.size - begins)
    if size <= 0 or size >= 0xFFFFFFF0:
        if held:
            found.notes.append("unfinished header: the sound is read to the end of the file")
        return found.result()
    there = min(size, held)
    if width:
        got, wanted = there // width, max(frames, size // width)
        if wanted - got > max(1, rate // 50):
            _report(found, got, wanted, rate)
    elif held < size - 2:
        _report(found, frames * held // size, frames, rate)
    return found.result()


def check_caf(path: Path) -> Extents:
    """Compare the data chunk and packet table with the file (Apple Core Audio Format 1.0). Raises OSError."""
    found = ExtentsBuilder()
    with path.open("rb") as file:
        source = ByteReader(file)
        rate, packet_bytes, packet_frames = 0, 0, 0
        data: tuple[int, int] | None = None
        table: tuple[int, int] | None = None
        at = 8
        for _ in range(1 << 16):
            head = source.at(at, 12)
            if len(head) < 12:
                break
            size = int.from_bytes(head[4:], "big")
            if head[:4] == b"desc":
                body = source.at(at + 12, 32)
                if len(body) == 32:
                    value = struct.unpack(">d", body[:8])[0]
                    rate = int(value) if 0 < value < 1e7 else 0
                    packet_bytes, packet_frames = struct.unpack(">II", body[16:24])
            elif head[:4] == b"pakt":
                table = (at + 12, size)
            elif head[:4] == b"data":
                data = (at + 16, size if size == _UNKNOWN else size - 4)
                if size == _UNKNOWN:
                    break
            at += 12 + size
        if data is None:
            found.missing("The file has no sound data.", "sound", 0)
            return found.result()
        begins, size = data
        held = max(0, source.size - begins)
        if held < size < _UNKNOWN:
            if packet_bytes and packet_frames:
                _report(found, held // packet_bytes * packet_frames, size // packet_bytes * packet_frames, rate)
            else:
                got, wanted = _packets(source, table, packet_frames, held) if table else (0, 0)
                if wanted:
                    _report(found, got, wanted, rate)
                else:
                    found.missing("The file ends before the end of its sound.", "sound", 0)
        elif packet_bytes == 0 and table is not None:
            got, wanted = _packets(source, table, packet_frames, size)
            if wanted - got > packet_frames:
                _report(found, got, wanted, rate)
    return found.result()


def _report(found: ExtentsBuilder, got: int, wanted: int, rate: int) -> None:
    start, end = _seconds(got, rate), _seconds(wanted, rate)
    lost = max(0, wanted - got)
    if start is not None and end is not None:
        found.sound_cut_short(start, end, lost)
    else:
        found.missing(f"The file declares {wanted} samples but contains {got}.", "sound", 0, start, end, lost)


def _seconds(samples: int, rate: int) -> Fraction | None:
    return Fraction(samples, rate) if rate else None


def _common(body: bytes, form: bytes) -> tuple[int, int, int]:
    """Return (sample frames, bytes per sample frame if uncompressed, else 0, rate) from a COMM chunk."""
    if len(body) < 18:
        return 0, 0, 0
    channels, frames, bits = struct.unpack(">HIH", body[:8])
    exponent, mantissa = struct.unpack(">HQ", body[8:18])
    shift = (exponent & 0x7FFF) - 16383 - 63
    rate = int(mantissa * Fraction(2) ** shift) if -63 <= shift <= -40 else 0
    kind = body[18:22] if form == b"AIFC" else b"NONE"
    if kind == b"ima4":
        # ima4 counts packets of 64 samples.
        frames *= 64
    if kind in (b"ulaw", b"alaw", b"ULAW", b"ALAW"):
        bits = 8
    return frames, (bits + 7) // 8 * channels if kind in _PCM else 0, rate


def _packets(source: ByteReader, table: tuple[int, int], frames: int, held: int) -> tuple[int, int]:
    """Return (samples in the file, declared samples) by the packet table's sizes."""
    at, size = table
    promised = source.number(at, 8, "big")
    valid = source.number(at + 8, 8, "big")
    body = source.at(at + 24, size - 24)
    fits = sum_of = position = 0
    for _ in range(min(promised, _MOST_PACKETS)):
        value, more = 0, True
        while more and position < len(body):
            value = (value << 7) | (body[position] & 127)
            more = bool(body[position] & 128)
            position += 1
        if more:
            break
        if not frames:
            return 0, 0
        sum_of += value
        if sum_of <= held:
            fits += 1
    if promised > _MOST_PACKETS or not frames:
        return 0, 0
    return min(fits * frames, valid), min(promised * frames, valid)
