"""Corrections and names are in the journal, and the transcript shows them and their undo at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from engine.atomic_files import write_atomic
from engine.catalog import Job, JobState, Project, Take
from engine.errors import RequestError
from engine.file_digest import sha256_of
from engine.speech import Diarization, SpeakerTurn, Transcript, Voice, Word, running_text, with_speakers
from engine.speech.transcript import segments
from engine.studio import (
    Studio,
    correct_words,
    name_speaker,
    reassign_speaker,
    remove_last_correction,
)
from engine.tasks import renew_transcript, transcript_path
from tests.cli.takes import a_take

TEXTS = ("we walked along the hammer wall. Is it far?", "Hammer! the hammer, again")
NOW = datetime(2025, 6, 14, 18, 0, tzinfo=UTC)


@pytest.fixture
def project_of(tmp_path: Path) -> Iterator[tuple[Studio, Project]]:
    """A studio with two takes: the words of both are finished jobs, the first has two detected voices."""
    with Studio(tmp_path / "studio") as studio:
        project = studio.new_project("Walk")
        for number, text in enumerate(TEXTS, 1):
            take = a_take(project, number)
            studio.catalog.add_take(take)
            add_transcript(studio, take, text, voices=number == 1)
        yield studio, project


def add_transcript(studio: Studio, take: Take, text: str, *, voices: bool) -> None:
    """Adds the jobs that made a take's words, speakers and transcript, with their files."""
    step = Fraction(2) / (len(text.split()) + 1)
    words = tuple(
        Word(text=word, start=step * n, end=step * n + step * 3 / 4, confidence=0.6, space_before=n > 0)
        for n, word in enumerate(text.split())
    )
    whole = Transcript(
        language="en", model="m", model_digest="d", backend="b", parameters={}, words=words,
        segments=segments(words, [0] * len(words)), duration=Fraction(2),
    )  # fmt: skip
    parts = {"transcribe": whole.model_dump_json()}
    if voices:
        turns = (SpeakerTurn(start=Fraction(0), end=step * 6, speaker="S1"),
                 SpeakerTurn(start=step * 6, end=Fraction(2), speaker="S2"))  # fmt: skip
        known = (Voice(id="S1", seconds=Fraction(1), embedding=(1.0, 0.0)),
                 Voice(id="S2", seconds=Fraction(1), embedding=(0.0, 1.0)))  # fmt: skip
        found = Diarization(model="m", model_digest="d", parameters={}, turns=turns, voices=known)
        parts["diarize"] = found.model_dump_json()
    jobs = [a_job(studio, take, kind, content) for kind, content in parts.items()]
    parameters = {
        "take": take.id, "source": str(take.path), "source_digest": take.digest, "label": take.label,
        "words": jobs[0].id, "voices": jobs[1].id if voices else None,
    }  # fmt: skip
    studio.catalog.queue.submit([*jobs, jobs[0].model_copy(update={
        "id": f"transcript-{take.id}", "kind": "transcript", "parameters": parameters, "result": {},
    })])  # fmt: skip
    assert renew_transcript(studio.tasks.context, take)


def a_job(studio: Studio, take: Take, kind: str, content: str) -> Job:
    path = studio.artifact_folder(take.id) / kind / f"{take.id}.json"
    write_atomic(path, content.encode())
    result = {"path": str(path.relative_to(studio.folder)), "sha256": sha256_of(path)}
    return Job(id=f"{kind}-{take.id}", project_id=take.project_id, kind=kind, title=kind, parameters={"take": take.id},
               state=JobState.DONE, result=result, created_at=NOW, finished_at=NOW)  # fmt: skip


def shown(studio: Studio, take: Take) -> Transcript:
    path = transcript_path(studio.paths, take.id, take.label, take.digest)
    return Transcript.model_validate_json(path.read_bytes())


def text_of(studio: Studio, take: Take) -> str:
    return running_text(shown(studio, take).words)


def word_times(studio: Studio, take: Take, text: str) -> tuple[Fraction, Fraction]:
    word = next(word for word in shown(studio, take).words if word.text == text)
    return word.start, word.end


def test_a_corrected_word_is_shown_undone_and_redone_at_once(project_of: tuple[Studio, Project]) -> None:
    studio, project = project_of
    take, _ = studio.takes(project)
    edit = correct_words(studio, take, *word_times(studio, take, "hammer"), " harbour ")
    assert edit
    assert edit.title == "001-IMG_0001: “hammer” → “harbour”"
    corrected = shown(studio, take).words[4]
    assert (corrected.text, corrected.corrected, corrected.speaker) == ("harbour", True, "S1")
    assert correct_words(studio, take, corrected.start, corrected.end, "harbour") is None
    correct_words(studio, take, *word_times(studio, take, "wall."), "")
    assert text_of(studio, take) == "we walked along the harbour Is it far?"
    studio.undo(project)
    studio.undo(project)
    assert text_of(studio, take) == TEXTS[0]
    assert studio.tasks.speech.corrections(take).corrections == ()
    studio.redo(project)
    assert text_of(studio, take) == TEXTS[0].replace("hammer", "harbour")
    remove_last_correction(studio, take)
    assert text_of(studio, take) == TEXTS[0]
    assert [edit.title for edit in studio.catalog.reviews.edits(project.id)] == [
        "001-IMG_0001: correction removed: “harbour”", "001-IMG_0001: “hammer” → “harbour”",
    ]  # fmt: skip


