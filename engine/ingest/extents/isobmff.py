"""QuickTime and MP4: compares sample tables, edit lists and top-level boxes with the file (ISO/IEC 14496-12)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from engine.ingest.extents.fragments import TrackDefaults, check_fragments
from engine.ingest.extents.report import Extents, ExtentsBuilder, Media, merge_runs, seconds_text
from engine.ingest.extents.sample_table import MOST_SAMPLES, Integers, SampleTable, read_sample_table
from engine.isobmff.boxes import child_boxes, file_boxes
from engine.units import format_bytes

_MAX_MOOV = 1 << 28
# Header durations may exceed the tables by this, in seconds: writers round to the movie's coarser time scale.
_SLACK = Fraction(1, 2)
_MEDIA: dict[str, Media] = {"vide": "picture", "soun": "sound"}


def check_movie(path: Path) -> Extents:
    """Compare the samples that `moov` and `moof` declare with the file. Raises OSError if it cannot be read."""
    found = ExtentsBuilder()
    fragments: list[tuple[int, int]] = []
    others: dict[str, tuple[int, int]] = {}
    moov = memoryview(b"")
    overrun, segments = 0, False
    with path.open("rb") as file:
        whole = file.seek(0, 2)
        for box in file_boxes(file):
            overrun = max(overrun, box.end - whole)
            if box.kind == "moov" and not moov and box.size <= _MAX_MOOV:
                moov = box.read(file)
                if len(moov) < box.size:
                    found.missing("The index (moov) is cut short.")
            elif box.kind == "moof":
                fragments.append((box.payload, box.size))
            elif box.kind == "styp":
                segments = True
            elif box.kind in ("sidx", "mfra"):
                others.setdefault(box.kind, (box.payload, box.size))
        top = dict(child_boxes(moov))
        timescale = _movie_timescale(top.get("mvhd", memoryview(b"")))
        traks = [body for kind, body in child_boxes(moov) if kind == "trak"]
        tables = [read_sample_table(trak, timescale) for trak in traks]
        fragmented = "mvex" in top
        for index, table in enumerate(tables):
            if table is not None and table.handler in _MEDIA and not table.elsewhere:
                _check_track(found, index, table, whole, fragmented)
        if fragmented:
            defaults = TrackDefaults.read(traks, tables, top["mvex"])
            # FFmpeg ends a fragmented movie with mfra; streaming segments, which start with styp, have none.
            closes = b"Lavf" in bytes(moov) and not segments
            check_fragments(found, file, whole, timescale, fragments, others, top["mvex"], defaults, overrun, closes)
    if overrun > 0 and not found.damage and not fragmented:
        found.notes.append(f"the last box lacks {format_bytes(overrun)}; no sample is affected")
    return found.result()


def _movie_timescale(mvhd: memoryview) -> int:
    at = 20 if len(mvhd) and mvhd[0] == 1 else 12
    return int.from_bytes(mvhd[at : at + 4], "big") if len(mvhd) >= at + 4 else 0


def _check_track(found: ExtentsBuilder, index: int, table: SampleTable, whole: int, fragmented: bool) -> None:
    media = _MEDIA[table.handler]
    if table.sizes is None and media == "sound":
        held_end = _check_chunks(found, index, table, whole)
    else:
        held_end = _check_samples(found, index, table, whole)
    if not fragmented and held_end is not None:
        _check_headers(found, index, table, media, held_end)


def _check_samples(found: ExtentsBuilder, index: int, table: SampleTable, whole: int) -> int | None:
    """Check each sample. Return the end of the last one, in track units, or None if damage was found."""
    held = table.counted if table.sizes is None else len(table.sizes)
    promised = max(table.counted, table.timed if table.timed <= MOST_SAMPLES else 0)
    if promised > MOST_SAMPLES:
        return None
    found.promised[index] = promised
    there = np.zeros(promised, bool)
    ends = table.ends(min(held, promised))
    there[: len(ends)] = (ends <= whole) & (ends >= 0)
    # A difference of one sample between the tables comes from a writer's rounding.
    if promised - held <= 1:
        there[held:] = True
    if held - len(ends) <= 1:
        there[len(ends) : held] = True
    if there.all():
        if table.counted > table.timed + 1 and table.timed:
            _untimed(found, index, table)
            return None
        return table.presentation_end(promised)
    media = _MEDIA[table.handler]
    times = table.decode_times(promised)
    shifts = table.composition_shifts(promised)
    edges = np.flatnonzero(np.diff(np.concatenate([[True], there, [True]])))
    for first, last in merge_runs((int(a), int(b)) for a, b in edges.reshape(-1, 2)):
        _missing_samples(found, index, table, media, times, shifts, first, last)
    return None


def _missing_samples(
    found: ExtentsBuilder,
    index: int,
    table: SampleTable,
    media: Media,
    times: Integers,
    shifts: Integers,
    first: int,
    last: int,
) -> None:
    start = int((times[first:last] + shifts[first:last]).min())
    end = int((times[first + 1 : last + 1] + shifts[first:last]).max())
    shown = table.shown(start, end)
    if shown is None:
        return
    promised = len(times) - 1
    if media == "picture":
        count, what = last - first, f"{last - first} of {promised} frames are missing from the file"
    else:
        count = round((shown[1] - shown[0]) * table.timescale)
        what = f"{seconds_text(shown[1] - shown[0])} of sound are missing from the file"
    found.missing(f"{what}.", media, index, *shown, count)


def _untimed(found: ExtentsBuilder, index: int, table: SampleTable) -> None:
    shown = table.shown(table.media_end, table.media_end + 1)
    found.missing(
        f"The index has times for {table.timed} of {table.counted} samples.",
        _MEDIA[table.handler],
        index,
        shown[0] if shown else None,
        None,
        table.counted - table.timed if table.handler == "vide" else 0,
    )


def _check_chunks(found: ExtentsBuilder, index: int, table: SampleTable, whole: int) -> int | None:
    """Check sound with a fixed sample size, chunk by chunk. Returns the same as `_check_samples`."""
    chunks = table.chunk_samples
    delta = int(table.time_deltas[0]) if len(table.time_deltas) else 1
    size = table.fixed_size
    samples_end = np.cumsum(chunks)
    ends = table.chunk_offsets + chunks * size
    missing = np.clip(ends - whole, 0, chunks * size) // max(size, 1)
    start = samples_end - missing
    runs: list[tuple[int, int]] = []
    for first, last in zip(start[missing > 0].tolist(), samples_end[missing > 0].tolist(), strict=True):
        if runs and runs[-1][1] == first:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    placed = table.placed
    promised = max(table.counted, table.timed)
    # The tolerance is 1/20 s: some writers count a chunk's padding in one table only.
    if promised - min(placed, table.counted) > table.timescale // 20 and promised < 1 << 40:
        runs.append((min(placed, table.counted), promised))
    for first, last in merge_runs(runs):
        shown = table.shown(first * delta, last * delta)
        if shown is not None:
            length = shown[1] - shown[0]
            found.missing(
                f"{seconds_text(length)} of sound are missing from the file.",
                "sound",
                index,
                *shown,
                round(length * table.timescale),
            )
    return None if runs else table.media_end


def _check_headers(found: ExtentsBuilder, index: int, table: SampleTable, media: Media, held_end: int) -> None:
    """Compare the durations in the media header, edit list and track header with the tables."""
    held = Fraction(held_end, table.timescale)
    slack = max(_SLACK, held / 50)
    wanted = Fraction(table.media_duration, table.timescale)
    for edit in table.edits:
        if edit.media_time >= 0:
            wanted = max(wanted, Fraction(edit.media_time, table.timescale) + edit.duration)
    if not table.edits:
        wanted = max(wanted, table.track_duration)
    if not held or wanted - held <= slack or wanted > 100 * held + 3600:
        if not held and wanted > slack:
            found.missing(f"The {media} track declares {seconds_text(wanted)} but is empty.", media, index)
        return
    shown = table.shown(held_end, int(wanted * table.timescale))
    if shown is None:
        return
    frames = 0
    if media == "picture" and held:
        frames = round((wanted - held) * table.counted / held)
    found.missing(
        f"The {media} track declares {seconds_text(wanted)}, its index lists {seconds_text(held)}.",
        media,
        index,
        *shown,
        frames or round((shown[1] - shown[0]) * table.timescale),
    )
