"""The files of one delivery while they are built: scratch paths, checks, notes and the sounds for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from engine.atomic_files import partial
from engine.deliver.dialog import repair_note
from engine.deliver.fidelity import Fidelity
from engine.deliver.ownership import FinishedFiles
from engine.deliver.receipt import Check, DeliverableFile, Role
from engine.deliver.running_checks import publish_checks
from engine.file_digest import sha256_of
from engine.sound import Codec, Loudness, Master

if TYPE_CHECKING:
    from engine.picture import MovieInspection

Progress = Callable[[int, int, str, str], None]
"""Called with (done, total, unit, label)."""

SoundCheck = Callable[[Master, Loudness], list[Check]]
"""The checks of a finished file's sound: its mastering, and the loudness of the file."""


@dataclass(frozen=True, slots=True)
class MasteredSound:
    """A finished sound file, the measurements and gain of its mastering, and notes about its cleaning."""

    path: Path
    master: Master
    cleaning_notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Outputs:
    """The files, checks and notes of one delivery so far.

    `work` is its working folder, `replaced` are the names of existing files that it may replace. `no_words` is the
    verdict on captions without words, `source_tracks` the number of sound tracks of its sources, `movie` its finished
    movie as inspected.
    """

    work: Path
    masters: dict[Codec, MasteredSound]
    check_sound: SoundCheck
    replaced: frozenset[str] = frozenset()
    no_words: Check | None = None
    source_tracks: int = 0
    files: list[tuple[Path, Role]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    master: Master | None = None
    fidelity: Fidelity | None = None
    movie: MovieInspection | None = None

    def use_master(self, mastered: MasteredSound) -> None:
        """Records the mastering result, and adds notes about repaired samples."""
        self.master = mastered.master
        notes = [*mastered.cleaning_notes, *mastered.master.notes]
        if mastered.master.repaired:
            notes.append(repair_note(mastered.master.repaired))
        self.notes += [note for note in notes if note not in self.notes]

    @contextmanager
    def file(self, path: Path, role: Role) -> Iterator[Path]:
        """Yields a scratch path that is renamed to `path` on success; replaces only files of this request."""
        with partial(path, replace=path.name in self.replaced) as unfinished:
            yield unfinished
            FinishedFiles(self.work).add(path.name, unfinished)
        self.files.append((path, role))

    def check(self, path: Path, checks: list[Check]) -> None:
        """Adds the checks of one file, and publishes them. A check without a finite measurement fails."""
        for check in checks:
            value = check.measured
            nothing = value is None or (isinstance(value, float) and not isfinite(value))
            passed = check.passed and not nothing
            warning = check.warning and not nothing
            self.checks.append(check.model_copy(update={"file": path.name, "passed": passed, "warning": warning}))
        publish_checks(self.work, self.checks)

    def entries(self) -> tuple[DeliverableFile, ...]:
        """The files for the receipt."""
        return tuple(
            DeliverableFile(path=path.name, sha256=sha256_of(path), bytes=path.stat().st_size, role=role)
            for path, role in self.files
        )
