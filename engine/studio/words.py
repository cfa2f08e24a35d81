"""A person's corrections of words and speakers: written with an entry in the journal, and shown at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from engine.catalog import Edit, Take
from engine.errors import RequestError
from engine.speech import (
    Correction,
    Segment,
    Transcript,
    glossary_term,
    name_voices,
    read_transcript,
    repeated,
    running_text,
    speaker_id,
    speaker_name,
    word_at,
)
from engine.tasks import finished_diarization, latest_transcript, transcript_path

if TYPE_CHECKING:
    from engine.speech import Voice
    from engine.studio.studio import Studio

_Changes = dict[tuple[str, str], list[Any]]
# Characters of a text in the title of an edit.
_TITLE = 40


def correct_words(
    studio: Studio,
    take: Take,
    start: Fraction,
    end: Fraction,
    text: str | None = None,
    speaker: str | None = None,
    *,
    to_glossary: bool = False,
    everywhere: bool = False,
) -> Edit | None:
    """Corrects the words whose middle is from `start` to `end` seconds. Returns None if nothing changes.

    An empty `text` removes them. `to_glossary` adds the text to the project's glossary, and `everywhere` makes the same
    correction in all transcripts of the project. Raises RequestError if the take has no transcript, the times are
    outside of it, or there is nothing to change.
    """
    if end > take.probe.duration:
        raise RequestError(
            f"{take.label} is {float(take.probe.duration):.2f} s long; {float(end):g} s is after its end.",
            "Choose times within it.",
        )
    if text is None and speaker is None and not to_glossary:
        raise RequestError("The correction changes nothing.", "Give a text or a speaker.")
    transcript = current_transcript(studio, take)
    words = [word for word in transcript.words if start <= (word.start + word.end) / 2 < end]
    heard = running_text(words)
    said = None if text is None else " ".join(text.split())
    if said == "" and not words:
        raise RequestError("There are no words to remove at this time.", "cwtui words shows the times of the words.")
    said = None if said == heard else said
    who = None if speaker is None else speaker_id(transcript, speaker)
    who = None if {word.speaker for word in words} == {who} else who
    changes: _Changes = {}
    if said is not None or who is not None:
        made = Correction(start=start, end=end, heard=heard, text=said, speaker=who)
        same = _elsewhere(studio, take, made) if everywhere and said is not None else [(take, [made])]
        changes = {("corrections", one.id): _appended(studio, one, corrections) for one, corrections in same}
    takes = len(changes)
    if to_glossary:
        changes |= _with_term(studio, take.project_id, heard if text is None else text)
    title = _title(heard, said, transcript.called(who), takes, to_glossary)
    return _write(studio, take, title, changes)


def reassign_speaker(studio: Studio, take: Take, at: Fraction, speaker: str) -> Edit | None:
    """Gives the stretch of one speaker at a time, in seconds, to another or a new one. None if nothing changes.

    `speaker` is an id or a name. Raises RequestError if nobody speaks there.
    """
    segment = _segment_at(current_transcript(studio, take), at)
    if segment is None:
        raise RequestError(
            f"{take.label} has no words at {float(at):g} s.", "cwtui words shows the times of the words."
        )
    return correct_words(studio, take, segment.start, segment.end, speaker=speaker)


def name_speaker(studio: Studio, take: Take, speaker: str, name: str) -> Edit | None:
    """Names a speaker of a take, by id. A detected voice gets the name in the whole project. None if nothing changes.

    Raises RequestError if the take has no such speaker, or its speakers come from the user's own turns.
    """
    name = speaker_name(name)
    parameters = latest_transcript(studio.tasks.context, take)
    found = finished_diarization(studio.tasks.context, parameters) if parameters else None
    if found and speaker in {voice.id for voice in found.voices}:
        return name_voices_of(studio, take, found.voices, {speaker: name})
    kept = studio.tasks.speech.corrections(take).corrections
    if speaker in {one.speaker for one in kept}:
        renamed = [one.model_copy(update={"speaker": name}) if one.speaker == speaker else one for one in kept]
        items = [one.model_dump(mode="json") for one in renamed]
        return _write(studio, take, f"{speaker} is {name}", {("corrections", take.id): items})
    if found and found.turns:
        raise RequestError(
            "The speaker turns come from --from, so there are no voices to name.",
            "Write the names into the .rttm file, or detect the speakers again with --heard.",
        )
    raise RequestError(
        f"The voice of {speaker} in {take.label} is not known.", f"cwtui diarize {take.number} detects the speakers."
    )


def name_voices_of(studio: Studio, take: Take, voices: Sequence[Voice], names: Mapping[str, str]) -> Edit | None:
    """Names the voices of a take, by id, in the whole project. Returns None if nothing changes.

    Raises RequestError if there is no such voice.
    """
    known = name_voices(voices, names, studio.tasks.speech.known_voices(take))
    items = [one.model_dump(mode="json") for one in known]
    title = ", ".join(f"{speaker} is {name}" for speaker, name in names.items())
    return _write(studio, take, title, {("voices", take.project_id): items})


def remove_last_correction(studio: Studio, take: Take) -> Edit | None:
    """Removes the newest correction of a take. Raises RequestError if there is none."""
    kept = studio.tasks.speech.corrections(take)
    last, rest = kept.corrections[-1:], kept.without_last()
    what = last[0].text or last[0].speaker or last[0].heard
    items = [one.model_dump(mode="json") for one in rest.corrections]
    return _write(studio, take, f"correction removed: “{_short(what)}”", {("corrections", take.id): items})


def current_transcript(studio: Studio, take: Take) -> Transcript:
    """A take's transcript as it was last written. Raises RequestError if there is none."""
    path = transcript_path(studio.paths, take.id, take.label, take.digest)
    if not path.is_file():
        raise RequestError(f"{take.label} has no transcript yet.", f"Make it: cwtui transcribe {take.number}")
    return read_transcript(path)


