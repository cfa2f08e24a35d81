"""Transcripts of channels with one voice each are merged; their words keep their channel and speaker."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from engine.speech import (
    Correction,
    Diarization,
    SpeakerTurn,
    Transcript,
    Voice,
    Word,
    apply_corrections,
    cues_from,
    merge_diarizations,
    merge_transcripts,
    with_speakers,
)
from engine.speech.transcript import segments
from engine.studio import Studio
from engine.tasks import diarize_subject, transcribe_subject
from fixtures.dialogue import spoken_voices
from fixtures.two_channels import two_channels
from fixtures.wav import write_wav

from .voice import spoken

MONO = {"language": "en", "model": "m", "model_digest": "d", "backend": "b", "parameters": {}}
FIRST = "The weather is wonderful today, and the water is very cold."
SECOND = "Could you say that again and look over my shoulder this time."


def said(text: str, start: float, each: float = 0.4) -> list[Word]:
    """Words of equal length, one after the other."""
    step = Fraction(str(each))
    begins = [Fraction(str(start)) + n * step for n in range(len(text.split()))]
    return [Word(text=t, start=at, end=at + step, confidence=1.0) for t, at in zip(text.split(), begins, strict=True)]


def transcript(*phrases: list[Word]) -> Transcript:
    words = tuple(word for phrase in phrases for word in phrase)
    breaths = [n for n, phrase in enumerate(phrases) for _ in phrase]
    grouped = segments(words, breaths, dict.fromkeys(breaths, "en")) if words else ()
    return Transcript(**MONO, duration=Fraction(12), words=words, segments=grouped)


def speaking(*spans: tuple[int, float, float]) -> NDArray[np.bool_]:
    found = np.zeros((1200, 2), np.bool_)
    for channel, start, end in spans:
        found[round(start * 100) : round(end * 100), channel] = True
    return found


def merged() -> Transcript:
    """The left voice speaks twice; the right one agrees meanwhile, and its channel has a word of the left voice."""
    left = transcript(said("we went to the sea because it was warm", 1), said("and then home.", 8))
    right = transcript(said("oh yes", 2.5), said("sea", 2.6 + 2.6, 0.3), said("lovely.", 6.5))
    heard = speaking((0, 1, 4.6), (0, 8, 9.2), (1, 2.5, 3.3), (1, 6.5, 6.9))
    return merge_transcripts([left, right], heard, ("left", "right"))


def test_phrases_stay_together_in_order_of_their_start() -> None:
    found = merged()
    assert [(one.text, found.words[one.first].channel) for one in found.segments] == [
        ("we went to the sea because it was warm", 0),
        ("oh yes", 1),
        ("lovely.", 1),
        ("and then home.", 0),
    ]
    assert found.channels == ("left", "right")
    assert "one voice per channel: left, right" in found.notes


def labelled() -> Transcript:
    turns = [[SpeakerTurn(start=Fraction(1), end=Fraction(9), speaker="S1")]]
    turns.append([SpeakerTurn(start=Fraction(5, 2), end=Fraction(33, 10), speaker="S1")])
    each = [
        Diarization(
            model="m",
            model_digest="d",
            parameters={},
            turns=tuple(one),
            voices=(Voice(id="S1", seconds=Fraction(1), embedding=(1.0, 0.0)),),
        )
        for one in turns
    ]
    whole = merge_diarizations(each, speaking((0, 1, 9), (1, 2.5, 3.3)))
    assert [(voice.id, voice.channel) for voice in whole.voices] == [("S1", 0), ("S2", 1)]
    return with_speakers(merged(), whole)


def test_the_speaker_of_a_word_is_that_of_its_channel() -> None:
    found = labelled()
    assert {(word.channel, word.speaker) for word in found.words} == {(0, "S1"), (1, "S2")}
    assert found.words[9].also == ("S1",)
    assert "one voice per channel: left S1, right S2" in found.notes


def test_a_correction_changes_the_words_of_one_channel() -> None:
    before = merged()
    yes = next(word for word in before.words if word.text == "yes")
    after = apply_corrections(before, [Correction(start=yes.start, end=yes.end, heard="yes", text="yeah")])
    assert [word.text for word in after.words] == ["yeah" if one.text == "yes" else one.text for one in before.words]
    assert [(word.start, word.channel) for word in after.words] == [(word.start, word.channel) for word in before.words]


def test_captions_of_people_who_talk_at_once_do_not_overlap() -> None:
    cues = cues_from(labelled())
    assert [cue.text for cue in cues] == [
        "-we went to the sea because it was warm\n-oh yes",
        "lovely.",
        "and then home.",
    ]
    assert all(one.end <= other.start for one, other in pairwise(cues))
    # The first caption stays until all of its words are over.
    assert cues[0].end >= Fraction(23, 5)
    unnamed = cues_from(labelled().anonymous())
    assert [cue.text for cue in unnamed] == [
        "we went to the sea because it was warm",
        "oh yes",
        "lovely.",
        "and then home.",
    ]
    assert all(one.end <= other.start for one, other in pairwise(unnamed))


class _Silent:
    def progress(self, *_: object) -> None: ...

    def cancelled(self) -> bool:
        return False


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two lavaliers; the second voice begins a second before the first one ends."""
    first = spoken(FIRST)
    loud = 0.7 * first / np.abs(first).max() * np.abs(spoken_voices()["Ben"][3]).max()
    begins = 0.6 + len(first) / 16_000 - 1
    pairs = two_channels([(0, 0.6, loud), (1, begins, spoken_voices()["Ben"][3])], begins + 3.6)
    wide = np.stack([soxr.resample(pairs[:, channel], 16_000, 48_000) for channel in (0, 1)], axis=1)
    return write_wav(tmp_path_factory.mktemp("call") / "call.wav", wide.astype(np.float32))


def test_overlapping_voices_on_two_channels_have_their_words(call: Path) -> None:
    subject = Studio.file(call)
    words = transcribe_subject(subject, "tiny.en", None, _Silent())
    found = with_speakers(words, diarize_subject(subject, None, None, _Silent()))

    def text(speaker: str) -> str:
        return " ".join(word.text.strip(".,?").lower() for word in found.words if word.speaker == speaker)

    assert text("S1") == FIRST.replace(",", "").strip(".").lower()
    assert text("S2") == SECOND.strip(".").lower()
    assert {word.speaker for word in found.words if word.channel == 0} == {"S1"}
    assert words.channels == ("left", "right")
