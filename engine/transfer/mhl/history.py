"""An ASC MHL history: the generations of a folder, with those of folders in it that have histories of their own."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from engine.atomic_files import PARTIAL
from engine.transfer.mhl.formats import FORMATS, hash_file
from engine.transfer.mhl.manifest import (
    DEFAULT_IGNORES,
    ChainLink,
    HashEntry,
    Manifest,
    MediaEntry,
    read_chain,
    read_manifest,
)

MHL_FOLDER = "ascmhl"
# Where a generation is written before it is moved into place. A kill can leave it.
UNFINISHED_FOLDER = f".{MHL_FOLDER}{PARTIAL}"
CHAIN = "ascmhl_chain.xml"
_GENERATION = re.compile(r"(\d{4,})(?:_.+)?\.mhl")


@dataclass(frozen=True, slots=True)
class ExpectedFile:
    """A file that a history lists: its size, or None if no generation says it, and its first digest in each format."""

    size: int | None
    hashes: dict[str, str]

    @property
    def check(self) -> tuple[str, str] | None:
        """The digest to compare: (format, digest) in the fastest format, or None if the list has none."""
        return next(((name, self.hashes[name]) for name in FORMATS if name in self.hashes), None)


@dataclass
class MhlHistory:
    """The history of `folder`. `damage` says what is wrong with its own files; the generations before it are read."""

    folder: Path
    generations: list[tuple[int, Manifest]] = field(default_factory=list)
    chain: list[ChainLink] = field(default_factory=list)
    children: list[MhlHistory] = field(default_factory=list)
    damage: str | None = None

    @property
    def exists(self) -> bool:
        """Whether the folder has a history, whole or damaged."""
        return bool(self.generations or self.damage)

    @property
    def latest(self) -> int:
        """The number of the newest generation; 0 if there is none."""
        return max((number for number, _ in self.generations), default=0)

    @property
    def ignores(self) -> tuple[str, ...]:
        """The patterns that the newest generation ignores."""
        return self.generations[-1][1].ignores if self.generations else DEFAULT_IGNORES

    def walk(self) -> Iterator[MhlHistory]:
        """Yield all histories, children before their parents."""
        for child in self.children:
            yield from child.walk()
        yield self

    def owner(self, relative: str) -> tuple[MhlHistory, str]:
        """Return the history that lists a file of this folder, and the file's path in it."""
        for child in self.children:
            within = child.folder.relative_to(self.folder).as_posix() + "/"
            if relative.startswith(within):
                return child.owner(relative[len(within) :])
        return self, relative

    @cached_property
    def own_files(self) -> dict[str, ExpectedFile]:
        """The files that the generations of this history list, by their current path in it."""
        found: dict[str, ExpectedFile] = {}
        for _, manifest in self.generations:
            for entry in manifest.entries:
                # Names that lead out of the folder are not names of its files.
                if entry.is_folder or not entry.path or not _is_inside(entry.path):
                    continue
                before = found.pop(entry.previous, None) if entry.previous else None
                found[entry.path] = _merged(found.get(entry.path, before), entry)
        for manifest in (manifest for _, manifest in self.generations):
            for entry in manifest.entries:
                if entry.is_folder and entry.previous and _is_inside(entry.path):
                    _move_folder(found, entry.previous, entry.path)
        return found

    def files(self) -> dict[str, ExpectedFile]:
        """Return the listed files of this history and its children, by their path below `folder`."""
        found: dict[str, ExpectedFile] = {}
        for history in self.walk():
            within = history.folder.relative_to(self.folder)
            for path, expected in history.own_files.items():
                name = (PurePosixPath(within.as_posix()) / path).as_posix()
                found[name] = expected
        return found


def load_history(folder: Path) -> MhlHistory:
    """Read the history of a folder and of the folders in it. Damage is in the result. Raises OSError for `folder`."""
    history = load_own_history(folder)
    history.children = _child_histories(folder)
    return history


def is_ignored(relative: str) -> bool:
    """Whether no seal lists a path: histories themselves, and the Finder's view settings."""
    if MHL_FOLDER not in relative and not relative.endswith(".DS_Store"):
        return False
    parts = relative.split("/")
    return MHL_FOLDER in parts or UNFINISHED_FOLDER in parts or parts[-1] == ".DS_Store"


def load_own_history(folder: Path) -> MhlHistory:
    """Read the history of a folder without those of folders in it, as `load_history`."""
    history, place = MhlHistory(folder), folder / MHL_FOLDER
    try:
        names = {entry.name for entry in os.scandir(place) if entry.is_file()}
    except FileNotFoundError:
        return history
    except NotADirectoryError:
        history.damage = "it is not a folder"
        return history
    numbered = sorted((int(found[1]), name) for name in names if (found := _GENERATION.fullmatch(name)))
    try:
        if CHAIN not in names:
            raise ValueError("its chain file is missing")
        history.chain = read_chain(place / CHAIN)
    except Exception as problem:  # lxml raises classes of its own
        history.damage = _reason(CHAIN, problem)
    linked = {link.name: link for link in history.chain}
    for name in linked.keys() - names:
        history.damage = history.damage or f"the manifest {name} is missing"
    for number, name in numbered:
        try:
            link = linked.get(name)
            if link and hash_file(place / name, (link.format,))[link.format] != link.value:
                raise ValueError("it was changed after it was written")
            if link is None and history.chain:
                raise ValueError("it is not in the chain file")
            history.generations.append((number, read_manifest(place / name)))
        except Exception as problem:
            history.damage = history.damage or _reason(name, problem)
    if not history.generations and not history.damage:
        history.damage = "it has no manifest"
    return history


def _child_histories(folder: Path) -> list[MhlHistory]:
    found = []
    for root, folders, _ in os.walk(folder):
        folders.sort()
        if root != str(folder) and MHL_FOLDER in folders:
            found.append(load_history(Path(root)))
            folders.clear()
        elif MHL_FOLDER in folders:
            folders.remove(MHL_FOLDER)
    return found


def _merged(before: ExpectedFile | None, entry: MediaEntry) -> ExpectedFile:
    """The first digests are the file's own. A failed one only records that the file had changed by then."""
    kept = [one for one in entry.hashes if one.action != "failed"]
    hashes = dict(before.hashes) if before else {}
    for one in kept or (() if before else entry.hashes):
        hashes.setdefault(one.format, _normal(one))
    size = before.size if before and before.size is not None else (entry.size if kept or before is None else None)
    return ExpectedFile(size, hashes)


def _normal(entry: HashEntry) -> str:
    return entry.value if entry.format == "c4" else entry.value.lower()


def _move_folder(found: dict[str, ExpectedFile], previous: str, now: str) -> None:
    """Apply the renaming of a folder to files that are still listed below its earlier name."""
    for path in [one for one in found if one.startswith(previous + "/")]:
        expected = found.pop(path)
        found.setdefault(now + path[len(previous) :], expected)


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path)
    return not parts.is_absolute() and ".." not in parts.parts


def _reason(name: str, problem: Exception) -> str:
    text = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
    return f"{name}: {text}"
