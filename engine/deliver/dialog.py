"""Cleans the dialog of a request whose recipe names a sound preset, if no cleaned sound is passed in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.deliver.request import DeliverableRequest
from engine.sound import CleanReport, Recording, audible_track, clean, load_preset, speech_blocks
from engine.speech import speech_spans


def cleaned_sound(
    order: DeliverableRequest, preset: str, work: Path, cancelled: Callable[[], bool] | None
) -> tuple[Path, CleanReport]:
    """Cleans the whole recording by a preset; the file is below `work`. Errors as `engine.sound.clean`."""
    source = order.footage.path
    track = audible_track(source, order.footage.probe, cancelled=cancelled)
    index = track.index if track else None
    spans = speech_spans(speech_blocks(source, index, cancelled=cancelled))
    out = work / "dialog.wav"
    report = clean(Recording(source, index, tuple(spans)), load_preset(preset), out, cancelled=cancelled)
    return out, report


def cleaning_notes(report: CleanReport) -> tuple[str, ...]:
    """The receipt's notes about dialog cleaning."""
    notes = (f"dialog cleanup with {report.preset}: {report.verdict}", *report.backed_off, *report.fold.notes)
    return (*notes, repair_note(report.repaired)) if report.repaired else notes


def repair_note(count: int) -> str:
    """The note about samples that were NaN or infinite."""
    return f"{count} invalid audio samples replaced: NaN by 0, infinity by full scale"
