"""Shared parts of caption formats: cues prepared for writing, and time codes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from engine.speech.captions.cue import Cue, CueWord, plain

MILLISECOND = Fraction(1, 1000)


def written(cues: Sequence[Cue], unit: Fraction = MILLISECOND) -> Iterator[Cue]:
    """The cues prepared for writing: `plain` text, times in whole units from 0 on; empty cues are skipped.

    `unit` is in seconds. Times are rounded down: a player shows a cue in the frames from its start on and no more from
    its end on, so a time that is rounded up, past its frame, would be late by a whole frame.
    """
    for cue in cues:
        start = max(Fraction(0), rounded_down(cue.start, unit))
        end = max(start + unit, rounded_down(cue.end, unit))
        if text := plain(cue.text):
            yield replace(
                cue,
                start=start,
                end=end,
                text=text,
                speaker=_name(cue.speaker),
                answered_by=_name(cue.answered_by),
                words=_placed(cue, text, unit),
            )


def rounded_down(time: Fraction, unit: Fraction) -> Fraction:
    """The last whole unit at or before a time, both in seconds."""
    return math.floor(time / unit) * unit


def _placed(cue: Cue, text: str, unit: Fraction) -> tuple[CueWord, ...]:
    """The words in whole units. Their places in a text that has changed are not known."""
    if text != cue.text:
        return ()
    return tuple(
        replace(word, start=rounded_down(word.start, unit), end=rounded_down(word.end, unit)) for word in cue.words
    )


def _name(who: str | None) -> str | None:
    return " ".join(plain(who or "").split()) or None


def clock(seconds: Fraction, point: str) -> str:
    """Seconds as hh:mm:ss.mmm, with `point` as the decimal separator."""
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, milliseconds = divmod(milliseconds, 1000)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}{point}{milliseconds:03d}"
