"""Caption files of a cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.errors import RequestError
from engine.timeline.cut import Cut
from engine.timeline.cut_transcript import changes_of_take, cut_transcript
from engine.timeline.exchange.fcpxml_captions import FilmCaptions
from engine.timeline.exchange.timeline import CutCaption

if TYPE_CHECKING:
    from engine.speech import CaptionFormat, Cue, Transcript


def film_captions(cut: Cut, transcripts: Mapping[str, Transcript]) -> FilmCaptions:
    """The captions of a cut in whole frames of it; none without words."""
    transcript, cues = _cues(cut, transcripts)
    if transcript is None:
        return FilmCaptions()
    captions = []
    for cue in cues:
        start, end = round(cue.start * cut.rate), round(cue.end * cut.rate)
        captions.append(CutCaption(start, max(start + 1, end), cue.text))
    return FilmCaptions(tuple(captions), transcript.language)


def caption_file(cut: Cut, transcripts: Mapping[str, Transcript], form: CaptionFormat) -> bytes:
    """Captions of a cut as a file; no caption crosses a change of take. Raises RequestError without words."""
    from engine.speech import write_captions

    transcript, cues = _cues(cut, transcripts)
    if transcript is None:
        raise RequestError(f"No clip of “{cut.name}” has words.", "Transcribe its takes first: cwtui transcribe TAKE")
    return write_captions(cues, form, transcript.language)


def _cues(cut: Cut, transcripts: Mapping[str, Transcript]) -> tuple[Transcript | None, list[Cue]]:
    """The words of a cut and their captions; None without words."""
    from engine.speech import cues_from

    transcript = cut_transcript(cut, transcripts)
    if transcript is None or not transcript.words:
        return None, []
    return transcript, cues_from(transcript, cuts=changes_of_take(cut), frame=1 / cut.rate, end=cut.duration)
