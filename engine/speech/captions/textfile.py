"""Shared parts of caption formats: cues prepared for writing, and time codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from engine.speech.captions.cue import Cue, plain


def written(cues: Sequence[Cue]) -> Iterator[Cue]:
    """The cues prepared for writing: `plain` text, whole milliseconds from 0 on; empty cues are skipped."""
    for cue in cues:
        start = max(0, round(cue.start * 1000))
        end = max(start + 1, round(cue.end * 1000))
        if text := plain(cue.text):
            yield replace(
                cue,
                start=Fraction(start, 1000),
                end=Fraction(end, 1000),
                text=text,
                speaker=_name(cue.speaker),
                answered_by=_name(cue.answered_by),
            )


def _name(who: str | None) -> str | None:
    return " ".join(plain(who or "").split()) or None


def clock(seconds: Fraction, point: str) -> str:
    """Seconds as hh:mm:ss.mmm, with `point` as the decimal separator."""
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, milliseconds = divmod(milliseconds, 1000)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}{point}{milliseconds:03d}"
