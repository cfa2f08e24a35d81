"""MP3: compares the frame count in a Xing, Info or VBRI header with the file (ISO/IEC 11172-3)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from engine.ingest.extents.flac import skip_id3
from engine.ingest.extents.report import ByteReader, Extents, ExtentsBuilder

_BIT_RATES = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_MOST_FRAMES = 1 << 22
_TAIL = 16 << 10


@dataclass(frozen=True, slots=True)
class _Frame:
    size: int
    samples: int
    rate: int
    side: int


def check_mp3(path: Path) -> Extents:
    """Compare the header's number of frames with the frames in the file. Raises OSError if it cannot be read."""
    found = ExtentsBuilder()
    with path.open("rb") as file:
        source = ByteReader(file)
        at = _first_frame(source, skip_id3(source))
        if at is None:
            return found.result()
        first = _frame(source.at(at, 4))
        assert first is not None
        end = _sound_end(source)
        frames, length = _counts(source, at, first)
        if not frames:
            _check_tail(found, source, at, end, first)
            return found.result()
        # The header's byte count is checked first because it is fast. Frames are counted only if it does not match.
        if length and length - (end - at) <= 2 * first.size:
            return found.result()
        held = _count(source, at + first.size, end)
        if not length and held >= frames - 2:
            return found.result()
        if held < frames - 2:
            start, wanted = (Fraction(count * first.samples, first.rate) for count in (held, frames))
            found.sound_cut_short(start, wanted, (frames - held) * first.samples)
    return found.result()


def _first_frame(source: ByteReader, at: int) -> int | None:
    """Return the offset of the first frame header that is followed by another one, within 64 KiB."""
    head = source.at(at, 1 << 16)
    place = -1
    while (place := head.find(b"\xff", place + 1)) >= 0:
        frame = _frame(head[place : place + 4])
        if frame and (_frame(source.at(at + place + frame.size, 4)) or at + place + frame.size >= source.size):
            return at + place
    return None


def _frame(head: bytes) -> _Frame | None:
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    bits, rate = head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer == 4 or bits in (0, 15) or rate == 3:
        return None
    family = 1 if version == 3 else 2
    bit_rate = _BIT_RATES[family, layer][bits - 1] * 1000
    sample_rate, padding = _RATES[version][rate], head[2] >> 1 & 1
    samples = 384 if layer == 1 else 576 if layer == 3 and family == 2 else 1152
    if layer == 1:
        size = (12 * bit_rate // sample_rate + padding) * 4
    else:
        size = samples // 8 * bit_rate // sample_rate + padding
    mono = head[3] >> 6 == 3
    side = (17 if mono else 32) if family == 1 else (9 if mono else 17)
    return _Frame(size, samples, sample_rate, side)


def _counts(source: ByteReader, at: int, first: _Frame) -> tuple[int, int]:
    """Return (frames, bytes) declared by the first frame's Xing, Info or VBRI header; 0 if not declared."""
    head = source.at(at + 4 + first.side, 16)
    if head[:4] in (b"Xing", b"Info") and len(head) == 16:
        flags = head[7]
        frames = int.from_bytes(head[8:12], "big") if flags & 1 else 0
        where = 12 if flags & 1 else 8
        return frames, int.from_bytes(head[where : where + 4], "big") if flags & 2 else 0
    head = source.at(at + 36, 18)
    if head[:4] == b"VBRI" and len(head) == 18:
        return int.from_bytes(head[14:18], "big"), int.from_bytes(head[10:14], "big")
    return 0, 0


def _sound_end(source: ByteReader) -> int:
    """Return the offset of the end of the sound, before ID3v1 and APE tags."""
    end = source.size
    if source.at(end - 128, 3) == b"TAG":
        end -= 128
    tag = source.at(end - 32, 32)
    if tag[:8] == b"APETAGEX":
        end -= int.from_bytes(tag[12:16], "little") + (32 if tag[23] & 128 else 0)
    return end


def _count(source: ByteReader, at: int, end: int) -> int:
    """Return the number of complete frames from `at` on."""
    count = 0
    while count < _MOST_FRAMES:
        frame = _frame(source.at(at, 4))
        if frame is None or at + frame.size > end:
            return count
        count += 1
        at += frame.size
    return count


def _check_tail(found: ExtentsBuilder, source: ByteReader, at: int, end: int, first: _Frame) -> None:
    """Report a partial last frame: without a header it is the only sign of a cut file."""
    start = max(at, end - _TAIL)
    tail = source.at(start, end - start)
    place = -1
    while (place := tail.find(b"\xff", place + 1)) >= 0:
        position, count = place, 0
        while (frame := _frame(tail[position : position + 4])) and frame.rate == first.rate:
            if position + frame.size > len(tail):
                if count >= 3:
                    seconds = Fraction((start + position - at) * first.samples, first.size * first.rate)
                    found.missing("The last frame is cut: the end of the file is missing.", "sound", 0, seconds)
                return
            position, count = position + frame.size, count + 1
        if count >= 3:
            return
