"""Writes a generation of an ASC MHL history, with directory and root hashes, atomically."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from engine import __version__
from engine.atomic_files import flush
from engine.transfer.mhl.folder_hashes import folder_hashes
from engine.transfer.mhl.formats import WRITTEN_FORMAT, hash_file, same_digest
from engine.transfer.mhl.history import CHAIN, MHL_FOLDER, UNFINISHED_FOLDER, ExpectedFile, MhlHistory, is_ignored
from engine.transfer.mhl.manifest import (
    ChainLink,
    FolderHash,
    HashEntry,
    WrittenFile,
    WrittenFolder,
    WrittenManifest,
    render_chain,
    render_manifest,
)


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file to seal: its digests by format, XXH128 among them, measured at `at`."""

    hashes: Mapping[str, str]
    at: datetime


def write_generation(
    history: MhlHistory,
    files: Mapping[str, SealedFile],
    *,
    process: Literal["transfer", "in-place"] = "transfer",
    whole: bool = True,
) -> tuple[Path, list[str]]:
    """Add a generation to a history and to those of its children. Return (manifest, files whose digest differs).

    `files` have POSIX paths below the history's folder. They are not read; only their sizes and times are. `whole` adds
    directory and root hashes, which other tools compare with the whole folder. A file whose digest differs from an
    earlier generation's is listed as failed. Each history is written atomically, children first. Raises OSError.
    """
    now = datetime.now(UTC)
    hashes: dict[str, FolderHash] = {}
    if whole:
        digests = {path: one.hashes[WRITTEN_FORMAT] for path, one in files.items()}
        hashes = folder_hashes(digests, _folders(history.folder), WRITTEN_FORMAT)
    failed: list[str] = []
    manifests: dict[Path, Path] = {}
    for one in history.walk():
        within = _within(one.folder, history.folder)
        own = {path[len(within) :]: file for path, file in files.items() if _belongs(history, one, path)}
        entries = list(_entries(one, own, hashes, within, failed))
        references = [
            (manifests[child.folder].relative_to(one.folder).as_posix(), _c4(manifests[child.folder]))
            for child in one.children
            if child.folder in manifests
        ]
        if not entries and not references:
            continue
        manifests[one.folder] = _publish(
            one,
            WrittenManifest(
                created=now,
                host=platform.node(),
                tool="Cleanwater",
                version=__version__,
                process=process,
                format=WRITTEN_FORMAT,
                entries=entries,
                root=hashes.get(within.rstrip("/")),
                ignores=one.ignores,
                references=references,
            ),
        )
    return manifests[history.folder], failed


def _folders(root: Path) -> Iterator[str]:
    """Yield the folders below a folder, empty ones too, as POSIX paths."""
    for parent, names, _ in os.walk(root):
        names[:] = [name for name in names if name not in (MHL_FOLDER, UNFINISHED_FOLDER)]
        yield from ((Path(parent) / name).relative_to(root).as_posix() for name in names)


def _within(folder: Path, root: Path) -> str:
    relative = folder.relative_to(root).as_posix()
    return "" if relative == "." else relative + "/"


def _belongs(root: MhlHistory, one: MhlHistory, path: str) -> bool:
    return not is_ignored(path) and root.owner(path)[0] is one


def _entries(
    history: MhlHistory,
    files: Mapping[str, SealedFile],
    hashes: Mapping[str, FolderHash],
    within: str,
    failed: list[str],
) -> Iterator[WrittenFile | WrittenFolder]:
    """Yield the files of a history, each folder after its files, in the order of names."""
    nested = {_within(child.folder, history.folder).rstrip("/") for child in history.children}
    folders = {
        path[len(within) :]
        for path in hashes
        if path.startswith(within)
        and path != within.rstrip("/")
        and not any(path[len(within) :].startswith(child + "/") for child in nested)
    }
    listed = [(path.split("/"), path, False) for path in files]
    # The last part sorts a folder behind its files.
    listed += [([*path.split("/"), "\U0010ffff"], path, True) for path in folders]
    for _, path, is_folder in sorted(listed):
        about = os.stat(f"{history.folder}/{path}")
        modified = datetime.fromtimestamp(about.st_mtime, UTC)
        if is_folder:
            yield WrittenFolder(path, modified, hashes[within + path])
            continue
        entries = _hash_entries(history.own_files.get(path), files[path])
        if any(one.action == "failed" for one, _ in entries):
            failed.append(within + path)
        yield WrittenFile(path, about.st_size, modified, entries)


def _hash_entries(before: ExpectedFile | None, file: SealedFile) -> list[tuple[HashEntry, datetime]]:
    """A digest in a new format counts as verified only beside one in a known format that is verified."""
    known = before.hashes if before else {}
    differs = any(name in known and not same_digest(name, known[name], value) for name, value in file.hashes.items())
    compared = any(name in known for name in file.hashes)
    action = "failed" if differs else "verified" if compared else "original"
    return [(HashEntry(name, value, action), file.at) for name, value in file.hashes.items()]


def _publish(history: MhlHistory, manifest: WrittenManifest) -> Path:
    """Write manifest and chain file under a hidden name, and move them into place: the chain file last."""
    folder, place = history.folder, history.folder / MHL_FOLDER
    unfinished = folder / UNFINISHED_FOLDER
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        unfinished.mkdir()
        number = history.latest + 1
        name = f"{number:04d}_{folder.name}_{manifest.created:%Y-%m-%d_%H%M%SZ}.mhl"
        # A long folder name leaves no room for the number and the time.
        if len(os.fsencode(name)) > 255:
            name = f"{number:04d}_{manifest.created:%Y-%m-%d_%H%M%SZ}.mhl"
        with (unfinished / name).open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(render_manifest(manifest))
        link = ChainLink(number, name, "c4", _c4(unfinished / name))
        (unfinished / CHAIN).write_text(render_chain([*history.chain, link]), encoding="utf-8")
        for written in (unfinished / name, unfinished / CHAIN):
            flush(written)
        if place.exists():
            (unfinished / name).replace(place / name)
            flush(place)
            (unfinished / CHAIN).replace(place / CHAIN)
        else:
            unfinished.rename(place)
            flush(folder)
        flush(place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return place / name


def _c4(path: Path) -> str:
    return hash_file(path, ("c4",))["c4"]
