"""Fragmented MP4: compares movie fragments with each other, with the file and with its closing index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import BinaryIO

import numpy as np

from engine.ingest.extents.report import ExtentsBuilder, Media, seconds_text
from engine.ingest.extents.sample_table import SampleTable
from engine.isobmff.boxes import child_boxes

_LARGEST_FRAGMENT = 16 << 20
_MOST_FRAGMENTS = 1 << 18
_MEDIA: dict[str, Media] = {"vide": "picture", "soun": "sound"}
# Gaps in the decoding times up to this come from a writer's rounding. In seconds.
_SLACK = Fraction(1, 4)


@dataclass(slots=True)
class _Track:
    """State of one track's fragments; times in track units, without the edit list."""

    index: int
    media: Media | None
    table: SampleTable
    duration: int = 0
    size: int = 0
    end: int = 0
    frames: int = 0
    begun: bool = False
    gaps: list[tuple[int, int, bool]] = field(default_factory=list)
    lost: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(slots=True)
class TrackDefaults:
    """The tracks of a fragmented movie, by track id."""

    tracks: dict[int, _Track]

    @classmethod
    def read(cls, traks: Sequence[memoryview], tables: Sequence[SampleTable | None], mvex: memoryview) -> TrackDefaults:
        """Read the `trak` boxes, their sample tables and `mvex`."""
        tracks: dict[int, _Track] = {}
        for index, (trak, table) in enumerate(zip(traks, tables, strict=True)):
            tkhd = dict(child_boxes(trak)).get("tkhd", memoryview(b""))
            at = 20 if len(tkhd) and tkhd[0] == 1 else 12
            if table is not None and len(tkhd) >= at + 4:
                number = int.from_bytes(tkhd[at : at + 4], "big")
                tracks[number] = _Track(index, _MEDIA.get(table.handler), table, end=table.media_end)
                tracks[number].frames = table.counted
                tracks[number].begun = table.counted > 0
        for kind, body in child_boxes(mvex):
            if kind == "trex" and len(body) >= 24 and _u32(body, 4) in tracks:
                track = tracks[_u32(body, 4)]
                track.duration, track.size = _u32(body, 12), _u32(body, 16)
        return cls(tracks)


