"""The loudness of the sides of a comparison in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cwtui.formatting import format_level

if TYPE_CHECKING:
    from engine.sound import SoundComparison

REMOVED = 2
"""The side of an audition with what the stage removes."""

# LU: no sound differs from another by more, except from silence.
_SILENT_LU = 200.0
_EQUAL_LU = 0.05


def loudness_difference(comparison: SoundComparison, side: int) -> str:
    """Returns by how much the sides were matched, or how much the removed sound is raised."""
    if side == REMOVED:
        raised = comparison.gains_db[REMOVED] - comparison.gains_db[1]
        return f"raised by {format_level(raised, 'dB')}" if raised else "at its own level"
    difference = comparison.lufs[0] - comparison.lufs[1]
    if not abs(difference) < _SILENT_LU:
        return "one side is silent"
    if abs(difference) < _EQUAL_LU:
        return "both are equally loud"
    louder, quieter = (0, 1) if difference > 0 else (1, 0)
    gap = format_level(abs(difference), "dB")
    return f"{comparison.names[louder]} was {gap} louder than {comparison.names[quieter]}: matched"
