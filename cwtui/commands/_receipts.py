"""Finds the receipt that a command means."""

from __future__ import annotations

from pathlib import Path


def receipt_folder(place: str, project: str | None, studio: Path | None) -> tuple[Path, list[str]]:
    """The folder of a receipt, and the name of the deliverable if `place` is one, which may be missing.

    `place` is a recipe of the project, a folder, a receipt, or a deliverable. Raises RequestError without a receipt.
    """
    from engine.deliver import RECEIPT
    from engine.errors import RequestError

    path, names = Path(place), list[str]()
    if path.is_file() or (not path.is_dir() and (path.parent / RECEIPT).is_file()):
        path, names = path.parent, [path.name] if path.name != RECEIPT else []
    elif not path.is_dir():
        from cwtui.commands._studio import open_studio

        with open_studio(studio) as opened_studio:
            path = opened_studio.folder / opened_studio.project(project).folder / "deliverables" / place
    if not (path / RECEIPT).is_file():
        raise RequestError(f"{path} has no receipt.", "Give a recipe that was delivered, or the folder of its files.")
    return path, names
