"""The models on this machine and their state."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from engine.catalog import FrozenModel
from engine.errors import RequestError
from engine.file_digest import sha256_of
from engine.models.format_check import flaw, net_flaw, weights_in
from engine.models.names import installed_folders
from engine.models.nets.contract import contract_flaw, stored_contract
from engine.models.pins import read_pins
from engine.models.registry import packaged, registry, shipped
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
from engine.suggestion import hint_with_suggestion

_CHUNK = 1 << 20

State = Literal["installed", "packaged", "not here", "broken"]
Origin = Literal["registry", "package", "fetched", "added", "by hand"]
"""The origin of a model; "registry" if it is not installed."""
Progress = Callable[[int, int], None]


class InstallReceipt(FrozenModel):
    """The record in a model's folder of all its files, with sizes and digests."""

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
    """A model in the list.

    `size` is in bytes, None if unknown. `digests` is "known" if the files' digests are in the registry or the receipt,
    "pinned" if an earlier download stored them, else "unknown". `flaw` describes a broken model's problem.
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
    """The result of a model's verification. `ok` is None if its digests are unknown."""

    id: str
    ok: bool | None
    found: str


def receipt_in(folder: Path) -> InstallReceipt | None:
    """Return a folder's receipt, or None if it is missing or unreadable."""
    with suppress(OSError, ValidationError):
        return InstallReceipt.model_validate_json((folder / RECEIPT).read_bytes())
    return None


def models() -> list[Model]:
    """Return all known and installed models, by id. Checks names, sizes and headers; `verify` reads every byte."""
    listed = {folder.name: _installed(folder) for folder in installed_folders()}
    here, pins = packaged(), read_pins()
    for entry in registry().values():
        # A folder in the models folder takes precedence over a package, as in every other lookup.
        if entry.id not in listed:
            listed[entry.id] = _listed(entry, here.get(entry.id), pins)
    return sorted(listed.values(), key=lambda model: model.id)


def _listed(entry: RegistryEntry, path: Path | None, pins: Collection[str]) -> Model:
    broken = _problem_in(path, entry.files, entry.layout if entry.contract else None) if path else ""
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
    # A folder that the user copied here has no receipt.
    silent = {
        "title": folder.name,
        "task": task_of(folder, layout) if layout else None,
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


def task_of(folder: Path, layout: WeightsFormat) -> Task | None:
    """Return the task of a model's folder, None for a net without a valid contract."""
    if layout in TASK_OF_FORMAT:
        return TASK_OF_FORMAT[layout]
    return None if contract_flaw(folder) else stored_contract(folder).task


def _problem_in(folder: Path, files: tuple[ModelFile, ...], net: WeightsFormat | None = None) -> str:
    """Return a folder's problem (missing file, wrong size, bad header), or an empty string.

    `net` is the layout of a net in a package, whose folder has other files beside it and no contract.
    """
    for file in files:
        path = folder / file.name
        if not path.is_file():
            if not file.optional:
                return f"has no {file.name}"
        elif file.size is not None and path.stat().st_size != file.size:
            return f"has a {file.name} of {path.stat().st_size} bytes instead of {file.size}"
    return (net_flaw(folder / files[0].name, net) if net else flaw(folder)) or ""


def files_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (name, path) of a model's files, without its receipt and hidden files."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in name.parts)
        if path.is_file() and not hidden and str(name) != RECEIPT:
            yield name.as_posix(), path


def find(model: str) -> Model:
    """Return a model by its id. Raises RequestError if it is neither known nor installed."""
    for one in models():
        if one.id == model:
            return one
    hint = hint_with_suggestion(model, [one.id for one in models()], "cwtui models lists all models.")
    raise RequestError(f"There is no model {model}.", hint)


def verify(model: str | None = None, progress: Progress | None = None) -> list[ModelVerification]:
    """Read every byte of the installed models, or of one, and compare the digests.

    `progress` gets (bytes read, bytes in total). Raises RequestError if `model` is not installed.
    """
    if model is not None and find(model).path is None:
        raise RequestError(f"{model} is not installed.", f"Download it: cwtui models fetch {model}")
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
        return ModelVerification(id=model.id, ok=None, found="was added by hand: its digests are unknown")
    for file in files:
        try:
            digest = sha256_of(folder / file.name, read)
        except OSError as error:
            return ModelVerification(
                id=model.id, ok=False, found=f"has a {file.name} that cannot be read: {error.strerror}"
            )
        if digest != file.sha256:
            return ModelVerification(id=model.id, ok=False, found=f"has a {file.name} whose content has changed")
    found = f"all {len(files)} files are unchanged" if len(files) > 1 else "its file is unchanged"
    return ModelVerification(id=model.id, ok=True, found=found)
