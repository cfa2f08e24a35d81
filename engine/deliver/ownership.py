"""Decides which existing files a delivery may overwrite."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.atomic_files import write_atomic
from engine.deliver.receipt import read_receipt
from engine.deliver.request import TRANSLATION_SUFFIX, Programme
from engine.deliver.used_package import credits_of
from engine.errors import FileInTheWayError
from engine.file_digest import sha256_of

if TYPE_CHECKING:
    from engine.sound import Codec

CHAPTERS_SUFFIX = ".chapters.txt"
CREDITS_SUFFIX = ".credits.txt"
FRAMES_SUFFIX = ".frames.jsonl"
ARCHIVE_SEAL = "ascmhl/ascmhl_chain.xml"
"""The file of an archive that stands for all of it, below its folder."""
POSTER_SUFFIXES = {"jpeg": ".poster.jpg", "png": ".poster.png"}
SHEET_SUFFIX = ".sheet.jpg"
SOUND_SUFFIXES: dict[Codec, str] = {"aac": ".m4a", "wav": ".wav", "mp3": ".mp3"}


def targets(order: Programme) -> list[str]:
    """The names of the files that a request may produce; speech in English has no translated captions."""
    recipe, kinds = order.recipe, []
    if recipe.archive:
        return [f"{order.file_name}/{ARCHIVE_SEAL}"]
    if recipe.picture:
        kinds.append(f".{recipe.movie_format}")
    elif recipe.frames:
        kinds.append(FRAMES_SUFFIX)
    if recipe.sound and not recipe.picture:
        kinds += [SOUND_SUFFIXES[codec] for codec in (recipe.sound.codec, *recipe.sound.also)]
    if recipe.captions:
        suffixes = ["", TRANSLATION_SUFFIX] if recipe.captions.translate else [""]
        kinds += [f"{suffix}.{kind}" for kind in recipe.captions.formats for suffix in suffixes]
    if order.chapters:
        kinds.append(CHAPTERS_SUFFIX)
    if "file" in recipe.metadata.credits and credits_of(order.packages):
        kinds.append(CREDITS_SUFFIX)
    if recipe.picture and recipe.poster:
        kinds.append(POSTER_SUFFIXES[recipe.poster.format])
        kinds += [SHEET_SUFFIX] if recipe.poster.sheet else []
    return [f"{order.file_name}{kind}" for kind in kinds]


@dataclass(frozen=True, slots=True)
class ExistingFile:
    """An existing file with the name of an output.

    `owner` is "delivery" if this recipe wrote it from the same source, "other" if another delivery wrote it, which
    `replace` may overwrite, and "foreign" for any other file, which nothing overwrites. `refusal` says why it is not
    overwritten.
    """

    name: str
    owner: Literal["delivery", "other", "foreign"]
    refusal: FileInTheWayError | None = None


def find_existing_files(
    order: Programme,
    folder: Path,
    source_digest: str,
    *,
    finished: Mapping[str, str] | None = None,
    by_size: bool = False,
) -> list[ExistingFile]:
    """The outputs of a request that exist already, with their owners by the folder's receipt.

    `finished` are digests of files that this request wrote and that no receipt lists yet. With `by_size`, a file's
    size identifies it instead of its digest: a preview must not read gigabytes.
    """
    listed = {file.path: (file, one) for one in read_receipt(folder).deliveries for file in one.files}
    found = []
    for name in targets(order):
        path = folder / name
        if not os.path.lexists(path):
            continue
        digest = sha256_of(path) if path.is_file() and not by_size else ""
        if digest and digest == (finished or {}).get(name):
            found.append(ExistingFile(name, "delivery"))
            continue
        written, delivered = listed.get(name, (None, None))
        if written is None or delivered is None:
            refusal = FileInTheWayError(
                f"{path} already exists and was not written by a delivery.",
                "Choose another folder with -o, or move that file away.",
            )
            found.append(ExistingFile(name, "foreign", refusal))
        elif not (path.is_file() and path.stat().st_size == written.bytes if by_size else digest == written.sha256):
            refusal = FileInTheWayError(
                f"{path} has changed since {delivered.recipe} wrote it.",
                "Choose another folder with -o, or move that file away.",
            )
            found.append(ExistingFile(name, "foreign", refusal))
        elif delivered.recipe == order.recipe.name and source_digest == delivered.source_digest:
            found.append(ExistingFile(name, "delivery"))
        else:
            of = "" if source_digest == delivered.source_digest else " from another source"
            refusal = FileInTheWayError(
                f"{folder} already contains {name}, written by {delivered.recipe}{of}.",
                "Choose another folder with -o, or add --replace to overwrite it.",
            )
            found.append(ExistingFile(name, "other", refusal))
    return found


def refuse_occupied(
    order: Programme,
    folder: Path,
    source_digest: str,
    *,
    replace: bool,
    finished: Mapping[str, str] | None = None,
) -> frozenset[str]:
    """The names of existing files that the request may overwrite (`find_existing_files`).

    Those of other deliveries are among them with `replace`. Raises FileInTheWayError, naming the file, for any other
    existing file.
    """
    found = find_existing_files(order, folder, source_digest, finished=finished)
    for one in found:
        if one.refusal and not (replace and one.owner == "other"):
            raise one.refusal
    return frozenset(one.name for one in found)


class FinishedFiles:
    """The digests of a request's finished files, stored in its working folder until the receipt lists them.

    A digest is stored before its file is renamed, so an attempt that is killed in between recognizes its own files.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "finished.json"

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 in hex, by file name."""
        try:
            return {str(name): str(digest) for name, digest in json.loads(self._path.read_bytes()).items()}
        except FileNotFoundError:
            return {}

    def add(self, name: str, file: Path) -> None:
        """Stores the digest of `file`, which will be renamed to `name`."""
        write_atomic(self._path, json.dumps({**self.digests, name: sha256_of(file)}).encode())

    def clear(self) -> None:
        """Deletes the stored digests."""
        self._path.unlink(missing_ok=True)
