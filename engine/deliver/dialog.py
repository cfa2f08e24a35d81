"""The dialog of an order whose recipe asks for cleaning, where nobody cleaned it before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.deliver.request import DeliverableRequest
from engine.sound import CleanReport, Recording, audible_track, clean, load_preset, speech_blocks
from engine.speech import speech_spans


def cleaned_sound(
    order: DeliverableRequest, preset: str, work: Path, cancelled: Callable[[], bool] | None
) -> tuple[Path, CleanReport]:
    """The whole recording's dialog by a preset, below `work`; errors as `engine.sound.clean`."""
    source = order.footage.path
    track = audible_track(source, order.footage.probe, cancelled=cancelled)
    index = track.index if track else None
    spans = speech_spans(speech_blocks(source, index, cancelled=cancelled))
    out = work / "dialog.wav"
    report = clean(Recording(source, index, tuple(spans)), load_preset(preset), out, cancelled=cancelled)
    return out, report


def cleaning_notes(report: CleanReport) -> tuple[str, ...]:
    """What a receipt says of cleaning."""
    notes = (f"dialog by {report.preset}: {report.verdict}", *report.backed_off, *report.fold.notes)
    return (*notes, repair_note(report.mended)) if report.mended else notes


def repair_note(count: int) -> str:
    """What is said of samples that were no numbers."""
    return f"{count} samples of the sound were no numbers: NaN became 0, infinity full scale"
