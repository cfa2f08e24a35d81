"""Which files in a folder are a delivery's own, and may be written over."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.atomic_files import write_atomic
from engine.deliver.receipt import read_receipt
from engine.deliver.request import DeliverableRequest
from engine.errors import FileInTheWayError

if TYPE_CHECKING:
    from engine.sound import Codec

SOUND_SUFFIXES: dict[Codec, str] = {"aac": ".m4a", "wav": ".wav"}


def targets(order: DeliverableRequest) -> list[str]:
    """The names of the files that an order makes."""
    recipe, kinds = order.recipe, []
    if recipe.picture:
        kinds.append(f".{recipe.movie_format}")
    elif recipe.sound:
        kinds += [SOUND_SUFFIXES[codec] for codec in (recipe.sound.codec, *recipe.sound.also)]
    if recipe.captions:
        kinds += [f".{kind}" for kind in recipe.captions.formats]
    return [f"{order.label}{kind}" for kind in kinds]


def refuse_occupied(
    order: DeliverableRequest,
    folder: Path,
    source_digest: str,
    *,
    replace: bool,
    finished: Mapping[str, str] | None = None,
) -> frozenset[str]:
    """The names of an order's files that are there and may be written over.

    These are the files that the folder's receipt lists with the digest that they have: of the same recipe and the
    same source, or, with `replace`, of any. `finished` are digests of files that this very order wrote and that no
    receipt lists yet. Raises FileInTheWayError, naming the file, for everything else.
    """
    listed = {file.path: (file.sha256, one) for one in read_receipt(folder).deliveries for file in one.files}
    ours = set()
    for name in targets(order):
        path = folder / name
        if not os.path.lexists(path):
            continue
        digest = file_digest(path) if path.is_file() else ""
        if digest and digest == (finished or {}).get(name):
            ours.add(name)
            continue
        known, delivered = listed.get(name, ("", None))
        if delivered is None:
            raise FileInTheWayError(
                f"{path} is there already, and no delivery made it.",
                "Choose another folder with -o, or move that file away.",
            )
        if digest != known:
            raise FileInTheWayError(
                f"{path} has been changed since {delivered.recipe} made it.",
                "Choose another folder with -o, or move that file away.",
            )
        same = delivered.recipe == order.recipe.name and source_digest == delivered.source_digest
        if not same and not replace:
            of = "" if source_digest == delivered.source_digest else " of another source"
            raise FileInTheWayError(
                f"{folder} holds {name} already, made by {delivered.recipe}{of}.",
                "Choose another folder with -o, or add --replace to write over it.",
            )
        ours.add(name)
    return frozenset(ours)


class FinishedFiles:
    """The digests of an order's finished files, kept in its working folder until the receipt lists them.

    A digest is written down before its file gets its name: an attempt that was killed in between finds its own files
    again.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "finished.json"

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 by name."""
        try:
            return {str(name): str(digest) for name, digest in json.loads(self._path.read_bytes()).items()}
        except FileNotFoundError:
            return {}

    def add(self, name: str, file: Path) -> None:
        """Writes down the file that is to be called `name`."""
        write_atomic(self._path, json.dumps({**self.digests, name: file_digest(file)}).encode())

    def clear(self) -> None:
        """Forgets all of them."""
        self._path.unlink(missing_ok=True)


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
