"""The spoken words of a cut on its own clock, and caption files of them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.errors import RequestError
from engine.timeline.cut import SAMPLE_RATE, Cut

if TYPE_CHECKING:
    from engine.speech import CaptionFormat, Transcript


def cut_transcript(cut: Cut, transcripts: Mapping[str, Transcript]) -> Transcript | None:
    """The words that are heard in a cut, in seconds of its clock; None if no clip has a transcript.

    A word belongs to the clip whose sound has its middle. Speakers without a name differ from take to take.
    """
    from engine.speech import join_segments, retime_transcript

    parts = []
    for span in cut.sound_spans():
        transcript = transcripts.get(span.clip.take or "")
        if transcript is None or span.last <= span.first:
            continue
        source = Fraction(span.source, SAMPLE_RATE)
        length, target = Fraction(span.last - span.first, SAMPLE_RATE), Fraction(span.first, SAMPLE_RATE)
        kept = retime_transcript(transcript, [(source, source + length, target)])
        named = tuple(
            word.model_copy(update={"speaker": transcript.called(word.speaker) or f"{span.clip.take} {word.speaker}"})
            if word.speaker
            else word
            for word in kept.words
        )
        parts.append(kept.model_copy(update={"words": named}))
    return join_segments(parts, cut.duration) if parts else None


def caption_file(cut: Cut, transcripts: Mapping[str, Transcript], form: CaptionFormat) -> bytes:
    """Captions of a cut as a file; no caption crosses an edit of the picture. Raises RequestError without words."""
    from engine.speech import cues_from, write_captions

    transcript = cut_transcript(cut, transcripts)
    if transcript is None or not transcript.words:
        raise RequestError(f"No clip of “{cut.name}” has words.", "Transcribe its takes first: cwtui transcribe TAKE")
    cuts = [position / cut.rate for position in cut.positions[1:]]
    cues = cues_from(transcript, cuts=cuts, frame=1 / cut.rate, end=cut.duration)
    return write_captions(cues, form, transcript.language)