def test_undo_keeps_corrections_that_were_written_into_the_file(project_of: tuple[Studio, Project]) -> None:
    studio, project = project_of
    take, _ = studio.takes(project)
    correct_words(studio, take, *word_times(studio, take, "hammer"), "harbour")
    speech = studio.tasks.speech
    (made,) = speech.corrections(take).corrections
    start, end = word_times(studio, take, "wall.")
    by_hand = made.model_copy(update={"start": start, "end": end, "text": "quay."})
    speech.set_corrections(take, speech.corrections(take).and_then(by_hand))
    studio.undo(project)
    assert speech.corrections(take).corrections == (by_hand,)
    assert text_of(studio, take) == TEXTS[0].replace("wall", "quay")
    studio.redo(project)
    assert set(speech.corrections(take).corrections) == {made, by_hand}


def test_a_correction_everywhere_keeps_the_punctuation_of_each_place(project_of: tuple[Studio, Project]) -> None:
    studio, project = project_of
    first, second = studio.takes(project)
    start, end = word_times(studio, first, "hammer")
    edit = correct_words(studio, first, start, end, "harbour", everywhere=True, to_glossary=True)
    assert edit
    assert edit.title == "001-IMG_0001: “hammer” → “harbour”, in 2 takes, in the glossary"
    assert text_of(studio, second) == "Harbour! the harbour, again"
    glossary = studio.paths.project_folder(project.id) / "glossary.txt"
    assert glossary.read_text() == "harbour\n"
    studio.undo(project)
    assert [text_of(studio, take) for take in (first, second)] == list(TEXTS)
    assert studio.tasks.speech.glossary(first) == ()


def test_a_speaker_is_named_in_the_project_and_the_name_is_undone(project_of: tuple[Studio, Project]) -> None:
    studio, project = project_of
    take, other = studio.takes(project)
    edit = name_speaker(studio, take, "S2", "Anna")
    assert edit
    assert edit.title == "001-IMG_0001: S2 is Anna"
    assert [one.name for one in shown(studio, take).speakers] == [None, "Anna"]
    assert [voice.name for voice in studio.tasks.speech.known_voices(other)] == ["Anna"]
    studio.undo(project)
    assert [one.name for one in shown(studio, take).speakers] == [None, None]
    assert studio.tasks.speech.known_voices(take) == ()
    with pytest.raises(RequestError, match="voice of S1 in 002-IMG_0002 is not known"):
        name_speaker(studio, other, "S1", "Anna")


def test_a_stretch_is_given_to_another_or_a_new_speaker(project_of: tuple[Studio, Project]) -> None:
    studio, project = project_of
    take, _ = studio.takes(project)
    name_speaker(studio, take, "S1", "Anna")
    start, _ = word_times(studio, take, "Is")
    assert reassign_speaker(studio, take, start, "S2") is None
    edit = reassign_speaker(studio, take, start, "anna")
    assert edit
    assert edit.title == "001-IMG_0001: “Is it far?” spoken by Anna"
    assert {word.speaker for word in shown(studio, take).words} == {"S1"}
    reassign_speaker(studio, take, start, "Cleo")
    transcript = shown(studio, take)
    assert [word.speaker for word in transcript.words] == ["S1"] * 6 + ["Cleo"] * 3
    assert [one.id for one in transcript.speakers] == ["S1", "S2", "Cleo"]
    name_speaker(studio, take, "Cleo", "Dov")
    assert [one.speaker for one in shown(studio, take).segments] == ["S1", "Dov"]
    for _ in range(3):
        studio.undo(project)
    assert [one.speaker for one in shown(studio, take).segments] == ["S1", "S2"]


def test_invalid_corrections_are_refused(project_of: tuple[Studio, Project]) -> None:
    studio, project = project_of
    take, _ = studio.takes(project)
    with pytest.raises(RequestError, match="after its end"):
        correct_words(studio, take, Fraction(1), Fraction(3), "x")
    with pytest.raises(RequestError, match="changes nothing"):
        correct_words(studio, take, Fraction(0), Fraction(1))
    with pytest.raises(RequestError, match="no words to remove"):
        correct_words(studio, take, Fraction(199, 100), Fraction(2), "")
    with pytest.raises(RequestError, match="name of one line"):
        reassign_speaker(studio, take, Fraction(1), " ")
    assert studio.catalog.reviews.edits(project.id) == []


def test_a_transcript_without_its_jobs_is_corrected_in_its_file(project_of: tuple[Studio, Project]) -> None:
    studio, project = project_of
    take, _ = studio.takes(project)
    alone = with_speakers(shown(studio, take), Diarization(model="m", model_digest="d", parameters={}))
    take = take.model_copy(update={"id": "3" * 32, "number": 3, "name": "IMG_0003", "digest": "3" * 32})
    studio.catalog.add_take(take)
    write_atomic(transcript_path(studio.paths, take.id, take.label, take.digest), alone.model_dump_json().encode())
    correct_words(studio, take, *word_times(studio, take, "hammer"), "harbour")
    assert text_of(studio, take) == TEXTS[0].replace("hammer", "harbour")
    studio.undo(project)
    assert text_of(studio, take) == TEXTS[0]