def _segment_at(transcript: Transcript, at: Fraction) -> Segment | None:
    """The segment of the word at a time, or of the last word before it."""
    here = word_at(transcript.words, at)
    return next((one for one in transcript.segments if here is not None and one.first <= here < one.last), None)


def _write(studio: Studio, take: Take, title: str, changes: _Changes) -> Edit | None:
    edit = studio.catalog.reviews.journal.change_lists(take.project_id, f"{take.label}: {title}", changes)
    if edit:
        studio.renew_edited_transcripts(edit)
    return edit


def _appended(studio: Studio, take: Take, corrections: Sequence[Correction]) -> list[Any]:
    kept = studio.tasks.speech.corrections(take)
    for one in corrections:
        kept = kept.and_then(one)
    return [one.model_dump(mode="json") for one in kept.corrections]


def _elsewhere(studio: Studio, take: Take, made: Correction) -> list[tuple[Take, list[Correction]]]:
    """The same correction at all places of the project's transcripts; in the take itself also `made`."""
    found: list[tuple[Take, list[Correction]]] = []
    for other in studio.catalog.takes(studio.project(take.project_id)):
        path = transcript_path(studio.paths, other.id, other.label, other.digest)
        same = repeated(made, read_transcript(path)) if path.is_file() else []
        if other.id == take.id:
            same = [made, *(one for one in same if one.end <= made.start or one.start >= made.end)]
        if same:
            found.append((other, same))
    return found


def _with_term(studio: Studio, project_id: str, text: str) -> _Changes:
    lines, term = studio.catalog.reviews.journal.lists["glossary"].read(project_id), glossary_term(text)
    known = {" ".join(str(line).partition("#")[0].split()) for line in lines}
    if not term:
        raise RequestError("The text has no word for the glossary.", "Write the name as it is spelt.")
    return {} if term in known else {("glossary", project_id): [*lines, term]}


def _title(heard: str, said: str | None, speaker: str | None, takes: int, to_glossary: bool) -> str:
    parts = []
    if said:
        parts.append(f"“{_short(heard)}” → “{_short(said)}”" if heard else f"“{_short(said)}” added")
    elif said == "":
        parts.append(f"“{_short(heard)}” removed")
    if speaker:
        parts.append(f"“{_short(heard)}” spoken by {speaker}")
    if takes > 1:
        parts.append(f"in {takes} takes")
    if to_glossary:
        parts.append("in the glossary" if said else f"“{_short(heard)}” in the glossary")
    return ", ".join(parts)


def _short(text: str) -> str:
    return text if len(text) <= _TITLE else f"{text[: _TITLE - 1].rstrip()}…"
