"""Rich Transcription Time Marked, the exchange format for diarization (NIST RT-09 evaluation plan, appendix A)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

from engine.errors import RequestError
from engine.speech.diarize.turns import SpeakerTurn

_FIELDS = 8


def read_rttm(text: str, source: str = "the file") -> list[SpeakerTurn]:
    """The turns of the SPEAKER lines, in order of their start; other lines are skipped.

    Raises RequestError with the line number if a line is malformed, or if there is more than one recording.
    """
    turns, recordings = [], set()
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields or fields[0] != "SPEAKER":
            continue
        if len(fields) < _FIELDS:
            raise RequestError(
                f"Line {number} of {source} has {len(fields)} fields.",
                "A SPEAKER line needs at least 8: see the RTTM format.",
            )
        recordings.add((fields[1], fields[2]))
        start, length = _seconds(fields[3], number, source), _seconds(fields[4], number, source)
        if length:
            turns.append(SpeakerTurn(start=start, end=start + length, speaker=fields[7]))
    if len(recordings) > 1:
        named = ", ".join(sorted(f"{name} (channel {channel})" for name, channel in recordings))
        raise RequestError(f"{source} contains more than one recording: {named}.", "Keep the lines of one recording.")
    return sorted(turns, key=lambda turn: (turn.start, turn.end, turn.speaker))


def write_rttm(turns: Iterable[SpeakerTurn], recording: str) -> str:
    """The turns as SPEAKER lines, to the millisecond. Spaces in names become _, because fields cannot contain them."""
    name = _one_field(recording)
    return "".join(
        f"SPEAKER {name} 1 {float(turn.start):.3f} {float(turn.end - turn.start):.3f} "
        f"<NA> <NA> {_one_field(turn.speaker)} <NA> <NA>\n"
        for turn in turns
    )


def _one_field(text: str) -> str:
    return "_".join(text.split()) or "unnamed"


def _seconds(field: str, number: int, source: str) -> Fraction:
    try:
        value = float(field)
        if not math.isfinite(value) or value < 0:
            raise ValueError
    except ValueError:
        raise RequestError(
            f"Line {number} of {source} has an invalid time: “{field}”.", "Write times in seconds, such as 12.340."
        ) from None
    return Fraction(field)
