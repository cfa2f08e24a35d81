"""The sample tables of one QuickTime/MP4 track (ISO/IEC 14496-12, 8.6 and 8.7), as arrays."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.isobmff.boxes import child_boxes

Integers = NDArray[np.int64]

# Larger tables (155 hours of frames at 30 fps) are not expanded.
MOST_SAMPLES = 1 << 24
_EMPTY = memoryview(b"")
_PCM_BYTES = {"in24": 3, "in32": 4, "fl32": 4, "fl64": 8, "ulaw": 1, "alaw": 1}
_PCM_BY_DEPTH = frozenset({"raw ", "twos", "sowt", "lpcm", "NONE", "\0\0\0\0", "ipcm", "fpcm"})


@dataclass(frozen=True, slots=True)
class EditSegment:
    """One entry of an edit list: `duration` and `shown_at` in seconds, `media_time` in track units, −1 where empty."""

    shown_at: Fraction
    duration: Fraction
    media_time: int


@dataclass(frozen=True, slots=True)
class SampleTable:
    """A track's sample tables.

    `sizes` has an entry for each sample, or is None if all have `fixed_size` bytes. `counted`, `timed` and
    `placed` are the numbers of samples in stsz, in stts and in the chunks. Times are in 1/`timescale` seconds.
    `elsewhere` is true if the media is in another file.
    """

    handler: str
    timescale: int
    media_duration: int
    track_duration: Fraction
    edits: tuple[EditSegment, ...]
    fixed_size: int
    sizes: Integers | None
    counted: int
    time_counts: Integers
    time_deltas: Integers
    shift_counts: Integers
    shifts: Integers
    chunk_offsets: Integers
    chunk_samples: Integers
    elsewhere: bool

    @property
    def timed(self) -> int:
        """The number of samples with a time in stts."""
        return int(self.time_counts.sum())

    @property
    def placed(self) -> int:
        """The number of samples in the chunks."""
        return int(self.chunk_samples.sum())

    @property
    def media_end(self) -> int:
        """The sum of all sample durations, in track units."""
        return int((self.time_counts * self.time_deltas).sum())

    def decode_times(self, count: int) -> Integers:
        """Return the decoding times of the first `count` samples, and the end of the last.

        Samples without an entry in stts get the duration of the last entry.
        """
        deltas = _expand(self.time_counts, self.time_deltas, count)
        if len(deltas) < count:
            usual = int(self.time_deltas[-1]) if len(self.time_deltas) else 0
            deltas = np.concatenate([deltas, np.full(count - len(deltas), usual, np.int64)])
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(deltas)])

    def composition_shifts(self, count: int) -> Integers:
        """Return the composition offsets (ctts) of the first `count` samples."""
        shifts = _expand(self.shift_counts, self.shifts, count)
        return np.concatenate([shifts, np.zeros(count - len(shifts), np.int64)])

    def presentation_end(self, count: int) -> int:
        """Return the presentation end of the first `count` samples, in track units on the media's clock.

        Reordered frames end later than the sum of their durations. The edit list skips that delay (two frames with
        B-frames, which is two seconds at 1 fps).
        """
        if not count:
            return 0
        last: np.int64 = (self.decode_times(count)[1:] + self.composition_shifts(count)).max()
        return max(self.media_end, int(last))

    def ends(self, count: int) -> Integers:
        """Return the file offsets of the ends of the first `count` samples, without samples that are in no chunk."""
        count = min(count, self.placed)
        sizes = np.full(count, self.fixed_size, np.int64) if self.sizes is None else self.sizes[:count]
        count = len(sizes)
        filled = np.minimum(np.cumsum(self.chunk_samples), count)
        first = np.concatenate([np.zeros(1, np.int64), filled[:-1]])
        chunk = np.repeat(np.arange(len(filled)), filled - first)
        total = np.cumsum(sizes)
        before = total[first[chunk]] - sizes[first[chunk]]
        ends: Integers = self.chunk_offsets[chunk] + total - before
        return ends

    def shown(self, start: int, end: int) -> tuple[Fraction, Fraction] | None:
        """Convert `start` and `end` (track units) to seconds on the presentation clock; None if no edit shows them."""
        if not self.edits:
            return Fraction(start, self.timescale), Fraction(end, self.timescale)
        found: list[Fraction] = []
        for edit in self.edits:
            if edit.media_time < 0:
                continue
            length = edit.duration * self.timescale
            first, last = max(start, edit.media_time), Fraction(end)
            if edit.duration > 0:
                last = min(last, edit.media_time + length)
            if first < last:
                found += [edit.shown_at + Fraction(at - edit.media_time) / self.timescale for at in (first, last)]
        return (min(found), max(found)) if found else None


def read_sample_table(trak: memoryview, movie_timescale: int) -> SampleTable | None:
    """Read the tables of a `trak` box; None without a usable media header."""
    boxes = dict(child_boxes(trak))
    media = dict(child_boxes(boxes.get("mdia", _EMPTY)))
    info = dict(child_boxes(media.get("minf", _EMPTY)))
    table = dict(child_boxes(info.get("stbl", _EMPTY)))
    timescale, duration = _media_header(media.get("mdhd", _EMPTY))
    if not timescale or not movie_timescale:
        return None
    handler = bytes(media.get("hdlr", _EMPTY)[8:12]).decode("latin-1")
    fixed, counted, sizes = _sizes(table)
    offsets = _offsets(table)
    per_chunk = _chunk_samples(_entries(table.get("stsc", _EMPTY), 3), len(offsets))
    times = _entries(table.get("stts", _EMPTY), 2)
    shifts = _entries(table.get("ctts", _EMPTY), 2)
    if handler == "soun" and sizes is None:
        fixed = _sound_size(table.get("stsd", _EMPTY), fixed)
    return SampleTable(
        handler,
        timescale,
        duration,
        Fraction(_track_duration(boxes.get("tkhd", _EMPTY)), movie_timescale),
        _edits(dict(child_boxes(boxes.get("edts", _EMPTY))).get("elst", _EMPTY), movie_timescale),
        fixed,
        sizes,
        counted,
        times[:, 0],
        times[:, 1],
        shifts[:, 0],
        # Version 0 offsets are unsigned in the standard but signed in practice.
        shifts[:, 1].astype(np.uint32).view(np.int32).astype(np.int64),
        offsets,
        per_chunk,
        _lies_elsewhere(dict(child_boxes(info.get("dinf", _EMPTY))).get("dref", _EMPTY)),
    )


def _expand(counts: Integers, values: Integers, most: int) -> Integers:
    """Expand run-length entries to one value per sample, at most `most`."""
    before = np.concatenate([np.zeros(1, np.int64), np.minimum(np.cumsum(counts), most)])
    expanded: Integers = np.repeat(values, np.diff(before))
    return expanded


def _entries(body: memoryview, fields: int) -> Integers:
    """Read a table of 32-bit fields after version, flags and count, as far as it is complete: (entries, fields)."""
    if len(body) < 8:
        return np.zeros((0, fields), np.int64)
    count = min(int.from_bytes(body[4:8], "big"), (len(body) - 8) // (4 * fields))
    entries: Integers = np.frombuffer(body, ">u4", count * fields, 8).astype(np.int64).reshape(count, fields)
    return entries


def _offsets(table: Mapping[str, memoryview]) -> Integers:
    if "co64" in table:
        body = table["co64"]
        count = min(int.from_bytes(body[4:8], "big"), max(0, len(body) - 8) // 8)
        wide = np.frombuffer(body, ">u8", count, 8) if count else np.zeros(0, np.uint64)
        offsets: Integers = np.minimum(wide, np.uint64(1 << 62)).astype(np.int64)
        return offsets
    return _entries(table.get("stco", _EMPTY), 1)[:, 0]


def _chunk_samples(runs: Integers, chunks: int) -> Integers:
    """Return the number of samples in each chunk, from the stsc entries (first chunk, samples, description)."""
    if not len(runs) or not chunks:
        return np.zeros(0, np.int64)
    starts = np.clip(np.maximum.accumulate(runs[:, 0] - 1), 0, chunks)
    lengths = np.diff(np.concatenate([starts, [chunks]]))
    # A damaged entry may declare billions of samples in one chunk.
    samples = np.minimum(np.repeat(runs[:, 1], lengths), 1 << 40)
    padded: Integers = np.concatenate([np.zeros(chunks - len(samples), np.int64), samples])
    return padded


def _sizes(table: Mapping[str, memoryview]) -> tuple[int, int, Integers | None]:
    """Return (fixed size, number of samples, size of each). A truncated table gives fewer sizes."""
    if "stsz" in table and len(table["stsz"]) >= 12:
        body = table["stsz"]
        fixed, count = struct.unpack_from(">II", body, 4)
        if fixed:
            return fixed, count, None
        held = min(count, (len(body) - 12) // 4)
        return 0, count, np.frombuffer(body, ">u4", held, 12).astype(np.int64)
    if "stz2" in table and len(table["stz2"]) >= 12:
        body = table["stz2"]
        bits, count = body[7], int.from_bytes(body[8:12], "big")
        raw: Any = np.frombuffer(body[12:], np.uint8)
        if bits == 4:
            raw = np.stack([raw >> 4, raw & 15], -1).reshape(-1)
        elif bits == 16:
            raw = np.frombuffer(body, ">u2", (len(body) - 12) // 2, 12)
        return 0, count, raw[:count].astype(np.int64)
    return 0, 0, np.zeros(0, np.int64)


def _sound_size(stsd: memoryview, fixed: int) -> int:
    """Return the bytes per sample of uncompressed sound: QuickTime's stsz has 1, the sample description the size."""
    kind, body = next(child_boxes(stsd[8:]), ("", _EMPTY))
    if len(body) < 28:
        return fixed
    version, channels, depth = (int.from_bytes(body[at : at + 2], "big") for at in (8, 16, 18))
    if version == 2 and len(body) >= 56:
        channels, depth = (int.from_bytes(body[at : at + 4], "big") for at in (40, 48))
    width = _PCM_BYTES.get(kind, depth // 8 if kind in _PCM_BY_DEPTH else 0)
    if width and channels:
        return width * channels
    if version == 1 and len(body) >= 44:
        samples, frame = (int.from_bytes(body[at : at + 4], "big") for at in (28, 36))
        # Only complete packets have a size; a fraction is rounded down so that it never counts as damage.
        return max(1, frame // samples) if samples and frame else fixed
    return fixed


def _media_header(mdhd: memoryview) -> tuple[int, int]:
    if len(mdhd) >= 32 and mdhd[0] == 1:
        timescale, duration = struct.unpack_from(">IQ", mdhd, 20)
        return timescale, 0 if duration == (1 << 64) - 1 else duration
    if len(mdhd) >= 20:
        timescale, duration = struct.unpack_from(">II", mdhd, 12)
        return timescale, 0 if duration == (1 << 32) - 1 else duration
    return 0, 0


def _track_duration(tkhd: memoryview) -> int:
    if len(tkhd) >= 36 and tkhd[0] == 1:
        duration = int(struct.unpack_from(">Q", tkhd, 28)[0])
        return 0 if duration == (1 << 64) - 1 else duration
    if len(tkhd) >= 24:
        duration = int(struct.unpack_from(">I", tkhd, 20)[0])
        return 0 if duration == (1 << 32) - 1 else duration
    return 0


def _edits(elst: memoryview, movie_timescale: int) -> tuple[EditSegment, ...]:
    if len(elst) < 8:
        return ()
    form, size = (">Qqi", 20) if elst[0] == 1 else (">Iii", 12)
    count = min(int.from_bytes(elst[4:8], "big"), (len(elst) - 8) // size, 1 << 16)
    edits, shown_at = [], Fraction(0)
    for number in range(count):
        duration, media_time, _rate = struct.unpack_from(form, elst, 8 + number * size)
        length = Fraction(duration, movie_timescale)
        edits.append(EditSegment(shown_at, length, media_time))
        shown_at += length
    return tuple(edits)


def _lies_elsewhere(dref: memoryview) -> bool:
    """Return whether the first data reference names another file; flag 1 means this file."""
    first = next(child_boxes(dref[8:]), None)
    return first is not None and len(first[1]) >= 4 and not first[1][3] & 1
