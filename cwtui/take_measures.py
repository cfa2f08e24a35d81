"""The measures that decide between two takes, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cwtui.formatting import format_level, plural
from engine.catalog import summarize_damage
from engine.time import format_short_time

if TYPE_CHECKING:
    from engine.perception import FaceState
    from engine.studio import ComparedTake

_CONDITIONS = {"whole": "intact", "unchecked": "not checked yet"}


def take_measures(one: ComparedTake) -> tuple[tuple[str, str], ...]:
    """Returns (name, value) of each measure; a dash for one that is not known."""
    loudness, pace, pause = one.loudness, one.words_per_minute, one.longest_pause
    return (
        ("length", format_short_time(one.take.probe.duration, 1)),
        ("loudness", format_level(loudness.integrated_lufs if loudness else None)),
        ("peak", format_level(loudness.true_peak_dbtp if loudness else None, "dBTP")),
        ("words", "not transcribed yet" if one.words is None else plural(one.words, "word")),
        ("pace", "—" if pace is None else f"{pace:.0f} words a minute"),
        ("pauses", "—" if pause is None else f"up to {float(pause):.1f} s"),
        ("face", _face(one.face)),
        ("condition", summarize_damage(one.condition.damage) or _CONDITIONS[one.condition.state]),
    )


def _face(face: FaceState | None) -> str:
    if face is None:
        return "—"
    blinks = f", {plural(face.blinks, 'blink')}" if face.closed is not None else ""
    return (", ".join(face.warnings) or "sharp, well exposed") + blinks
