"""The bundle for a reviewer: a folder with pictures and sound to review, a list for notes, and what is reviewed.

It needs no studio and no server: it can be sent in any way.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from engine.atomic_files import make_folder, refuse_existing, write_atomic
from engine.catalog import Exact, FrozenModel
from engine.errors import EngineError, RequestError
from engine.expert_review.notes import TEMPLATE
from engine.expert_review.rules import Scope
from engine.file_digest import sha256_of
from engine.validation import matching, read_json

MANIFEST, NOTES = "review.json", "notes.csv"
_HINT = "Get the bundle again from the person who sent it."

Sha256 = Annotated[str, matching(r"[0-9a-f]{64}", "a SHA-256 digest")]
# A plain name: a bundle has no folders, and opens nothing outside of it.
PlainName = Annotated[str, matching(r"[^/\\\x00-\x1f.][^/\\\x00-\x1f]{0,250}", "the name of a file")]


class SubjectFile(FrozenModel):
    """A file of a deliverable, which a verdict is about."""

    path: str
    sha256: Sha256
    bytes: int = Field(ge=0)


class ReviewSubject(FrozenModel):
    """A deliverable to review. `packages` is the SHA-256 of the list of market packages that it uses.

    `shown` are the files of the bundle that show it, by name, with their SHA-256.
    """

    take: str
    recipe: str
    recipe_digest: str
    packages: Sha256
    start: Exact
    duration: Exact
    files: tuple[SubjectFile, ...] = Field(min_length=1)
    shown: dict[PlainName, Sha256] = Field(default_factory=dict)


class ReviewBundle(FrozenModel):
    """What is reviewed. `id` is random. `message` is for the reviewer; `scope` is what the review must cover."""

    version: Literal[1] = 1
    id: str
    project: str
    review: str
    message: str = ""
    scope: tuple[Scope, ...]
    quorum: int
    reviewers: tuple[str, ...]
    made_at: datetime
    subjects: tuple[ReviewSubject, ...] = Field(min_length=1)


def write_bundle(folder: Path, bundle: ReviewBundle, shown: Mapping[str, Path], documents: Sequence[Path] = ()) -> None:
    """Writes a bundle as a new folder; `shown` are the files that it shows, by their names there.

    Raises FileInTheWayError if the folder exists.
    """
    refuse_existing(folder, replace=False)
    unfinished = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    make_folder(unfinished)
    for name, source in shown.items():
        shutil.copyfile(source, unfinished / name)
    for document in documents:
        shutil.copyfile(document, unfinished / document.name)
    write_atomic(unfinished / NOTES, TEMPLATE.encode())
    write_atomic(unfinished / MANIFEST, bundle.model_dump_json(indent=2).encode())
    unfinished.rename(folder)


def open_bundle(folder: Path) -> ReviewBundle:
    """The bundle in a folder, after a check of its files. Raises RequestError if it is none, EngineError if damaged."""
    path = folder / MANIFEST
    if not path.is_file():
        raise RequestError(f"{folder} is not a bundle for a review: it has no {MANIFEST}.", _HINT)
    bundle = read_json(ReviewBundle, path.read_bytes(), str(path), _HINT)
    for subject in bundle.subjects:
        for name, digest in subject.shown.items():
            file = folder / name
            if file.is_symlink() or not file.is_file():
                raise EngineError(f"{file} is missing.", _HINT)
            if sha256_of(file) != digest:
                raise EngineError(f"{file} is not the file that was sent: its SHA-256 differs.", _HINT)
    return bundle
