"""The journal of an offload: what is proven where. Lines are appended, and flushed before a file is called safe."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.atomic_files import flush, make_folder, write_error
from engine.catalog import Project
from engine.errors import RequestError

JOURNALS = Path("offloads")
DEVICE_PREFIX = "usb:"
"""Begins the source of a device on USB; its id follows."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One file of a card, proven at one destination.

    `name` is its path on the card with the size and time that it had there, `path` the proven file's path below the
    destination. `hashes` are its digests by algorithm. `same_as` is a file with the same bytes that was there already;
    the proven file is then a link to it, and `stored_ns` is the time of that file. `differs` says from which checksum
    on the card the file differs.
    """

    name: str
    size: int
    modified_ns: int
    destination: str
    path: str
    hashes: Mapping[str, str]
    at: datetime
    same_as: str | None = None
    differs: str = ""
    stored_ns: int | None = None

    @property
    def copied(self) -> bool:
        """Whether the file has bytes of its own."""
        return self.same_as is None


@dataclass(frozen=True, slots=True)
class Failure:
    """A file, destination or entry of a card that failed in the newest run: what happened, and what to do."""

    name: str
    message: str
    hint: str
    destination: str = ""


@dataclass(slots=True)
class OffloadRecord:
    """The content of a journal.

    `folder` is the name of the card's folder at each destination. `destinations` are those of the newest run: an
    absolute path, or one relative to the studio. `listed` are the card's files then, by name: (size, time).
    `proofs` are by (name, destination). `lost` are proofs that a later verification took back. `others` is how many
    files of a device were not chosen. `finished_at` is None while a run has not ended.
    """

    path: Path
    source: str = ""
    label: str = ""
    folder: str = ""
    destinations: tuple[str, ...] = ()
    listed: dict[str, tuple[int, int]] = field(default_factory=dict)
    left_out: list[tuple[str, str, bool]] = field(default_factory=list)
    proofs: dict[tuple[str, str], Proof] = field(default_factory=dict)
    lost: dict[tuple[str, str], str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    takes: dict[str, str] = field(default_factory=dict)
    others: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def is_device(self) -> bool:
        """Whether the source is a device on USB, which has no folder."""
        return self.source.startswith(DEVICE_PREFIX)


class OffloadJournal:
    """Appends to a journal and keeps its record up to date."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.record = read_journal(path) if path.exists() else OffloadRecord(path)

    def start(
        self,
        source: str,
        label: str,
        folder: str,
        destinations: Iterable[str],
        listed: Mapping[str, tuple[int, int]],
        left_out: Iterable[tuple[str, str, bool]],
        others: int = 0,
    ) -> None:
        """Record the start of a run. Raises EngineError if the disk cannot be written."""
        entries = [{"event": "file", "name": name, "size": s, "modified_ns": m} for name, (s, m) in listed.items()]
        entries += [{"event": "left-out", "name": n, "reason": why, "has_bytes": b} for n, why, b in left_out]
        self._append(
            {
                "event": "start", "version": 1, "source": source, "label": label, "folder": folder,
                "destinations": list(destinations), "others": others,
            },
            *entries,
        )  # fmt: skip

    def prove(self, proofs: Iterable[Proof]) -> None:
        """Record proofs of a batch whose files are durable under their final names."""
        self._append(
            *(
                {
                    "event": "proven", "name": one.name, "size": one.size, "modified_ns": one.modified_ns,
                    "destination": one.destination, "path": one.path, "hashes": dict(one.hashes),
                    "same_as": one.same_as, "differs": one.differs, "stored_ns": one.stored_ns,
                }
                for one in proofs
            )
        )  # fmt: skip

    def fail(self, failure: Failure) -> None:
        """Record a failure of this run."""
        self._append(
            {
                "event": "failed", "name": failure.name, "message": failure.message, "hint": failure.hint,
                "destination": failure.destination,
            }
        )  # fmt: skip

    def lose(self, name: str, destination: str, reason: str) -> None:
        """Take back the proof of a file at a destination."""
        self._append({"event": "lost", "name": name, "destination": destination, "reason": reason})

    def finish(self, takes: Mapping[str, str]) -> None:
        """Record the end of a run, and the labels of takes by the card's file names."""
        self._append({"event": "finished", "takes": dict(takes)})

    def _append(self, *entries: Mapping[str, Any]) -> None:
        if not entries:
            return
        now = datetime.now(UTC).isoformat()
        lines = [json.dumps({"at": now, **entry}, ensure_ascii=True) for entry in entries]
        make_folder(self.path.parent)
        try:
            with self.path.open("r+b" if self.path.exists() else "x+b") as file:
                # An offload and a verification may append at the same time.
                fcntl.flock(file, fcntl.LOCK_EX)
                # A killed run may leave part of a line.
                file.truncate(_whole_length(file.seek(0, os.SEEK_END), file.fileno()))
                file.seek(0, os.SEEK_END)
                file.write("".join(f"{line}\n" for line in lines).encode())
            flush(self.path)
            flush(self.path.parent)
        except OSError as error:
            raise write_error(str(self.path), error, "offload again") from error
        for entry in entries:
            _apply(self.record, {"at": now, **entry})


