"""What becomes of the files of a delivery if a check fails: kept, moved aside or deleted."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.atomic_files import make_folder
from engine.deliver.receipt import Deliverable, forget_deliveries, write_receipt
from engine.deliver.recipe import Recipe
from engine.errors import EngineError

FAILED = "failed"
"""The folder beside a receipt for files whose checks failed; it has a receipt of its own."""


def settle(recipe: Recipe, folder: Path, delivered: Deliverable) -> Deliverable:
    """Writes the receipt of a delivery, after its files were moved or deleted if a check failed and the recipe says so.

    Returns the delivery with the files as they are then.
    """
    if delivered.passed or recipe.files.on_fail in ("keep", "stop"):
        write_receipt(folder, delivered)
        return delivered
    names = {file.path for file in delivered.files}
    parts = [folder / name for name in sorted(names)]
    if delivered.sequence:
        parts.append(folder / delivered.sequence.folder)
    forget_deliveries(folder, names)
    if recipe.files.on_fail == "delete":
        for part in parts:
            _remove(part)
        note = "a check failed: the files were deleted"
        return delivered.model_copy(update={"files": (), "notes": (*delivered.notes, note), "sequence": None})
    aside = folder / FAILED
    make_folder(aside)
    for part in parts:
        target = aside / part.name
        _remove(target)
        part.replace(target)
    note = f"a check failed: the files are in {FAILED}/"
    moved = delivered.model_copy(update={"notes": (*delivered.notes, note)})
    write_receipt(aside, moved)
    files = tuple(file.model_copy(update={"path": f"{FAILED}/{file.path}"}) for file in moved.files)
    return moved.model_copy(update={"files": files})


def stop_after(recipe: Recipe, delivered: Deliverable) -> None:
    """Raises EngineError if a check failed and the recipe stops the takes that follow."""
    failed = [check.name for check in delivered.checks if check.failed]
    if recipe.files.on_fail == "stop" and not delivered.passed:
        raise EngineError(
            f"“{delivered.take}” failed {len(failed)} of {len(delivered.checks)} checks: {', '.join(failed)}.",
            "Its files are kept. The takes that follow are not delivered, as the recipe says (files.on_fail).",
        )


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
