"""Models put into the models folder and taken out of it: whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from engine.atomic_files import exclusive_lock, flush, make_folder, write_atomic
from engine.errors import EngineError, RequestError
from engine.models.format_check import flaw, weights_in
from engine.models.installed import InstallReceipt, Model, Progress, files_in, find, models, receipt_in
from engine.models.registry import models_folder
from engine.models.registry_entry import RECEIPT, TASK_OF_FORMAT, UNKNOWN, ModelFile, WeightsFormat, checked_id

_CHUNK = 1 << 20
# A fetch that was broken off leaves its parts here, by the model's id.
_PARTS = ".fetching"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def holding_models() -> Iterator[None]:
    """Alone with the models folder. EngineError where another process changes it."""
    with exclusive_lock(models_folder() / ".lock", wait=False, what="Changing the models"):
        yield


def parts_of(model: str) -> Path:
    """Where what has come of a model so far is kept."""
    return models_folder() / _PARTS / model


def check_room(size: int) -> None:
    """EngineError where the models folder's disk has less than `size` bytes left."""
    make_folder(models_folder())
    free = shutil.disk_usage(models_folder()).free
    if size > free:
        raise EngineError(
            f"There is no room for {size / 1e6:,.0f} MB: {free / 1e6:,.0f} MB are free at {models_folder()}.",
            "Make room, or remove a model: cwtui models remove ID",
        )


def not_written(name: str, error: OSError) -> EngineError:
    """The disk refused while the file `name` of a model was written."""
    if error.errno in _FULL:
        return EngineError(f"The disk is full: {name} could not be written.", "Make room, then run this again.")
    return EngineError(
        f"{name} could not be written: {error.strerror or error}.", f"Check the disk and {models_folder()}."
    )


def install(folder: Path, receipt: InstallReceipt) -> None:
    """Makes a finished folder a model of the models folder, in one step, in the place of a broken one.

    Raises EngineError where it does not look like the model that it should be; nothing is installed then.
    """
    target = models_folder() / receipt.id
    if (wrong := flaw(folder)) is not None:
        raise EngineError(f"What came for {receipt.id} {wrong}.", "Nothing was installed.")
    found = weights_in(folder)
    if found is None or found.layout != receipt.layout:
        raise EngineError(f"What came for {receipt.id} is not laid out as {receipt.layout}.", "Nothing was installed.")
    try:
        write_atomic(folder / RECEIPT, receipt.model_dump_json(indent=1).encode())
        for path in folder.rglob("*"):
            flush(path)
        if target.exists():
            _discard(target)
        folder.replace(target)
        flush(target.parent)
    except OSError as error:
        raise not_written(receipt.id, error) from error


def add(path: Path, model: str | None = None, progress: Progress | None = None) -> Model:
    """Copies a model's folder into the models folder, with a receipt; the original stays as it is.

    `model` is the name it gets, else its folder's own. `progress` gets bytes copied, and all of them.
    Raises RequestError where the folder is no model or the name is taken, EngineError where there is no room.
    """
    source = path.expanduser().resolve()
    if not source.is_dir():
        raise RequestError(f"{path} is no folder.", "Name the folder of a model.")
    if (wrong := flaw(source)) is not None:
        raise RequestError(f"{path} {wrong}.", "Copy the model again, or name another folder.")
    found = weights_in(source)
    assert found is not None  # what has no flaw has weights
    name = checked_id(model or source.name)
    files = list(files_in(source))
    unfinished = models_folder() / ".adding"
    with holding_models():
        if (models_folder() / name).exists():
            raise RequestError(f"There is a model {name} already.", f"Choose another name: --id {name}-2")
        shutil.rmtree(unfinished, ignore_errors=True)
        total = sum(file.stat().st_size for _, file in files)
        check_room(total)
        try:
            rows: list[ModelFile] = []
            for inside, file in files:
                done = sum(row.size or 0 for row in rows)
                rows.append(_copied(file, unfinished, inside, done, total, progress))
            install(unfinished, _receipt(name, found.layout, tuple(rows), receipt_in(source)))
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return find(name)


def _receipt(
    name: str, layout: WeightsFormat, files: tuple[ModelFile, ...], before: InstallReceipt | None
) -> InstallReceipt:
    """A receipt for a copy. What a receipt beside the original says holds where these are its files still."""
    digests = {file.name: file.sha256 for file in files}
    same = before is not None and digests == {file.name: file.sha256 for file in before.files}
    return InstallReceipt(
        id=name,
        title=before.title if before and same else name,
        task=TASK_OF_FORMAT[layout],
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
        raise not_written(name, error) from error
    return ModelFile(name=name, size=size, sha256=digest.hexdigest())


def require_removable(model: str) -> Path | None:
    """The folder of a model that may be removed, None where only a broken-off fetch of it is here.

    Raises RequestError for a model that is not here or that came with a package.
    """
    known = next((one for one in models() if one.id == model and one.path), None)
    if known is not None and known.origin == "package":
        raise RequestError(
            f"{model} came with a Python package, which Cleanwater does not take apart.",
            "Remove the package itself with what installed it.",
        )
    if known is None and not parts_of(checked_id(model)).exists():
        raise RequestError(f"{model} is not here, so there is nothing to remove.", "cwtui models lists what is here.")
    return known.path if known else None


def remove(model: str) -> None:
    """Removes a model's folder, and what a broken-off fetch of it left. Pins stay. Raises as `require_removable`."""
    with holding_models():
        folder = require_removable(model)
        if folder:
            _discard(folder)
        shutil.rmtree(parts_of(checked_id(model)), ignore_errors=True)


def _discard(folder: Path) -> None:
    """Takes a folder out of sight in one step, then its files. A link's target is not the models folder's to take."""
    if folder.is_symlink():
        folder.unlink()
        return
    gone = folder.with_name(f".removed-{folder.name}")
    shutil.rmtree(gone, ignore_errors=True)
    folder.replace(gone)
    shutil.rmtree(gone)