def check_fragments(
    found: ExtentsBuilder,
    file: BinaryIO,
    whole: int,
    movie_timescale: int,
    fragments: Sequence[tuple[int, int]],
    others: Mapping[str, tuple[int, int]],
    mvex: memoryview,
    defaults: TrackDefaults,
    overrun: int,
    closes: bool,
) -> None:
    """Add to `found` the data that fragments, sequence numbers, decoding times and index declare but the file lacks.

    `overrun` is the number of bytes by which the last box exceeds the file. `closes` is true if this file's writer
    ends a complete file with an index.
    """
    tracks = defaults.tracks
    before: int | None = None
    steps: list[int] = []
    for at, size in fragments[:_MOST_FRAGMENTS]:
        if at + size > whole or size > _LARGEST_FRAGMENT:
            continue
        file.seek(at)
        moof = memoryview(file.read(size))
        number = _u32(dict(child_boxes(moof)).get("mfhd", memoryview(b"")), 4)
        skipped = before is not None and number > before + 1
        if before is not None:
            steps.append(number - before)
        before = number
        _read_fragment(tracks, moof, at - 8, whole, skipped)
    # A skipped sequence number is significant only if the numbers usually increase by one.
    counted = bool(steps) and sorted(steps)[len(steps) // 2] == 1
    shown = [track for track in tracks.values() if track.media is not None]
    wanted = _promised_end(file, movie_timescale, others, mvex)
    for track in shown:
        found.promised[track.index] = track.frames
        _report_gaps(found, track, shown, counted)
        if overrun > 0 or track.lost:
            # A file that ends inside a fragment may lack more fragments than it declares.
            start = track.lost[0][0] if track.lost else track.end
            promised = int(wanted * track.table.timescale)
            end = promised if promised >= track.end else None
            _report(found, track, start, end, sum(frames for _, _, frames in track.lost))
    if not found.damage:
        _report_end(found, file, wanted, fragments, others, shown, closes)


def _read_fragment(tracks: Mapping[int, _Track], moof: memoryview, moof_at: int, whole: int, skipped: bool) -> None:
    data_at = moof_at
    for kind, traf in child_boxes(moof):
        if kind != "traf":
            continue
        boxes = list(child_boxes(traf))
        named = dict(boxes)
        header = named.get("tfhd", memoryview(b""))
        if len(header) < 8:
            continue
        flags, track = _u32(header, 0) & 0xFFFFFF, tracks.get(_u32(header, 4))
        at = 8
        base = moof_at if flags & 0x020000 else data_at
        if flags & 0x01:
            base, at = int.from_bytes(header[at : at + 8], "big"), at + 8
        at += 4 * bool(flags & 0x02)
        duration, size = (track.duration, track.size) if track else (0, 0)
        if flags & 0x08:
            duration, at = _u32(header, at), at + 4
        if flags & 0x10:
            size, at = _u32(header, at), at + 4
        if track is not None and (when := named.get("tfdt")) is not None and len(when) >= 8:
            begins = int.from_bytes(when[4:12], "big") if when[0] == 1 else _u32(when, 4)
            if track.begun and begins > track.end:
                track.gaps.append((track.end, begins, skipped))
            track.end = max(track.end, begins) if track.begun else begins
            track.begun = True
        data_at = base
        for kind_of_run, run in boxes:
            if kind_of_run == "trun" and len(run) >= 8:
                data_at = _read_run(track, run, base, data_at, duration, size, whole)


def _read_run(
    track: _Track | None, run: memoryview, base: int, data_at: int, duration: int, size: int, whole: int
) -> int:
    """Add one track run. Return the file offset of the end of its data."""
    flags, count = _u32(run, 0) & 0xFFFFFF, _u32(run, 4)
    at = 8
    if flags & 0x01:
        data_at, at = base + int.from_bytes(run[at : at + 4], "big", signed=True), at + 4
    at += 4 * bool(flags & 0x04)
    fields = [bit for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit]
    count = min(count, (len(run) - at) // (4 * len(fields)) if fields else 1 << 24)
    rows = np.frombuffer(run, ">u4", count * len(fields), at).astype(np.int64).reshape(count, len(fields))
    durations = rows[:, fields.index(0x100)] if 0x100 in fields else np.full(count, duration, np.int64)
    sizes = rows[:, fields.index(0x200)] if 0x200 in fields else np.full(count, size, np.int64)
    ends = data_at + np.cumsum(sizes)
    if track is not None:
        lost = np.flatnonzero(ends > whole)
        times = track.end + np.concatenate([np.zeros(1, np.int64), np.cumsum(durations)])
        if len(lost):
            track.lost.append((int(times[lost[0]]), int(times[-1]), len(lost)))
        track.end = int(times[-1])
        track.frames += count
        track.begun = True
    return int(ends[-1]) if count else data_at


def _report_gaps(found: ExtentsBuilder, track: _Track, tracks: Sequence[_Track], counted: bool) -> None:
    """Report gaps that are damage: a sequence number is missing, or all tracks have the gap."""
    for start, end, skipped in track.gaps[:24]:
        if Fraction(end - start, track.table.timescale) <= _SLACK:
            continue
        if (skipped and counted) or (len(tracks) > 1 and all(_has_gap(other, track, start, end) for other in tracks)):
            _report(found, track, start, end, 0)
            found.promised[track.index] += found.damage[-1].count if track.media == "picture" and found.damage else 0


def _has_gap(other: _Track, track: _Track, start: int, end: int) -> bool:
    first, last = (Fraction(at, track.table.timescale) for at in (start, end))
    overlaps = (
        min(last, Fraction(b, other.table.timescale)) - max(first, Fraction(a, other.table.timescale))
        for a, b, _ in other.gaps
    )
    return any(length > (last - first) / 2 for length in overlaps)


def _report(found: ExtentsBuilder, track: _Track, start: int, end: int | None, frames: int) -> None:
    """Report a missing part of a track; `end` is None if it is unknown."""
    shown = track.table.shown(start, start + 1 if end is None else max(end, start + 1))
    if shown is None or track.media is None:
        return
    if end is None:
        said = f"The file ends inside a fragment, at {seconds_text(shown[0])}: the rest is missing."
        found.missing(said, track.media, track.index, shown[0], None, frames if track.media == "picture" else 0)
        return
    length = shown[1] - shown[0]
    if track.media == "picture" and track.frames and track.end:
        held = track.end - sum(last - first for first, last, _ in track.gaps)
        frames = frames or round(Fraction((end - start) * track.frames, max(1, held)))
    count = frames if track.media == "picture" else round(length * track.table.timescale)
    said = f"{seconds_text(length)} of {track.media} are missing from the file."
    found.missing(said, track.media, track.index, *shown, count)


def _promised_end(
    file: BinaryIO, movie_timescale: int, others: Mapping[str, tuple[int, int]], mvex: memoryview
) -> Fraction:
    """Return the end of the fragments in seconds, declared by mehd or the segment index; 0 if neither declares it."""
    wanted = Fraction(0)
    mehd = dict(child_boxes(mvex)).get("mehd", memoryview(b""))
    if len(mehd) >= 8 and movie_timescale:
        wanted = Fraction(int.from_bytes(mehd[4 : 12 if mehd[0] else 8], "big"), movie_timescale)
    if "sidx" in others:
        file.seek(others["sidx"][0])
        wanted = max(wanted, _indexed(memoryview(file.read(min(others["sidx"][1], _LARGEST_FRAGMENT)))))
    return wanted


def _report_end(
    found: ExtentsBuilder,
    file: BinaryIO,
    wanted: Fraction,
    fragments: Sequence[tuple[int, int]],
    others: Mapping[str, tuple[int, int]],
    tracks: Sequence[_Track],
    closes: bool,
) -> None:
    """Compare the end of the fragments with mehd, sidx and mfra; add a note if none of these exists."""
    held = max((Fraction(track.end, track.table.timescale) for track in tracks), default=Fraction(0))
    if wanted - held > max(2 * _SLACK, held / 50) and wanted < 100 * held + 3600:
        found.missing(
            f"The index declares {seconds_text(wanted)}, the fragments contain {seconds_text(held)}.",
            start=held,
            end=wanted,
        )
    if "mfra" in others:
        file.seek(others["mfra"][0])
        known = {at - 8 for at, _ in fragments} | {at - 16 for at, _ in fragments}
        lost = _lost_entries(memoryview(file.read(min(others["mfra"][1], _LARGEST_FRAGMENT))), known)
        if lost and not found.damage:
            found.missing(f"{lost} fragments in the closing index (mfra) are not at their offsets.", start=held)
    if others or wanted or not fragments:
        return
    if closes:
        found.missing("The recording was not finished: it was cut off, or is still running.", start=held)
    else:
        found.notes.append("the fragments have no closing index: missing ones at the end cannot be detected")


def _indexed(sidx: memoryview) -> Fraction:
    """Return the end of a segment index (8.16.3) in seconds; 0 if it refers to other indexes."""
    if len(sidx) < 32:
        return Fraction(0)
    timescale = _u32(sidx, 8)
    at = 28 if sidx[0] else 20
    count = min(int.from_bytes(sidx[at + 2 : at + 4], "big"), (len(sidx) - at - 4) // 12)
    rows = np.frombuffer(sidx, ">u4", count * 3, at + 4).astype(np.int64).reshape(count, 3)
    if not timescale or (rows[:, 0] >> 31).any():
        return Fraction(0)
    first = int.from_bytes(sidx[12:20] if sidx[0] else sidx[12:16], "big")
    return Fraction(first + int(rows[:, 1].sum()), timescale)


def _lost_entries(mfra: memoryview, known: set[int]) -> int:
    """Return how many entries of a random access table (8.8.10) do not point at a fragment."""
    lost = 0
    for kind, body in child_boxes(mfra):
        if kind != "tfra" or len(body) < 16:
            continue
        widths = _u32(body, 8)
        size = (16 if body[0] else 8) + sum(((widths >> shift) & 3) + 1 for shift in (4, 2, 0))
        wide = 8 if body[0] else 4
        count = min(_u32(body, 12), (len(body) - 16) // size)
        offsets = (int.from_bytes(body[at : at + wide], "big") for at in range(16 + wide, 16 + count * size, size))
        lost = max(lost, sum(offset not in known for offset in offsets))
    return lost


def _u32(body: memoryview, at: int) -> int:
    return int.from_bytes(body[at : at + 4], "big")
