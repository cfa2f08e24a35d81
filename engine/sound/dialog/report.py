"""What cleaning found and did, for a person to look at."""

from __future__ import annotations

from pathlib import Path

from engine.artefact import make_folder, write_whole
from engine.sound.dialog.chain import CleanReport


def write_clean_report(folder: Path, came: Path, index: int | None, dialog: Path, report: CleanReport) -> list[Path]:
    """`sound-report.json` below `folder`: everything measured, what each stage did, and why. The paths written."""
    make_folder(folder)
    numbers = folder / "sound-report.json"
    write_whole(numbers, report.model_dump_json(indent=2).encode())
    return [numbers]