def read_journal(path: Path) -> OffloadRecord:
    """Read a journal. Part of a line at its end is ignored. Raises OSError."""
    record = OffloadRecord(path)
    for line in path.read_bytes().splitlines(keepends=True):
        if line.endswith(b"\n"):
            try:
                _apply(record, json.loads(line))
            except (ValueError, KeyError, TypeError):
                # A damaged line proves nothing; the file is copied again.
                continue
    return record


def journals(project_folder: Path) -> Iterator[OffloadRecord]:
    """Yield the offloads of a project, the newest run first."""
    found = [read_journal(path) for path in (project_folder / JOURNALS).glob("*.jsonl")]
    earliest = datetime.min.replace(tzinfo=UTC)
    yield from sorted(found, key=lambda record: record.started_at or earliest, reverse=True)


def find_offload(studio: Path, project: Project, card: str | None) -> OffloadRecord:
    """Return the newest offload of a project, or of a card: its folder's path or name, or its folder in the originals.

    Raises RequestError if there is none.
    """
    found = list(journals(studio / project.folder))
    if card is not None:
        wanted = (card, os.path.abspath(card))
        found = [one for one in found if one.source in wanted or card.rstrip("/") in (one.label, one.folder)]
    if not found:
        raise RequestError(
            f"There is no offload {'of ' + card + ' ' if card else ''}into “{project.name}” yet.",
            "Run cwtui offload with the folder of a card, such as /Volumes/CARD. cwtui jobs lists one that is queued.",
        )
    return found[0]


def _whole_length(length: int, descriptor: int) -> int:
    """Return the length up to the last whole line."""
    tail = os.pread(descriptor, min(length, 1 << 20), max(0, length - (1 << 20)))
    return length if not tail or tail.endswith(b"\n") else length - len(tail) + tail.rfind(b"\n") + 1


def _apply(record: OffloadRecord, entry: Mapping[str, Any]) -> None:
    event, at = entry["event"], datetime.fromisoformat(entry["at"])
    if event == "start":
        record.source, record.label, record.folder = entry["source"], entry["label"], entry["folder"]
        record.destinations = tuple(entry["destinations"])
        record.started_at, record.finished_at = at, None
        record.others = entry.get("others", 0)
        record.listed, record.left_out, record.failures = {}, [], []
    elif event == "file":
        record.listed[entry["name"]] = (entry["size"], entry["modified_ns"])
    elif event == "left-out":
        record.left_out.append((entry["name"], entry["reason"], entry["has_bytes"]))
    elif event == "proven":
        key = (entry["name"], entry["destination"])
        record.proofs[key] = Proof(
            entry["name"], entry["size"], entry["modified_ns"], entry["destination"], entry["path"], entry["hashes"],
            at, entry["same_as"], entry["differs"], entry.get("stored_ns"),
        )  # fmt: skip
        record.lost.pop(key, None)
    elif event == "failed":
        record.failures.append(Failure(entry["name"], entry["message"], entry["hint"], entry["destination"]))
    elif event == "lost":
        record.lost[(entry["name"], entry["destination"])] = entry["reason"]
    elif event == "finished":
        record.takes, record.finished_at = entry["takes"], at
