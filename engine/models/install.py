"""Installs and removes models in the models folder, atomically."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from engine.atomic_files import exclusive_lock, flush, make_folder, write_atomic, write_error
from engine.errors import EngineError, RequestError
from engine.models.format_check import flaw, weights_in
from engine.models.installed import InstallReceipt, Model, Progress, files_in, find, models, receipt_in, task_of
from engine.models.names import models_folder
from engine.models.registry_entry import RECEIPT, UNKNOWN, ModelFile, Task, WeightsFormat, checked_id
from engine.units import format_bytes

_CHUNK = 1 << 20
# The parts of interrupted downloads are here, by model id.
_PARTS = ".fetching"


@contextmanager
def holding_models() -> Iterator[None]:
    """Lock the models folder while the block runs. Raises EngineError if another process has the lock."""
    with exclusive_lock(models_folder() / ".lock", wait=False, what="Changing the models"):
        yield


def parts_of(model: str) -> Path:
    """Return the folder for a model's partial downloads."""
    return models_folder() / _PARTS / model


def check_room(size: int) -> None:
    """Raise EngineError if the models folder's disk has less than `size` bytes left."""
    make_folder(models_folder())
    free = shutil.disk_usage(models_folder()).free
    if size > free:
        raise EngineError(
            f"Not enough space for {format_bytes(size)}: {format_bytes(free)} are free at {models_folder()}.",
            "Free some space, or remove a model: cwtui models remove ID",
        )


def install(folder: Path, receipt: InstallReceipt) -> None:
    """Move a finished folder into the models folder, atomically; it replaces a broken model.

    Raises EngineError, and installs nothing, if the folder is not a valid model of the receipt's layout.
    """
    target = models_folder() / receipt.id
    if (wrong := flaw(folder)) is not None:
        raise EngineError(f"The folder for {receipt.id} {wrong}.", "Nothing was installed.")
    found = weights_in(folder)
    if found is None or found.layout != receipt.layout:
        raise EngineError(f"The folder for {receipt.id} is not in {receipt.layout} layout.", "Nothing was installed.")
    try:
        write_atomic(folder / RECEIPT, receipt.model_dump_json(indent=1).encode())
        for path in folder.rglob("*"):
            flush(path)
        if target.exists():
            _discard(target)
        folder.replace(target)
        flush(target.parent)
    except OSError as error:
        raise write_error(receipt.id, error) from error


def add(path: Path, model: str | None = None, progress: Progress | None = None) -> Model:
    """Copy a model's folder into the models folder, with a receipt. The original is not changed.

    `model` is the new name, by default the folder's. `progress` gets (bytes copied, bytes in total).
    Raises RequestError if the folder is not a model or the name is taken, EngineError if there is not enough space.
    """
    source = path.expanduser().resolve()
    if not source.is_dir():
        raise RequestError(f"{path} is not a folder.", "Give the path of a model's folder, or of a net's file.")
    if (wrong := flaw(source)) is not None:
        raise RequestError(f"{path} {wrong}.", "Copy the model again, or choose another folder.")
    found = weights_in(source)
    assert found is not None  # flaw() returned None, so there are weights
    name = checked_id(model or source.name)
    files = list(files_in(source))
    unfinished = models_folder() / ".adding"
    with holding_models():
        if (models_folder() / name).exists():
            raise RequestError(f"Model {name} already exists.", f"Choose another name: --id {name}-2")
        shutil.rmtree(unfinished, ignore_errors=True)
        total = sum(file.stat().st_size for _, file in files)
        check_room(total)
        try:
            rows: list[ModelFile] = []
            for inside, file in files:
                done = sum(row.size or 0 for row in rows)
                rows.append(_copied(file, unfinished, inside, done, total, progress))
            task = task_of(unfinished, found.layout)
            assert task is not None  # flaw() returned None, so a net has a contract
            install(unfinished, _receipt(name, task, found.layout, tuple(rows), receipt_in(source)))
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return find(name)


def _receipt(
    name: str, task: Task, layout: WeightsFormat, files: tuple[ModelFile, ...], before: InstallReceipt | None
) -> InstallReceipt:
    """Return a receipt for a copy. The original's receipt is used if the files still match it."""
    digests = {file.name: file.sha256 for file in files}
    same = before is not None and digests == {file.name: file.sha256 for file in before.files}
    return InstallReceipt(
        id=name,
        title=before.title if before and same else name,
        task=task,
        layout=layout,
        licence=before.licence if before and same else UNKNOWN,
        page=before.page if before and same else "",
        origin="added",
        at=datetime.now(UTC),
        files=files,
    )


def _copied(source: Path, folder: Path, name: str, done: int, total: int, progress: Progress | None) -> ModelFile:
    target = folder / name
    digest, size = hashlib.sha256(), 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as file, target.open("xb") as copy:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                copy.write(chunk)
                size += len(chunk)
                if progress:
                    progress(done + size, total)
    except OSError as error:
        raise write_error(name, error) from error
    return ModelFile(name=name, size=size, sha256=digest.hexdigest())


def require_removable(model: str) -> Path | None:
    """Return the folder of a removable model, or None if there is only an interrupted download of it.

    Raises RequestError for a model that is not installed or that is part of a package.
    """
    known = next((one for one in models() if one.id == model and one.path), None)
    if known is not None and known.origin == "package":
        raise RequestError(
            f"{model} is part of a Python package, which Cleanwater does not change.",
            "Uninstall the package with the tool that installed it.",
        )
    if known is None and not parts_of(checked_id(model)).exists():
        raise RequestError(f"{model} is not installed.", "cwtui models lists the installed models.")
    return known.path if known else None


def remove(model: str) -> None:
    """Remove a model's folder and interrupted downloads of it. Pins stay. Raises the same as `require_removable`."""
    with holding_models():
        folder = require_removable(model)
        if folder:
            _discard(folder)
        shutil.rmtree(parts_of(checked_id(model)), ignore_errors=True)


def _discard(folder: Path) -> None:
    """Rename a folder to a hidden name, atomically, then delete it. Of a symbolic link only the link is removed."""
    if folder.is_symlink():
        folder.unlink()
        return
    gone = folder.with_name(f".removed-{folder.name}")
    shutil.rmtree(gone, ignore_errors=True)
    folder.replace(gone)
    shutil.rmtree(gone)
