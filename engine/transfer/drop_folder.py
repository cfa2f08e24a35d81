"""A folder whose recordings are ingested as they arrive: each file's state, from one observation to the next."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from engine.catalog import FrozenModel
from engine.errors import EngineError
from engine.ingest import Footage, SourceItem, find_footage
from engine.transfer.recording import recording_files
from engine.transfer.unfinished_files import Stamp, open_for_writing, stat_stamps

Inspect = Callable[[Path], Footage]

SETTLE_S = 5.0
"""A recording has arrived when its files did not change for so many seconds."""
# Recordings that have arrived wait for those that still arrive, so that one ingest has all, but no longer than this.
_TOGETHER_S = 60.0


class DropState(StrEnum):
    """What the watch knows about a recording."""

    ARRIVING = "arriving"
    READY = "ready"
    INGESTING = "ingesting"
    INGESTED = "ingested"
    QUARANTINED = "quarantined"
    IGNORED = "ignored"


class DroppedFile(FrozenModel):
    """A recording in a watched folder. `path` is below the folder, `bytes` without sidecars, `stamp` of all its files.

    `reason` and `hint` say why it is quarantined or still arriving; `job` is the id of its ingest.
    """

    path: Path
    bytes: int = 0
    stamp: Stamp = ()
    state: DropState = DropState.ARRIVING
    reason: str = ""
    hint: str = ""
    job: str | None = None


@dataclass(slots=True)
class DropFolder:
    """The recordings of a watched folder. `files` is what an earlier watch knew, by path below the folder.

    A quarantined file stays where it is; it is examined again when it changes. Files are only read.
    """

    folder: Path
    inspect: Inspect
    files: dict[Path, DroppedFile] = field(default_factory=dict)
    settle: float = SETTLE_S
    _since: dict[Path, float] = field(default_factory=dict)

    def observe(self, now: float) -> None:
        """Looks at every recording. `now` is in seconds of a steady clock."""
        found = find_footage([self.folder])
        present: set[Path] = set()
        for item in found.arrivals:
            place = item.path.relative_to(self.folder)
            try:
                stamp = stat_stamps([*recording_files(item.path), *item.sidecars])
            except EngineError:
                continue
            present.add(place)
            self._observe(item, place, stamp, now)
        for path, error in found.problems:
            place = _in_utf8(path.relative_to(self.folder) if path.is_relative_to(self.folder) else path)
            present.add(place)
            self._quarantine(DroppedFile(path=place), error)
        # A disk that is away for a while leaves an empty folder: what was to be ignored is ignored when it is back.
        gone = {place for place in self.files.keys() - present if self.files[place].state is not DropState.IGNORED}
        for place in gone:
            del self.files[place]
            self._since.pop(place, None)

    def take_ready(self, now: float) -> list[Path]:
        """The recordings to ingest now, in name order: all that are ready, unless others are about to be."""
        ready = sorted(place for place, one in self.files.items() if one.state is DropState.READY)
        if not ready:
            return []
        changing = any(
            one.state is DropState.ARRIVING and now - self._since.get(place, now) < self.settle
            for place, one in self.files.items()
        )
        if changing and now - min(self._since.setdefault(place, now) for place in ready) < self.settle + _TOGETHER_S:
            return []
        return [self.folder / place for place in ready]

    def ingesting(self, paths: Iterable[Path], job: str) -> None:
        """Records that a job ingests these recordings."""
        for path in paths:
            self._change(path.relative_to(self.folder), state=DropState.INGESTING, job=job)

    def ingested(self, job: str, failed: Mapping[Path, EngineError]) -> None:
        """Records the end of a job: its recordings are ingested, except those that failed."""
        for place, one in list(self.files.items()):
            if one.job != job:
                continue
            if error := failed.get(self.folder / place):
                self._quarantine(one, error)
            else:
                self._change(place, state=DropState.INGESTED, reason="", hint="")

    def ignore_present(self) -> None:
        """Ignores the recordings that are there already. One that changes later is not ignored any more."""
        for item in find_footage([self.folder]).arrivals:
            place = item.path.relative_to(self.folder)
            files = recording_files(item.path)
            stamp = stat_stamps([*files, *item.sidecars])
            size = sum(one for one, _ in stamp[: len(files)])
            self.files.setdefault(place, DroppedFile(path=place, bytes=size, stamp=stamp, state=DropState.IGNORED))

    def _observe(self, item: SourceItem, place: Path, stamp: Stamp, now: float) -> None:
        known = self.files.get(place)
        if known is None or known.stamp != stamp:
            size = sum(one for one, _ in stamp[: len(recording_files(item.path))])
            self.files[place] = DroppedFile(path=place, bytes=size, stamp=stamp)
            self._since[place] = now
        elif known.state is DropState.ARRIVING and now - self._since.setdefault(place, now) >= self.settle:
            self._examine(item, known)

    def _examine(self, item: SourceItem, known: DroppedFile) -> None:
        if any(open_for_writing(path) for path in recording_files(item.path)):
            self._change(known.path, reason="Another program is writing it.")
            return
        try:
            footage = self.inspect(item.path)
        except EngineError as error:
            self._quarantine(known, error)
            return
        missing = next((one for one in footage.probe.damage if one.kind == "missing"), None)
        if missing is None:
            self._change(known.path, state=DropState.READY, reason="", hint="")
            return
        hint = "Copy it again; it is examined when it changes. cwtui ingest takes it as it is."
        self._quarantine(known, EngineError(f"The file is not whole: {missing.detail}", hint))

    def _quarantine(self, known: DroppedFile, error: EngineError) -> None:
        update = {"state": DropState.QUARANTINED, "reason": error.message, "hint": error.hint}
        self.files[known.path] = known.model_copy(update=update)

    def _change(self, place: Path, **fields: object) -> None:
        if known := self.files.get(place):
            self.files[place] = known.model_copy(update=fields)


def _in_utf8(path: Path) -> Path:
    """A path with escapes for bytes that are not UTF-8, which a list of files cannot store."""
    return Path(os.fsencode(path).decode("utf-8", "backslashreplace"))
