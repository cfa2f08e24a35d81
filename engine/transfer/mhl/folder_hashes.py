"""Directory hashes of ASC MHL, from the digests of the files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from engine.transfer.mhl.formats import digest_bytes, hash_bytes
from engine.transfer.mhl.history import is_ignored
from engine.transfer.mhl.manifest import FolderHash


def folder_hashes(files: Mapping[str, str], empty: Iterable[str], name: str) -> dict[str, FolderHash]:
    """Return the hashes of each folder of these files, by POSIX path; the root's is that of the empty path.

    `files` are digests in the format `name`, by POSIX path; `empty` are folders without files. The content hash covers
    the digests of the files and folders in a folder, the structure hash their names as well (ASC MHL 2.0, “Directory
    Hashes”).
    """
    content: dict[str, list[bytes]] = defaultdict(list)
    structure: dict[str, list[bytes]] = defaultdict(list)
    folders = {""}
    for path, digest in files.items():
        if is_ignored(path):
            continue
        parent, _, own = path.rpartition("/")
        content[parent].append(digest_bytes(name, digest))
        structure[parent].append(_named(name, own, digest))
        folders.add(parent)
    folders.update(empty)
    for folder in list(folders):
        while folder := folder.rpartition("/")[0]:
            folders.add(folder)
    found: dict[str, FolderHash] = {}
    for folder in sorted(folders, key=lambda path: (len(PurePosixPath(path).parts), path), reverse=True):
        one = FolderHash(_joined(name, content[folder]), _joined(name, structure[folder]))
        found[folder] = one
        if folder:
            parent, _, own = folder.rpartition("/")
            content[parent].append(digest_bytes(name, one.content))
            structure[parent].append(_named(name, own, one.structure))
    return found


def _named(name: str, own: str, digest: str) -> bytes:
    return digest_bytes(name, hash_bytes(name, own.encode() + digest_bytes(name, digest)))


def _joined(name: str, digests: list[bytes]) -> str:
    return hash_bytes(name, b"".join(sorted(digests)))
