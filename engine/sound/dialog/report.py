"""Writes the report of a cleanup as JSON and plots."""

from __future__ import annotations

from pathlib import Path

from engine.atomic_files import make_folder, write_atomic
from engine.sound.dialog.clean_report import CleanReport
from engine.sound.dialog.preset import Preset
from engine.sound.loudness import meter_file, series_of
from engine.sound.plots import draw_sound, plot_row


def write_clean_report(
    folder: Path,
    came: Path,
    index: int | None,
    dialog: Path,
    preset: Preset,
    report: CleanReport,
    *,
    replace: bool = True,
) -> list[Path]:
    """Writes `sound-report.json`, `.png` and `.svg` to `folder` and returns their paths.

    The JSON contains all measurements and stage outcomes. The plots show waveform and loudness before and after, and
    the gains of the stages and of the limiter, and the strength of isolation if it changes.
    """
    make_folder(folder)
    numbers = folder / "sound-report.json"
    write_atomic(numbers, report.model_dump_json(indent=2).encode(), replace=replace)
    rows = [
        plot_row(name, path, track, series_of(meter_file(path, track)))
        for name, path, track in (("before", came, index), ("after", dialog, None))
    ]
    asked = preset.loudness
    gains = {stage.stage: stage.curve for stage in report.stages if stage.curve} | {"limiter": report.limiter.curve}
    target = (asked.lufs, asked.tolerance_lu)
    return [
        numbers,
        *draw_sound(
            folder,
            "sound-report",
            rows,
            target=target,
            ceiling=asked.true_peak_dbtp,
            gains=gains,
            strength=report.isolation_strength,
            replace=replace,
        ),
    ]
