"""A cleanup compares its words with those of the transcript that the take has."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.catalog import JobState
from engine.jobs import JobRequest
from engine.sound import load_preset
from engine.speech import Transcript, Word, locate_model
from engine.studio import Studio
from engine.tasks import TranscribeOptions, cleaned_dialog
from engine.tasks.results import store
from engine.tasks.transcribe import transcribe_request
from engine.transfer import Subject, import_footage
from fixtures.lines import Phrase
from fixtures.noise import white
from fixtures.sound import RATE, speak
from fixtures.wav import write_wav

from .run_jobs import run_all

PRESET = load_preset("dialog")


def transcript(digest: str, *texts: str) -> bytes:
    words = [
        Word(text=text, start=Fraction(n), end=Fraction(n) + Fraction(1, 2), confidence=0.9)
        for n, text in enumerate(texts)
    ]
    return Transcript(
        language="en", model="tiny.en", model_digest=digest, backend="b", parameters={}, words=tuple(words)
    ).model_dump_json().encode()  # fmt: skip


def finish(studio: Studio, request: JobRequest, result: dict[str, Any]) -> None:
    """Records a job as done."""
    done = {"state": JobState.DONE, "result": result, "finished_at": datetime.now(UTC)}
    studio.catalog.queue.submit([request.as_job().model_copy(update=done)])


def transcribed(studio: Studio, subject: Subject, **options: Any) -> JobRequest:
    """A finished transcription, and its file."""
    request = transcribe_request(studio.tasks.context, subject, TranscribeOptions(**options))
    context = studio.tasks.context
    path = context.paths.artifact_folder(subject.take.id if subject.take else None) / f"{request.id}.json"
    finish(studio, request, store(context, path, transcript(locate_model().digest, "hello")))
    return request


@pytest.fixture
def subject(studio: Studio, tmp_path: Path) -> Subject:
    path = write_wav(tmp_path / "talk.wav", np.zeros((RATE, 1), np.float32))
    (take,) = import_footage(studio.catalog, studio.folder, studio.new_project("p"), [path]).takes
    return studio.subject_of(take)


def test_the_words_of_a_finished_transcription_by_the_same_model_are_used(studio: Studio, subject: Subject) -> None:
    plain = studio.tasks.clean_request(subject, PRESET)
    assert (plain.parameters.words, plain.after) == (None, ())
    words = transcribed(studio, subject)
    request = studio.tasks.clean_request(subject, PRESET)
    assert request.parameters.words == words.id
    assert [one.id for one in request.after] == [words.id]
    # Not if words are not compared, or another track is cleaned.
    assert studio.tasks.clean_request(subject, PRESET, words=False).parameters.words is None
    assert studio.tasks.clean_request(subject, PRESET, index=0).parameters.words is None


def test_a_changed_transcript_is_not_used(studio: Studio, subject: Subject) -> None:
    words = transcribed(studio, subject)
    job = studio.catalog.queue.job(words.id)
    assert job
    assert job.result
    (studio.folder / job.result["path"]).write_bytes(b"{}")
    assert studio.tasks.clean_request(subject, PRESET).parameters.words is None


def test_a_finished_cleanup_is_not_done_again_for_a_transcript(studio: Studio, subject: Subject) -> None:
    plain = studio.tasks.clean_request(subject, PRESET)
    finish(studio, plain, {"path": "dialog.wav", "bytes": 1, "report": "report.json"})
    transcribed(studio, subject)
    assert studio.tasks.clean_request(subject, PRESET).id == plain.id
    # One with other settings uses it, and keeps it when there is a newer one.
    first = studio.tasks.clean_request(subject, PRESET, bypassed=["tone"])
    assert first.parameters.words
    finish(studio, first, {"path": "other.wav", "bytes": 1, "report": "report.json"})
    transcribed(studio, subject, glossary=("Rijnhaven",))
    assert studio.tasks.clean_request(subject, PRESET, bypassed=["tone"]).id == first.id


@pytest.mark.slow
def test_the_report_says_which_words_were_compared(studio: Studio, tmp_path: Path) -> None:
    (speech,) = speak([Phrase(Fraction(0), "The weather is wonderful today, and the water is very cold.")])
    samples = np.pad(speech, (24_000, 24_000)) + 0.015 * white(len(speech) + 48_000, 3)
    path = write_wav(tmp_path / "noisy.wav", samples[:, None].astype(np.float32))
    (take,) = import_footage(studio.catalog, studio.folder, studio.new_project("p"), [path]).takes
    subject, known = studio.subject_of(take), dict[str, dict[str, Any]]()
    words = transcribe_request(studio.tasks.context, subject, TranscribeOptions())
    finish(studio, words, run_all(studio, words, known))

    _, report = cleaned_dialog(
        studio.tasks.context.paths, run_all(studio, studio.tasks.clean_request(subject, PRESET), known)
    )

    assert report.harm.heard_s > 0
    assert report.harm.shared_s == report.harm.heard_s
    assert report.harm.hearing_note.startswith("words before cleaning: those of the take's transcript in ")
