"""The spoken words of a cut as one transcript on its clock, and the times that captions must not cross."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.timeline.cut import SAMPLE_RATE, Cut

if TYPE_CHECKING:
    from engine.speech import Span, Transcript


def cut_transcript(cut: Cut, transcripts: Mapping[str, Transcript]) -> Transcript | None:
    """The words that are heard in a cut, in seconds of its clock; None if no clip has a transcript.

    `transcripts` are by take id. A word belongs to the clip whose sound has its middle.
    """
    from engine.speech import join_transcripts, retime_transcript

    parts = [
        retime_transcript(transcripts[take], sound_stretches(cut, take)) for take in cut.takes if take in transcripts
    ]
    return join_transcripts(parts, cut.duration) if parts else None


def sound_stretches(cut: Cut, take: str) -> list[Span]:
    """The stretches of a take's sound that a cut plays, in seconds: start and end in the take, and start in the cut."""
    return [
        (
            Fraction(span.source, SAMPLE_RATE),
            Fraction(span.source + span.last - span.first, SAMPLE_RATE),
            Fraction(span.first, SAMPLE_RATE),
        )
        for span in cut.sound_spans()
        if span.clip.take == take and span.last > span.first
    ]


def changes_of_take(cut: Cut) -> list[Fraction]:
    """The times in seconds at which the picture changes to another take or to a gap: captions end there."""
    joins = zip(pairwise(cut.clips), cut.positions[1:], strict=True)
    return [position / cut.rate for (before, after), position in joins if before.take != after.take]
