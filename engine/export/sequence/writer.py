"""Frames are written one by one, each whole; what is there already is not made again."""

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
from engine.export.sequence.record import FrameEntry, SequenceRecord, digest_of
from engine.export.sequence.request import SequenceRequest
from engine.ingest import refuse_to_replace

Progress = Callable[[int, int, str, str], None]
"""Told (done, total, unit, what is being done)."""


@dataclass(frozen=True, slots=True)
class SequenceResult:
    """What is there now: how many bytes, how many frames of it were there before, and what had to be mended."""

    bytes: int
    found: int
    notes: tuple[str, ...]


def write_frames(
    frames: SequenceRequest, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None
) -> SequenceResult:
    """Writes what is asked for, but for frames that are there whole and were made in the same way.

    It goes on where an earlier attempt ended. Raises RequestError where other files of these names are in the way
    (`refuse_to_overwrite`), EngineError where the disk has no room or refuses, Cancelled; whole frames stay.
    """
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
    """Raises RequestError where files are in the way that are not these frames, unless they are to be replaced.

    Nothing ever replaces the footage itself.
    """
    refuse_to_replace(frames.footage, frames.record)
    record = SequenceRecord(frames.record)
    there = [(tick, path) for tick, path in frames.files if path.exists()]
    for _, path in there:
        refuse_to_replace(frames.footage, path)
    others = [path.name for tick, path in there if not _is_ours(record.frame(path, tick, frames.made), path)]
    _refuse_others(frames, others)


def frames_are_current(folder: Path, record_name: str, files: Sequence[tuple[int, str]], made: str) -> bool:
    """Whether all these (tick, name) are in the folder as they were made, by their record and their sizes."""
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
    """Made by this, or begun, and of the size it was made with; a file that somebody changed is theirs."""
    return known is not None and (known.sha256 is None or path.stat().st_size == known.bytes)


def _missing(
    frames: SequenceRequest, record: SequenceRecord, progress: Progress | None, cancelled: Callable[[], bool] | None
) -> list[tuple[int, Path]]:
    """What is to be written. RequestError where somebody changed a frame since, and it is not to be replaced."""
    missing, changed = [], []
    for number, (tick, path) in enumerate(frames.files):
        _stop_if(cancelled)
        known = record.frame(path, tick, frames.made)
        if known is None or known.sha256 is None or not path.is_file():
            missing.append((tick, path))
            continue
        if progress:
            progress(number, len(frames.ticks), "frames", f"{frames.label}: looking at what is there")
        if digest_of(path) != known.sha256:
            missing.append((tick, path))
            changed.append(path.name)
    _refuse_others(frames, changed)
    return missing


def _refuse_others(frames: SequenceRequest, names: Sequence[str]) -> None:
    if names and not frames.replace:
        listed = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more files"
        raise RequestError(
            f"{frames.folder} holds {listed} already, not as this makes them.",
            "Choose another folder or name with -o, or add --replace to write over them.",
        )


def _refuse_without_room(frames: SequenceRequest, count: int) -> None:
    needed, free = count * frames.frame_bytes, shutil.disk_usage(frames.folder).free
    if needed > free:
        raise EngineError(
            f"{count} frames of {frames.label} take up to {needed / 1e9:.1f} GB; "
            f"the disk of {frames.folder} has {free / 1e9:.1f} GB left.",
            "Make room, choose a shorter stretch with --in and --out, or --compression dwaa.",
        )


def _stop_if(cancelled: Callable[[], bool] | None) -> None:
    if cancelled and cancelled():
        raise Cancelled("Stopped.", "Render again to go on; nothing half-written is left.")
