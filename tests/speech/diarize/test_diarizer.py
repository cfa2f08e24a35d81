"""Diarization of one to four speakers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from engine.errors import Cancelled, RequestError
from engine.speech.diarize import Diarization, Diarizer, assign, match_known_voices, open_diarizer
from engine.speech.diarize.turns import KnownVoice
from fixtures.conversation import LONG_TURNS, SHORT_TURNS, Conversation, hold_conversation
from fixtures.dialogue import RATE, converse, spoken_voices
from fixtures.diarization_error import DiarizationError, diarization_error


@pytest.fixture(scope="module")
def diarizer() -> Diarizer:
    return open_diarizer()


@dataclass(frozen=True)
class Diarized:
    conversation: Conversation
    found: Diarization
    progress: list[float]

    @property
    def error(self) -> DiarizationError:
        return diarization_error(
            self.conversation.spans, [(turn.start, turn.end, turn.speaker) for turn in self.found.turns]
        )


def diarized(diarizer: Diarizer, conversation: Conversation, speakers: int | None = None) -> Diarized:
    progress: list[float] = []
    return Diarized(
        conversation, diarizer.diarize(conversation.samples, speakers=speakers, progress=progress.append), progress
    )


def talk(
    *names: str, seconds: float, seed: int, turns: tuple[float, float] = SHORT_TURNS, room: float = 0
) -> Conversation:
    voices = spoken_voices()
    return hold_conversation({name: voices[name] for name in names}, seconds, turns, seed=seed, reverberation=room)


@pytest.fixture(scope="module")
def quick(diarizer: Diarizer) -> Diarized:
    """Three voices with turns of 1 to 4 s."""
    return diarized(diarizer, talk("Ada", "Ben", "Dov", seconds=40, seed=3))


def test_short_turns_get_their_speakers(quick: Diarized) -> None:
    found = quick.found
    assert len(found.voices) == 3
    assert quick.error.rate < 0.12
    # Ids are in order of the first turn.
    assert [voice.id for voice in found.voices] == ["S1", "S2", "S3"]
    assert list(dict.fromkeys(turn.speaker for turn in found.turns)) == [voice.id for voice in found.voices]


def test_words_get_their_speakers(quick: Diarized) -> None:
    """Words of 0.3 s, up to both sides of each change."""
    words = [
        (at, at + Fraction(3, 10), speaker)
        for start, end, speaker in quick.conversation.spans
        for at in [start + Fraction(3 * number, 10) for number in range(int((end - start) / Fraction(3, 10)))]
    ]
    speakers = [speaker for speaker, _ in assign([(start, end) for start, end, _ in words], quick.found.turns)]
    pairs = [(said, found) for (_, _, said), found in zip(words, speakers, strict=True)]
    likely = {said: max({one for _, one in pairs}, key=lambda one: pairs.count((said, one))) for said, _ in pairs}
    assert len(set(likely.values())) == 3
    assert sum(likely[said] == found for said, found in pairs) >= 0.9 * len(pairs)


def test_progress_rises_to_one(quick: Diarized) -> None:
    assert quick.progress == sorted(quick.progress)
    assert len(quick.progress) > 1
    assert quick.progress[-1] == 1


@pytest.mark.slow
@pytest.mark.parametrize("turns", [SHORT_TURNS, LONG_TURNS])
@pytest.mark.parametrize("room", [0, 0.3])
def test_four_speakers_are_found(diarizer: Diarizer, turns: tuple[float, float], room: float) -> None:
    result = diarized(diarizer, talk("Ada", "Ben", "Cleo", "Dov", seconds=90, seed=2, turns=turns, room=room))
    assert len(result.found.voices) == 4
    assert result.error.rate < 0.15


def test_diarization_is_reproducible_and_voices_are_recognised(diarizer: Diarizer, quick: Diarized) -> None:
    other = talk("Dov", "Ada", seconds=25, seed=6)
    found = diarizer.diarize(other.samples)
    assert diarizer.diarize(other.samples) == found
    known = [KnownVoice(name=f"once {voice.id}", embeddings=(voice.embedding,)) for voice in quick.found.voices]
    names = match_known_voices(found.voices, known)
    assert len(found.voices) == len(set(names.values())) == 2


def test_one_speaker_is_one(diarizer: Diarizer) -> None:
    result = diarized(diarizer, talk("Ada", seconds=20, seed=1, turns=LONG_TURNS))
    assert len(result.found.voices) == 1
    assert result.error.rate < 0.1


def test_diarization_can_be_cancelled(diarizer: Diarizer) -> None:
    samples, _ = converse(30, ("Ada",))
    for calls in (1, 2, 3):
        answers = iter([False] * (calls - 1) + [True])
        with pytest.raises(Cancelled):
            diarizer.diarize(samples, cancelled=lambda answers=answers: next(answers))


@pytest.mark.parametrize("count", [0, 1, 100, 15_999, 160_000, 200_001])
def test_silence_of_any_length_has_no_turns(diarizer: Diarizer, count: int) -> None:
    assert diarizer.diarize(np.zeros(count, np.float32)).turns == ()


def test_noise_and_tones_have_no_turns(diarizer: Diarizer) -> None:
    time = np.arange(12 * RATE) / RATE
    noise = 0.05 * np.random.default_rng(1).standard_normal(len(time))
    tones = sum(0.05 * np.sin(2 * np.pi * pitch * time) for pitch in (220, 277.2, 329.6))
    for sound in (noise, tones):
        assert diarizer.diarize(sound.astype(np.float32)).turns == ()


def test_speech_after_a_silence_is_found_at_its_time(diarizer: Diarizer) -> None:
    samples, lines = converse(12, ("Ada",))
    found = diarizer.diarize(np.concatenate([np.zeros(20 * RATE, np.float32), samples]))
    assert abs(found.turns[0].start - 20 - lines[0].start) < Fraction(1, 5)


def test_a_single_word_has_a_turn_within_the_recording(diarizer: Diarizer) -> None:
    samples, _ = converse(10, ("Ada",))
    (turn,) = diarizer.diarize(samples[RATE // 2 :][:RATE]).turns
    assert (turn.start, turn.end, turn.speaker) == (turn.start, turn.end, "S1")
    assert 0 <= turn.start < turn.end <= 1


@pytest.mark.parametrize("requested", [1, 3])
def test_a_requested_number_of_speakers_is_used(diarizer: Diarizer, requested: int) -> None:
    found = diarizer.diarize(talk("Ada", "Ben", seconds=15, seed=5).samples, speakers=requested)
    assert len(found.voices) == len({turn.speaker for turn in found.turns}) == requested
    assert found.parameters["speakers"] == requested


def test_a_number_of_speakers_below_one_is_refused(diarizer: Diarizer) -> None:
    with pytest.raises(RequestError):
        diarizer.diarize(np.zeros(RATE, np.float32), speakers=0)
