"""AVI with OpenDML, WAV, RF64, BW64 and Sony's Wave64: compares chunk sizes with the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

from engine.ingest.extents.report import ByteReader, Extents, ExtentsBuilder, Media, seconds_text
from engine.units import format_bytes

_MOST_CHUNKS = 1 << 22
_STREAMED = (0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
_W64_DATA = bytes.fromhex("64617461f3acd3118cd100c04f8edb8a")
_W64_FMT = bytes.fromhex("666d7420f3acd3118cd100c04f8edb8a")


@dataclass(frozen=True, slots=True)
class RiffChunk:
    """A chunk's kind, the offset of its payload, and the payload's size in bytes."""

    kind: bytes
    at: int
    size: int


@dataclass(slots=True)
class _Wave:
    """A wave file's format and the position of its samples."""

    rate: int = 0
    byte_rate: int = 0
    block: int = 1
    data: RiffChunk | None = None
    samples: int = 0


@dataclass(slots=True)
class _Stream:
    """One AVI stream: `rate` is units per second, `unit` bytes per unit of sound, or 0 if each chunk is a unit."""

    media: Media | None
    rate: Fraction
    length: int
    start: int
    unit: int
    chunks: int = 0
    bytes: int = 0


def check_wave(path: Path) -> Extents:
    """Compare the declared size of a wave file's samples with the file. Raises OSError if it cannot be read."""
    found = ExtentsBuilder()
    with path.open("rb") as file:
        source = ByteReader(file)
        wave = _read_w64(source) if source.at(0, 4) == b"riff" else _read_wave(source)
    data = wave.data
    if data is None:
        found.missing("The file has no sound data.", "sound", 0)
        return found.result()
    held = max(0, source.size - data.at)
    if data.size in _STREAMED:
        if held:
            found.notes.append("unfinished header: the sound is read to the end of the file")
        return found.result()
    lost = data.size - held
    if lost < max(wave.block, 2):
        return found.result()
    # The number of samples is preferred: a compressed file's byte rate is an estimate.
    whole = Fraction(wave.samples, max(1, wave.rate)) if wave.samples else Fraction(data.size, wave.byte_rate or 1)
    if not (wave.samples and wave.rate) and not wave.byte_rate:
        found.missing(f"The file ends {format_bytes(lost)} before the end of its sound.", "sound", 0)
        return found.result()
    start = whole * (held // wave.block * wave.block) / data.size
    found.sound_cut_short(start, whole, round((whole - start) * wave.rate))
    return found.result()


def check_avi(path: Path) -> Extents:
    """Compare an AVI file's list sizes and frame counts with the file. Raises OSError if it cannot be read."""
    found = ExtentsBuilder()
    with path.open("rb") as file:
        source = ByteReader(file)
        streams, total = _read_avi_header(source)
        promised_end = 0
        live = False
        for riff in islice(riff_chunks(source, 0, source.size), 1 << 16):
            if riff.kind != b"RIFF":
                continue
            live = live or riff.size in _STREAMED
            if riff.size not in _STREAMED:
                promised_end = max(promised_end, riff.at + riff.size)
            limit = min(riff.at + riff.size, source.size) if riff.size else source.size
            for inner in riff_chunks(source, riff.at + 4, limit):
                if inner.kind == b"LIST" and source.at(inner.at, 4) == b"movi":
                    live = live or inner.size in _STREAMED
                    if inner.size not in _STREAMED:
                        promised_end = max(promised_end, inner.at + inner.size)
        if promised_end <= source.size + 1:
            # Placeholder sizes mean that the recording is still running, or was cut off.
            if live:
                found.notes.append("unfinished header: the file is read to its end")
            elif not total:
                found.notes.append("the header has no frame count")
            return found.result()
        _count(source, streams)
    cut = format_bytes(promised_end - source.size)
    for index, stream in enumerate(streams):
        if stream.media is None or not stream.rate:
            continue
        held = stream.start + (stream.bytes // stream.unit if stream.unit else stream.chunks)
        promised = stream.start + (stream.length or (total if stream.media == "picture" else 0))
        if stream.media == "picture":
            found.promised[index] = promised
        if promised > held:
            start, end = held / stream.rate, promised / stream.rate
            what = f"{promised - held} of {promised} frames" if stream.media == "picture" else seconds_text(end - start)
            found.missing(
                f"The file is {cut} too short: {what} of {stream.media} are missing."
                if stream.media == "sound"
                else f"The file is {cut} too short: {what} are missing.",
                stream.media,
                index,
                start,
                end,
                promised - held,
            )
    if not found.damage:
        found.missing(f"The file is {cut} shorter than its index declares.")
    return found.result()


def riff_chunks(source: ByteReader, at: int, end: int) -> Iterator[RiffChunk]:
    """Yield the chunks of a list with their declared sizes, which may exceed the list.

    A `ds64` chunk gives the size of the `data` chunk of RF64 and BW64 (EBU Tech 3306, ITU-R BS.2088).
    """
    wide = 0
    for _ in range(_MOST_CHUNKS):
        head = source.at(at, 8)
        if at + 8 > end or len(head) < 8:
            return
        kind, size = head[:4], int.from_bytes(head[4:], "little")
        if kind == b"ds64":
            wide = source.number(at + 16, 8, "little")
        elif kind == b"data" and size == 0xFFFFFFFF and wide:
            size = wide
        yield RiffChunk(kind, at + 8, size)
        at += 8 + size + size % 2


def _read_wave(source: ByteReader) -> _Wave:
    """Read RIFF, RF64 or BW64."""
    wave, format_at = _Wave(), 0
    for chunk in islice(riff_chunks(source, 12, source.size), 1 << 16):
        if chunk.kind == b"fmt ":
            format_at = chunk.at
            _read_format(wave, source, chunk.at)
        elif chunk.kind == b"fact":
            wave.samples = source.number(chunk.at, 4, "little")
        elif chunk.kind == b"data":
            if source.number(format_at, 2, "little") in (1, 3, 0xFFFE):
                wave.samples = 0
            wave.data = chunk
            break
    return wave


def _read_w64(source: ByteReader) -> _Wave:
    """Read Sony Wave64: chunks named by GUIDs, with 64-bit sizes that include the header, aligned to 8 bytes."""
    wave, at = _Wave(), 40
    for _ in range(1 << 16):
        name, size = source.at(at, 16), source.number(at + 16, 8, "little")
        if len(name) < 16 or (size < 24 and name != _W64_DATA):
            break
        if name == _W64_FMT:
            _read_format(wave, source, at + 24)
        elif name == _W64_DATA:
            wave.data = RiffChunk(b"data", at + 24, max(0, size - 24) if size not in _STREAMED else 0)
            break
        at += (size + 7) // 8 * 8
    return wave


def _read_format(wave: _Wave, source: ByteReader, at: int) -> None:
    wave.rate = source.number(at + 4, 4, "little")
    wave.byte_rate = source.number(at + 8, 4, "little")
    wave.block = max(1, source.number(at + 12, 2, "little"))


def _read_avi_header(source: ByteReader) -> tuple[list[_Stream], int]:
    """Return the streams, and the number of frames in the file's headers (OpenDML's if present)."""
    streams: list[_Stream] = []
    total = 0
    header = next((c for c in riff_chunks(source, 12, source.size) if source.at(c.at, 4) == b"hdrl"), None)
    if header is None:
        return streams, total
    for chunk in islice(riff_chunks(source, header.at + 4, header.at + header.size), 1 << 12):
        if chunk.kind == b"avih":
            total = source.number(chunk.at + 16, 4, "little")
        elif chunk.kind == b"LIST" and source.at(chunk.at, 4) == b"odml":
            total = max(total, source.number(chunk.at + 12, 4, "little"))
        elif chunk.kind == b"LIST" and source.at(chunk.at, 4) == b"strl":
            for inner in islice(riff_chunks(source, chunk.at + 4, chunk.at + chunk.size), 64):
                if inner.kind == b"strh":
                    streams.append(_read_stream(source, inner.at))
                    break
    return streams, total


def _read_stream(source: ByteReader, at: int) -> _Stream:
    media: dict[bytes, Media] = {b"vids": "picture", b"auds": "sound"}
    scale, rate, start, length = (source.number(at + where, 4, "little") for where in (20, 24, 28, 32))
    return _Stream(
        media.get(source.at(at, 4)),
        Fraction(rate, scale) if scale else Fraction(0),
        length,
        start,
        source.number(at + 44, 4, "little") if source.at(at, 4) == b"auds" else 0,
    )


def _count(source: ByteReader, streams: list[_Stream]) -> None:
    """Count the complete chunks and bytes of each stream in the file."""
    places = [(0, source.size)]
    left = _MOST_CHUNKS
    while places:
        at, end = places.pop()
        for chunk in riff_chunks(source, at, end):
            left -= 1
            if left < 0:
                return
            inner = min(chunk.at + chunk.size, source.size) if chunk.size not in _STREAMED else source.size
            if chunk.kind in (b"RIFF", b"LIST"):
                name = source.at(chunk.at, 4)
                if name in (b"AVI ", b"AVIX", b"movi", b"rec "):
                    # The chunks after this list are visited after the list.
                    if chunk.at + chunk.size + chunk.size % 2 < end:
                        places.append((chunk.at + chunk.size + chunk.size % 2, end))
                    places.append((chunk.at + 4, inner))
                    break
            elif chunk.kind[:2].isdigit() and chunk.kind[2:] in (b"db", b"dc", b"wb"):
                number = int(chunk.kind[:2])
                if number < len(streams) and chunk.at + chunk.size <= source.size:
                    streams[number].chunks += 1
                    streams[number].bytes += chunk.size
