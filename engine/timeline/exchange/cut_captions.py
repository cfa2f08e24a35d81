"""Caption files of a cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.errors import RequestError
from engine.timeline.cut import Cut
from engine.timeline.cut_transcript import changes_of_take, cut_transcript

if TYPE_CHECKING:
    from engine.speech import CaptionFormat, Transcript


def caption_file(cut: Cut, transcripts: Mapping[str, Transcript], form: CaptionFormat) -> bytes:
    """Captions of a cut as a file; no caption crosses a change of take. Raises RequestError without words."""
    from engine.speech import cues_from, write_captions

    transcript = cut_transcript(cut, transcripts)
    if transcript is None or not transcript.words:
        raise RequestError(f"No clip of “{cut.name}” has words.", "Transcribe its takes first: cwtui transcribe TAKE")
    cues = cues_from(transcript, cuts=changes_of_take(cut), frame=1 / cut.rate, end=cut.duration)
    return write_captions(cues, form, transcript.language)
