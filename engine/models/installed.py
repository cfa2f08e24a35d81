"""The models on this machine: which are here, and whether they are whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from engine.catalog import FrozenModel
from engine.errors import RequestError
from engine.models.format_check import flaw, weights_in
from engine.models.pins import read_pins
from engine.models.registry import models_folder, packaged, registry, shipped
from engine.models.registry_entry import (
    RECEIPT,
    TASK_OF_FORMAT,
    UNKNOWN,
    ModelFile,
    ModelNeeds,
    RegistryEntry,
    Task,
    WeightsFormat,
)

_CHUNK = 1 << 20

State = Literal["installed", "packaged", "not here", "broken"]
Origin = Literal["registry", "package", "fetched", "added", "by hand"]
"""Where a model is from; "registry" while it is not here."""
Progress = Callable[[int, int], None]


class InstallReceipt(FrozenModel):
    """What was put into a model's folder, kept in it: every file with its size and digest."""

    version: Literal[1] = 1
    id: str
    title: str
    task: Task
    layout: WeightsFormat
    licence: str
    page: str
    origin: Literal["fetched", "added"]
    at: datetime
    files: tuple[ModelFile, ...]


class Model(FrozenModel):
    """A model as it is listed.

    `size` is in bytes, None while unknown. `digests` says whether its files' digests are in the registry or the
    receipt (known), were pinned by an earlier fetch, or are unknown. `flaw` says what is broken.
    """

    id: str
    title: str
    task: Task | None
    layout: WeightsFormat | None
    licence: str
    page: str
    size: int | None
    state: State
    digests: Literal["known", "pinned", "unknown"]
    origin: Origin
    needs: ModelNeeds = ModelNeeds()
    path: Path | None = None
    flaw: str = ""


class ModelVerification(FrozenModel):
    """What a model's digests said. `ok` is None where nobody knows what they should be."""

    id: str
    ok: bool | None
    found: str


def installed_folders() -> list[Path]:
    """The folders in the models folder, in order; what is hidden is unfinished or not a model."""
    kept = models_folder()
    if not kept.is_dir():
        return []
    return sorted(folder for folder in kept.iterdir() if folder.is_dir() and not folder.name.startswith("."))


def receipt_in(folder: Path) -> InstallReceipt | None:
    """What a folder says of itself; None where it says nothing, or nothing that can be read."""
    with suppress(OSError, ValidationError):
        return InstallReceipt.model_validate_json((folder / RECEIPT).read_bytes())
    return None


def models() -> list[Model]:
    """Every model that is known or here, by id. Looks at names, sizes and headers; `verify` reads every byte."""
    listed = {folder.name: _installed(folder) for folder in installed_folders()}
    here, pins = packaged(), read_pins()
    for entry in registry().values():
        # A folder of the same name comes before the package wherever a model is looked for.
        if entry.id not in listed:
            listed[entry.id] = _listed(entry, here.get(entry.id), pins)
    return sorted(listed.values(), key=lambda model: model.id)


def _listed(entry: RegistryEntry, path: Path | None, pins: Collection[str]) -> Model:
    broken = _problem_in(path, entry.files) if path else ""
    unsure = [file for file in entry.files if file.sha256 == UNKNOWN and not file.optional]
    return Model(
        **_description(entry),
        id=entry.id,
        size=entry.size,
        state="broken" if broken else "packaged" if path else "not here",
        digests="known" if not unsure else "pinned" if all(file.url in pins for file in unsure) else "unknown",
        origin="package" if entry.package else "registry",
        needs=entry.needs,
        path=path,
        flaw=broken,
    )


def _installed(folder: Path) -> Model:
    receipt, found = receipt_in(folder), weights_in(folder)
    layout = found.layout if found else None
    # A folder that somebody put here by hand says nothing of itself.
    silent = {
        "title": folder.name,
        "task": TASK_OF_FORMAT[layout] if layout else None,
        "layout": layout,
        "licence": UNKNOWN,
        "page": "",
    }
    broken = _problem_in(folder, receipt.files if receipt else ())
    return Model(
        **(_description(receipt) if receipt else silent),
        id=folder.name,
        size=sum(path.stat().st_size for _, path in files_in(folder)),
        state="broken" if broken else "installed",
        digests="known" if receipt else "unknown",
        origin=receipt.origin if receipt else "by hand",
        path=folder,
        flaw=broken,
    )


def _description(known: RegistryEntry | InstallReceipt) -> dict[str, Any]:
    return known.model_dump(include={"title", "task", "layout", "licence", "page"})


def _problem_in(folder: Path, files: tuple[ModelFile, ...]) -> str:
    """What is wrong with a folder at a look: its headers, a file that is gone or of another size."""
    for file in files:
        path = folder / file.name
        if not path.is_file():
            if not file.optional:
                return f"has no {file.name}"
        elif file.size is not None and path.stat().st_size != file.size:
            return f"has a {file.name} of {path.stat().st_size} bytes instead of {file.size}"
    return flaw(folder) or ""


def files_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """A model's files by their names inside it, without its receipt and what is hidden."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in name.parts)
        if path.is_file() and not hidden and str(name) != RECEIPT:
            yield name.as_posix(), path


def find(model: str) -> Model:
    """A model by its id. RequestError where none of that name is known or here."""
    for one in models():
        if one.id == model:
            return one
    raise RequestError(f"There is no model {model}.", "cwtui models lists those that are known.")


def verify(model: str | None = None, progress: Progress | None = None) -> list[ModelVerification]:
    """Reads every byte of the models that are here, or of one, and compares with what is known of them.

    `progress` gets bytes read, and all of them. RequestError where the one named is not here.
    """
    if model is not None and find(model).path is None:
        raise RequestError(f"{model} is not here, so there is nothing to verify.", f"cwtui models fetch {model}")
    chosen = [one for one in models() if one.path and model in (None, one.id)]
    total, done = sum(one.size or 0 for one in chosen), 0

    def read(count: int) -> None:
        nonlocal done
        done += count
        if progress:
            progress(min(done, total), total)

    return [_verified(one, one.path, read) for one in chosen if one.path]


def _verified(model: Model, folder: Path, read: Callable[[int], None]) -> ModelVerification:
    receipt = receipt_in(folder)
    files = shipped()[model.id].files if model.origin == "package" else receipt.files if receipt else ()
    if model.flaw:
        return ModelVerification(id=model.id, ok=False, found=model.flaw)
    if not files:
        return ModelVerification(id=model.id, ok=None, found="was put here by hand: no digest of it is known")
    for file in files:
        try:
            digest = sha256_of(folder / file.name, read)
        except OSError as error:
            return ModelVerification(
                id=model.id, ok=False, found=f"has a {file.name} that cannot be read: {error.strerror}"
            )
        if digest != file.sha256:
            return ModelVerification(id=model.id, ok=False, found=f"has a {file.name} whose content has changed")
    return ModelVerification(id=model.id, ok=True, found=f"all {len(files)} files are as they were")


def sha256_of(path: Path, read: Callable[[int], None] | None = None) -> str:
    """SHA-256 of a file in hex; `read` gets the bytes of each piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            if read:
                read(len(chunk))
    return digest.hexdigest()
