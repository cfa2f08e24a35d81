"""Long recordings: no invented words in ten minutes without speech, no lost or doubled words between windows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.speech import Transcriber, open_transcriber
from engine.speech.activity import speech_windows

from .voice import pause, spoken

RATE = 16_000
TEN_MINUTES = 600 * RATE
LINE = "The weather is wonderful today, and the water is very cold."
LINES = (
    LINE,
    "We walked along the harbour wall until the sun went down.",
    "The light only lasts a few minutes, so we have to be quick.",
    "I will try that again from the beginning, because the wind was loud.",
    "Nobody told us that the boats would leave before seven in the morning.",
    "My sister bought a small red car last summer.",
    "There are seven bridges over the river in this city.",
    "Please remember to close the window before you leave the house.",
)


@pytest.fixture(scope="module")
def transcriber() -> Transcriber:
    return open_transcriber("tiny.en", "faster-whisper")


def chords(count: int) -> NDArray[np.float64]:
    """Music-like sound: four plucked chords of 1.5 s each, repeated."""
    time = np.arange(count) / RATE
    decay = np.exp(-3 * (time % 1.5))
    roots = np.array([220.0, 174.6, 261.6, 196.0])[(time // 1.5).astype(int) % 4]
    phase = 2 * np.pi * np.cumsum(roots) / RATE
    tones = [np.sin(ratio * phase) / number for number, ratio in enumerate((1, 1.25, 1.5, 2), 1)]
    return 0.2 * decay * np.sum(tones, axis=0)


WITHOUT_SPEECH: dict[str, Callable[[], NDArray[np.float64]]] = {
    "silence": lambda: np.zeros(TEN_MINUTES),
    "noise": lambda: 0.1 * np.random.default_rng(1).standard_normal(TEN_MINUTES),
    "music": lambda: chords(TEN_MINUTES),
}


# Ten minutes of silence are in the test below, too.
@pytest.mark.parametrize(
    "kind", [pytest.param("silence", marks=pytest.mark.slow), pytest.param("noise", marks=pytest.mark.slow), "music"]
)
def test_ten_minutes_without_speech_have_no_words(transcriber: Transcriber, kind: str) -> None:
    transcript = transcriber.transcribe(WITHOUT_SPEECH[kind]().astype(np.float32))
    assert transcript.words == transcript.segments == transcript.dropped == ()


def test_speech_after_ten_minutes_of_silence_is_found_at_its_time(transcriber: Transcriber) -> None:
    line = spoken(LINE)
    transcript = transcriber.transcribe(np.concatenate([pause(600), line, pause(1)]))
    assert [word.text.strip(".,").lower() for word in transcript.words] == [w.strip(".,").lower() for w in LINE.split()]
    loud = np.flatnonzero(np.abs(line) > 0.01)
    assert float(transcript.words[0].start) == pytest.approx(600 + loud[0] / RATE, abs=0.2)
    assert float(transcript.words[-1].end) == pytest.approx(600 + loud[-1] / RATE, abs=0.2)


def test_speech_without_pauses_loses_and_doubles_no_words(transcriber: Transcriber) -> None:
    voices = []
    for line in LINES:
        voice = spoken(line)
        loud = np.flatnonzero(np.abs(voice) > 0.01)
        voices.append(voice[loud[0] : loud[-1]])
    talk = np.concatenate(voices * 2)
    assert sum(window.shared > 0 for window in speech_windows(talk)) >= 2
    expected = [word.strip(".,").lower() for line in LINES * 2 for word in line.split()]
    found = [word.text.strip(".,").lower() for word in transcriber.transcribe(talk).words]
    assert abs(len(found) - len(expected)) <= 1
    # The remaining differences are spellings of the smallest model (harbor, 7).
    assert edit_distance(expected, found) <= 0.08 * len(expected)


def edit_distance(expected: list[str], found: list[str]) -> int:
    """The number of inserted, deleted and substituted words (edit distance)."""
    row = list(range(len(found) + 1))
    for number, word in enumerate(expected, 1):
        diagonal, row[0] = row[0], number
        for place, other in enumerate(found, 1):
            diagonal, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, diagonal + (word != other))
    return row[-1]
