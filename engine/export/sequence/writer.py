"""Writes a sequence frame by frame, each atomically, and skips frames that already exist."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from engine.atomic_files import make_folder
from engine.errors import Cancelled, EngineError, RequestError
from engine.export.frame import LOST, FrameWriter
from engine.export.sequence.request import SequenceRequest
from engine.file_digest import sha256_of
from engine.ingest import refuse_to_replace
from engine.picture import FrameEntry, SequenceRecord
from engine.policy import Permission
from engine.units import format_bytes

Progress = Callable[[int, int, str, str], None]
"""Called with (done, total, unit, label)."""


@dataclass(frozen=True, slots=True)
class SequenceResult:
    """The size of the sequence in bytes, the number of frames that already existed, and notes about repairs."""

    bytes: int
    found: int
    notes: tuple[str, ...]


def write_frames(
    permission: Permission,
    frames: SequenceRequest,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SequenceResult:
    """Writes the requested frames, except those that already exist with the same settings.

    It resumes an earlier attempt. Raises RequestError if other files have these names (`refuse_to_overwrite`),
    EngineError if the disk is full or fails, or Cancelled; finished frames are kept. Raises PolicyError without the
    permission to export.
    """
    permission.check("export")
    make_folder(frames.folder)
    refuse_to_overwrite(frames)
    record = SequenceRecord(frames.record)
    made = frames.made
    missing = _missing(frames, record, progress, cancelled)
    _refuse_without_room(frames, len(missing))
    total, done = len(frames.ticks), len(frames.ticks) - len(missing)
    if missing:
        record.making(made, frames.making)
        with closing(
            FrameWriter(frames.footage, frames.input_transform, frames.form, frames.origin, frames.rendering)
        ) as writer:
            seen = 0
            for tick, path in missing:
                _stop_if(cancelled)
                if progress:
                    progress(done, total, "frames", frames.label)
                record.begin(path, tick, made)
                writer.write(tick, path)
                notes = [*writer.notes[seen:], *([LOST] if writer.is_lost(tick) else [])]
                record.keep(path, tick, made, tuple(notes))
                seen = len(writer.notes)
                done += 1
        record.tidy()
    if progress:
        progress(total, total, "frames", frames.label)
    kept = [kept for tick, path in frames.files if (kept := record.frame(path, tick, made))]
    counts = Counter(note for frame in kept for note in frame.notes)
    lines = tuple(f"{count} frames: {note}" if note == LOST and count > 1 else note for note, count in counts.items())
    return SequenceResult(sum(frame.bytes or 0 for frame in kept), total - len(missing), lines)


def refuse_to_overwrite(frames: SequenceRequest) -> None:
    """Raises RequestError if other files have the names of these frames, unless `frames.replace` is set.

    The footage itself is never replaced.
    """
    refuse_to_replace(frames.footage, frames.record)
    record = SequenceRecord(frames.record)
    there = [(tick, path) for tick, path in frames.files if path.exists()]
    for _, path in there:
        refuse_to_replace(frames.footage, path)
    others = [path.name for tick, path in there if not _is_ours(record.frame(path, tick, frames.made), path)]
    _refuse_others(frames, others)


def frames_are_current(folder: Path, record_name: str, files: Sequence[tuple[int, str]], made: str) -> bool:
    """Whether the folder contains all these (tick, name), by their record and their sizes in bytes."""
    try:
        record = SequenceRecord(folder / record_name)
        return all(
            (known := record.frame(folder / name, tick, made))
            and known.sha256
            and (folder / name).stat().st_size == known.bytes
            for tick, name in files
        )
    except (EngineError, OSError):
        return False


def _is_ours(known: FrameEntry | None, path: Path) -> bool:
    """Whether the record has the file, unfinished or with its current size. A changed file is not ours."""
    return known is not None and (known.sha256 is None or path.stat().st_size == known.bytes)


def _missing(
    frames: SequenceRequest, record: SequenceRecord, progress: Progress | None, cancelled: Callable[[], bool] | None
) -> list[tuple[int, Path]]:
    """The frames to write. Raises RequestError if a frame was changed since and must not be replaced."""
    missing, changed = [], []
    for number, (tick, path) in enumerate(frames.files):
        _stop_if(cancelled)
        known = record.frame(path, tick, frames.made)
        if known is None or known.sha256 is None or not path.is_file():
            missing.append((tick, path))
            continue
        if progress:
            progress(number, len(frames.ticks), "frames", f"{frames.label}: checking existing frames")
        if sha256_of(path) != known.sha256:
            missing.append((tick, path))
            changed.append(path.name)
    _refuse_others(frames, changed)
    return missing


def _refuse_others(frames: SequenceRequest, names: Sequence[str]) -> None:
    if names and not frames.replace:
        listed = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more files"
        raise RequestError(
            f"{frames.folder} already contains {listed} with other content.",
            "Choose another folder or name with -o, or add --replace to overwrite.",
        )


def _refuse_without_room(frames: SequenceRequest, count: int) -> None:
    needed, free = count * frames.frame_bytes, shutil.disk_usage(frames.folder).free
    if needed > free:
        raise EngineError(
            f"{count} frames of {frames.label} need up to {format_bytes(needed)}; "
            f"the disk of {frames.folder} has {format_bytes(free)} free.",
            "Free up space, choose a shorter stretch with --in and --out, or --compression dwaa.",
        )


def _stop_if(cancelled: Callable[[], bool] | None) -> None:
    if cancelled and cancelled():
        raise Cancelled("Stopped.", "Render again to resume; finished frames are kept.")
