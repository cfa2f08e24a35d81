"""Diarization of one to four speakers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from engine.errors import Cancelled, RequestError
from engine.speech.diarize import Diarization, Diarizer, assign, match_known_voices, open_diarizer
from engine.speech.diarize.turns import KnownVoice
from fixtures.dialogue import RATE, VOICES, Spoken, converse
from fixtures.diarization_error import DiarizationError, diarization_error


@pytest.fixture(scope="module")
def diarizer() -> Diarizer:
    return open_diarizer()


@pytest.fixture(scope="module")
def four_voices(diarizer: Diarizer) -> tuple[list[Spoken], Diarization]:
    """The lines of four speakers, and their diarization."""
    samples, lines = converse(75, seed=2)
    return lines, diarizer.diarize(samples)


def error(lines: list[Spoken], found: Diarization) -> DiarizationError:
    return diarization_error(
        [(line.start, line.end, line.speaker) for line in lines],
        [(turn.start, turn.end, turn.speaker) for turn in found.turns],
    )


@pytest.mark.parametrize("count", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_one_or_two_speakers_are_found(diarizer: Diarizer, count: int) -> None:
    samples, lines = converse(75, tuple(VOICES)[:count], seed=2)
    assert_speakers_are_found(lines, diarizer.diarize(samples), count)


def test_four_speakers_are_found(four_voices: tuple[list[Spoken], Diarization]) -> None:
    assert_speakers_are_found(*four_voices, len(VOICES))


def assert_speakers_are_found(lines: list[Spoken], found: Diarization, count: int) -> None:
    assert len(found.voices) == count
    assert error(lines, found).rate < 0.08
    # Ids are in order of the first turn.
    assert [voice.id for voice in found.voices] == [f"S{n}" for n in range(1, count + 1)]
    assert list(dict.fromkeys(turn.speaker for turn in found.turns)) == [voice.id for voice in found.voices]


def test_words_get_their_speakers(four_voices: tuple[list[Spoken], Diarization]) -> None:
    lines, found = four_voices
    words = [(line.start, line.end) for line in lines]
    speakers = [speaker for speaker, _ in assign(words, found.turns)]
    pairs = set(zip((line.speaker for line in lines), speakers, strict=True))
    assert len(pairs) == len(VOICES)


def test_diarization_is_reproducible_and_voices_are_recognised(diarizer: Diarizer) -> None:
    samples, _ = converse(60, ("Ada", "Ben"), seed=5)
    whole = diarizer.diarize(samples)
    assert diarizer.diarize(samples) == whole
    known = [KnownVoice(name=f"once {voice.id}", embeddings=(voice.embedding,)) for voice in whole.voices]
    other, _ = converse(60, ("Ben", "Ada"), seed=6)
    names = match_known_voices(diarizer.diarize(other).voices, known)
    assert sorted(names.values()) == ["once S1", "once S2"]


def test_progress_rises_to_one(diarizer: Diarizer) -> None:
    shares: list[float] = []
    diarizer.diarize(converse(60, ("Ada",))[0], progress=shares.append)
    assert shares == sorted(shares)
    assert len(shares) > 1
    assert shares[-1] == 1


def test_diarization_can_be_cancelled(diarizer: Diarizer) -> None:
    samples, _ = converse(60, ("Ada",))
    answers = iter((False, True))
    with pytest.raises(Cancelled):
        diarizer.diarize(samples, cancelled=lambda: next(answers))


@pytest.mark.parametrize("count", [0, 1, 100, 15_999, 160_000, 200_001])
def test_silence_of_any_length_has_no_turns(diarizer: Diarizer, count: int) -> None:
    assert diarizer.diarize(np.zeros(count, np.float32)).turns == ()


def test_noise_and_tones_have_no_turns(diarizer: Diarizer) -> None:
    time = np.arange(30 * RATE) / RATE
    noise = 0.05 * np.random.default_rng(1).standard_normal(len(time))
    tones = sum(0.05 * np.sin(2 * np.pi * pitch * time) for pitch in (220, 277.2, 329.6))
    for sound in (noise, tones):
        assert diarizer.diarize(sound.astype(np.float32)).turns == ()


def test_speech_after_a_long_silence_is_found_at_its_time(diarizer: Diarizer) -> None:
    samples, lines = converse(20, ("Ada", "Ben"))
    found = diarizer.diarize(np.concatenate([np.zeros(120 * RATE, np.float32), samples]))
    assert abs(found.turns[0].start - 120 - lines[0].start) < Fraction(1, 5)
    assert len(found.voices) == 2


def test_a_single_word_has_a_turn_within_the_recording(diarizer: Diarizer) -> None:
    samples, _ = converse(10, ("Ada",))
    (turn,) = diarizer.diarize(samples[RATE // 2 :][:RATE]).turns
    assert (turn.start, turn.end, turn.speaker) == (turn.start, turn.end, "S1")
    assert 0 <= turn.start < turn.end <= 1


def test_a_requested_number_of_speakers_is_used(diarizer: Diarizer) -> None:
    samples, _ = converse(60, ("Ada", "Ben", "Dov"), seed=5)
    found = diarizer.diarize(samples, speakers=2)
    assert len(found.voices) == 2
    assert found.parameters["speakers"] == 2
    with pytest.raises(RequestError):
        diarizer.diarize(samples, speakers=0)
