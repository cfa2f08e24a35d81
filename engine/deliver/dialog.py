"""Cleans the dialog of a request whose recipe names a sound preset, if no cleaned sound is passed in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.deliver.request import DeliverableRequest
from engine.sound import CleanReport, audible_track, load_preset
from engine.speech import CleanOptions, clean_recording, find_model


def cleaned_sound(
    order: DeliverableRequest, preset: str, work: Path, cancelled: Callable[[], bool] | None
) -> tuple[Path, CleanReport]:
    """Cleans the whole recording by a preset; the file is below `work`. Errors as `engine.sound.clean`.

    Its words are compared if a speech model is found.
    """
    source, model = order.footage.path, find_model()
    track = audible_track(source, order.footage.probe, cancelled=cancelled)
    options = CleanOptions(load_preset(preset), track.index if track else None, model=model.path if model else None)
    out = work / "dialog.wav"
    return out, clean_recording(source, options, out, cancelled=cancelled)


def cleaning_notes(report: CleanReport) -> tuple[str, ...]:
    """The receipt's notes about dialog cleaning."""
    notes = (
        f"dialog cleanup, preset {report.preset}: {report.verdict}",
        *report.backed_off,
        *report.fold.notes,
        *report.channel_notes,
        *filter(None, [report.harm.hearing_note]),
    )
    return (*notes, repair_note(report.repaired)) if report.repaired else notes


def repair_note(count: int) -> str:
    """The note about samples that were NaN or infinite."""
    return f"{count} invalid audio samples replaced: NaN by 0, infinity by full scale"
