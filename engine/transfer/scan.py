"""Finds and inspects footage before it is copied. The ingest and its plan both start with this scan."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import Cancelled, EngineError
from engine.ingest import Footage, SourceItem, find_footage
from engine.picture import is_pattern
from engine.slug import printable
from engine.transfer.recording import captured_at, has_frames, recording_files
from engine.transfer.unfinished_files import Stamp, WatchedFiles, growing, stat_stamps, still_written

Inspect = Callable[[Path], Footage]
ScanProgress = Callable[[int, int, str], None]
"""Called with (recordings inspected, recordings in total, name of the current one)."""


@dataclass(frozen=True, slots=True)
class ScannedItem:
    """A recording that can be imported: its source, its footage, and the stamp of its files before the inspection."""

    item: SourceItem
    footage: Footage
    stamp: Stamp


@dataclass(slots=True)
class FootageScan:
    """The recordings among files and folders in shooting order, refused paths with their errors, skipped files."""

    recordings: list[ScannedItem] = field(default_factory=list)
    failed: list[tuple[Path, EngineError]] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)


def scan_footage(
    paths: Sequence[Path],
    inspect: Inspect,
    *,
    in_place: bool = False,
    progress: ScanProgress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> FootageScan:
    """Find recordings, inspect each, and refuse those that are being written. Sort them in shooting order.

    Errors of single files are in the result. Raises Cancelled.
    """
    from engine.catalog import sort_recordings

    found = find_footage(paths, cancelled)
    scan = FootageScan(failed=list(found.problems), skipped=found.skipped)
    inspected: list[ScannedItem] = []
    for n, item in enumerate(found.arrivals):
        if cancelled and cancelled():
            raise Cancelled("Cancelled before anything was copied.")
        if progress:
            progress(n, len(found.arrivals), item.path.name)
        try:
            _refuse_unsealable(item)
            if in_place and is_pattern(item.path):
                raise EngineError(
                    f"{item.path.name} shares its folder with other files, so it cannot stay in place.",
                    "Move each sequence to its own folder, or ingest it without --in-place.",
                )
            stamp = stat_stamps(recording_files(item.path))
            inspected.append(ScannedItem(item, inspect(item.path), stamp))
        except EngineError as error:
            scan.failed.append((item.path, error))
    growing_now = growing([_watched(one) for one in inspected])
    scan.failed += [(inspected[n].item.path, still_written(inspected[n].item.path.name)) for n in sorted(growing_now)]
    complete = [one for n, one in enumerate(inspected) if n not in growing_now]
    scan.recordings = sort_recordings(complete, lambda one: (captured_at(one.footage), one.item.path, one.footage.name))
    return scan


def _watched(scanned: ScannedItem) -> WatchedFiles:
    endless = any(one.kind == "missing" and one.end is None for one in scanned.footage.probe.damage)
    return WatchedFiles(recording_files(scanned.item.path), scanned.stamp, endless)


def _refuse_unsealable(arrival: SourceItem) -> None:
    """Raise EngineError for names with control characters.

    XML, the seal's format, cannot contain them, and a terminal would interpret them.
    """
    frames = [path.name for path in recording_files(arrival.path)] if has_frames(arrival.path) else []
    for name in (*arrival.relative.parts, *(sidecar.name for sidecar in arrival.sidecars), *frames):
        if any(unicodedata.category(sign) in ("Cc", "Cs") or ord(sign) & 0xFFFE == 0xFFFE for sign in name):
            where = "" if name == arrival.path.name else f" (part of {printable(arrival.path.name)})"
            raise EngineError(
                f"The name of {printable(name)}{where} has control characters, or is not UTF-8.",
                "Rename it, then ingest again.",
            )
