"""Each stretch of speech has its own language; translation; short loops. A scripted back end hears marked sound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.speech import Transcript, open_transcriber, running_text
from engine.speech.activity import RATE, speech_pieces, speech_windows
from engine.speech.asr_backend import AsrSegment, AsrTask, is_trained_to_translate
from engine.speech.languages import spoken_languages
from engine.speech.loop_check import check_repetition, false_repeats

from .voice import pause, spoken

LINE = "The weather is wonderful today, and the water is very cold."
SHORT = "Thank you for watching."
MARK = 0.002


def said(language: str, text: str = LINE) -> NDArray[np.float32]:
    """A line whose offset marks its language for `MarkedBackend`; the detector of speech ignores it."""
    return spoken(text) + np.float32({"de": MARK, "en": -MARK}[language])


def joined(*parts: NDArray[np.float32], seconds: float = 0.8) -> NDArray[np.float32]:
    return np.concatenate([piece for part in parts for piece in (part, pause(seconds))])


class MarkedBackend:
    """A back end that hears the language of marked sound, and writes the language that it is given for each piece.

    `confidence` is the probability of the language that is heard.
    """

    name = "marked"
    parameters: Mapping[str, str | int | float | bool] = {}
    multilingual = translates = True

    def __init__(self, confidence: float = 0.99) -> None:
        self.confidence = confidence
        self.heard: list[tuple[float, str, AsrTask]] = []

    def languages_of(self, samples: NDArray[np.float32]) -> Mapping[str, float]:
        parts = [samples[begin:end] for begin, end in speech_pieces(samples)]
        german = sum(len(part) for part in parts if part.mean() > 0) / max(1, sum(map(len, parts)))
        share = (1 - self.confidence) + german * (2 * self.confidence - 1)
        return {"de": share, "en": 1 - share}

    def hear(
        self, samples: NDArray[np.float32], language: str, glossary: Sequence[str], task: AsrTask = "transcribe"
    ) -> Iterator[AsrSegment]:
        self.heard.append((len(samples) / RATE, language, task))
        for begin, end in speech_pieces(samples):
            # Another text for each piece: equal ones would be a loop.
            text = f" {'English' if task == 'translate' else language}-{begin}."
            yield AsrSegment([(text, begin / RATE, end / RATE, 0.9)], 0.01, -0.2)


def transcribe(samples: NDArray[np.float32], backend: MarkedBackend, language: str | None = None,
               task: AsrTask = "transcribe") -> Transcript:  # fmt: skip
    transcriber = open_transcriber("tiny.en", "faster-whisper")
    transcriber._loaded = backend  # type: ignore[attr-defined]
    return transcriber.transcribe(samples, language=language, task=task)


def languages(transcript: Transcript) -> list[str | None]:
    """The languages of the segments without repetitions."""
    found = [segment.language for segment in transcript.segments]
    return [one for n, one in enumerate(found) if n == 0 or one != found[n - 1]]


@pytest.fixture(scope="module")
def mixed() -> NDArray[np.float32]:
    """German, one English line, and German again, in one window."""
    return joined(said("de"), said("de"), said("en"), said("de"))


def test_each_stretch_has_its_language(mixed: NDArray[np.float32]) -> None:
    transcript = transcribe(mixed, MarkedBackend())
    assert languages(transcript) == ["de", "en", "de"]
    assert transcript.language == "de"
    assert transcript.language_probability == pytest.approx(0.99, abs=0.01)
    english = next(one for one in transcript.segments if one.language == "en")
    start = 2 * (len(said("de")) / RATE + 0.8)
    assert float(english.start) == pytest.approx(start, abs=0.3)
    assert all(segment.text.startswith(str(segment.language)) for segment in transcript.segments)
    times = [time for word in transcript.words for time in (word.start, word.end)]
    assert times == sorted(times)


def test_a_given_language_is_obeyed_without_detection(mixed: NDArray[np.float32]) -> None:
    backend = MarkedBackend()
    transcript = transcribe(mixed, backend, language="de")
    assert languages(transcript) == ["de"]
    assert {language for _, language, _ in backend.heard} == {"de"}
    assert transcript.language_probability == 1


def test_an_uncertain_stretch_does_not_change_the_language() -> None:
    uncertain = MarkedBackend(confidence=0.7)
    assert languages(transcribe(joined(said("de"), said("de"), said("en"), said("de")), uncertain)) == ["de"]


def test_windows_of_other_languages_need_no_pause_between_words() -> None:
    samples = joined(said("de"), said("de"), seconds=3.0)
    windows = speech_windows(np.concatenate([samples, joined(*[said("en")] * 8, seconds=3.0)]))
    found = spoken_languages(MarkedBackend(), windows, lambda share: None)
    assert [one.language for one in found.windows][:1] == ["de"]
    assert found.main == "en"
    total = sum(len(window.samples) for window in windows)
    assert sum(len(one.window.samples) for one in found.windows) == total


def test_parts_of_a_window_keep_the_times_of_the_recording(mixed: NDArray[np.float32]) -> None:
    (window,) = speech_windows(np.concatenate([pause(3), mixed, pause(4), said("de")]))
    middle = len(window.samples) // 2
    first, second = window.part(0, middle), window.part(middle, len(window.samples))
    np.testing.assert_array_equal(np.concatenate([first.samples, second.samples]), window.samples)
    for at in (0.5, middle / RATE - 0.5, middle / RATE + 0.5, len(window.samples) / RATE - 0.5):
        part, shift = (first, 0.0) if at < middle / RATE else (second, middle / RATE)
        assert part.spoken_at(at - shift, at - shift) == pytest.approx(window.spoken_at(at, at))


def test_a_translation_is_english_and_leaves_english_as_it_is(mixed: NDArray[np.float32]) -> None:
    backend = MarkedBackend()
    translation = transcribe(mixed, backend, task="translate")
    assert (translation.language, translation.translated_from) == ("en", "de")
    assert languages(translation) == ["en"]
    assert {(language, task) for _, language, task in backend.heard} == {("de", "translate"), ("en", "transcribe")}
    written = [word.split("-")[0] for word in running_text(translation.words).split()]
    assert written == ["English", "English", "en", "English"]


def test_a_model_that_cannot_translate_refuses() -> None:
    with pytest.raises(RequestError, match="cannot translate: it supports only English"):
        open_transcriber("tiny.en", "faster-whisper").transcribe(np.zeros(RATE, np.float32), task="translate")


@pytest.mark.parametrize(
    ("mel_bands", "decoder_layers", "trained"),
    [(80, 4, True), (80, 6, True), (80, 32, True), (128, 26, True), (128, 4, False), (128, 2, False), (80, 2, False)],
    ids=["tiny", "base", "large-v2", "large-v3", "turbo", "distil-large-v3", "distil-large-v2"],
)
def test_turbo_and_distilled_models_do_not_translate(mel_bands: int, decoder_layers: int, trained: bool) -> None:
    assert is_trained_to_translate(mel_bands, decoder_layers) is trained


def segment(text: str, start: float, end: float) -> AsrSegment:
    return AsrSegment([(f" {text}", start, end, 0.9)], 0.01, -0.3)


def test_short_segments_that_repeat_without_sound_are_heard_again() -> None:
    samples = joined(spoken(SHORT), pause(4), seconds=0.3)
    end = len(spoken(SHORT)) / RATE
    invented = [segment("5.", end + n, end + n + 0.02) for n in range(3)]
    again: list[int] = []

    def hear(sound: NDArray[np.float32], glossary: Sequence[str]) -> list[AsrSegment]:
        again.append(len(sound))
        return []

    accepted, rejected = check_repetition(hear, samples, [segment("Thanks.", 0, end), *invented], (), lambda: None)
    assert [one.words[0][0] for one in accepted] == [" Thanks."]
    assert rejected == invented


def test_short_segments_that_are_said_again_and_again_survive() -> None:
    line = spoken("No.")
    samples = joined(line, line, line, line, seconds=0.5)
    said_at = [(begin / RATE, end / RATE) for begin, end in speech_pieces(samples)]
    assert len(said_at) == 4
    real = [segment("No.", begin + 0.1, end - 0.1) for begin, end in said_at]

    def hear(sound: NDArray[np.float32], glossary: Sequence[str]) -> list[AsrSegment]:
        raise AssertionError("real repetitions are not heard again")

    assert check_repetition(hear, samples, real, (), lambda: None) == (real, [])


def test_a_loop_over_several_windows_is_dropped_where_the_sound_lacks_it() -> None:
    window = joined(spoken(SHORT), seconds=0.3)
    real, invented = segment("5.", 0.2, 0.6), segment("5.", 0.2, 0.21)
    other = segment("Thanks.", 0.2, 0.21)
    heard = [(one, window) for one in (real, invented, other, real, invented, invented, real)]
    assert false_repeats(heard) == {4, 5}
    assert false_repeats(heard[:3]) == set()


def test_earlier_transcripts_are_read(tmp_path: Path) -> None:
    stored = (
        '{"version": 3, "language": "de", "model": "m", "model_digest": "d", "backend": "b", "parameters": {},'
        ' "words": [{"text": "Hallo.", "start": [0, 1], "end": [1, 2], "confidence": 0.9}],'
        ' "segments": [{"start": [0, 1], "end": [1, 2], "text": "Hallo.", "first": 0, "last": 1}]}'
    )
    transcript = Transcript.model_validate_json(stored)
    assert (transcript.segments[0].language, transcript.words[0].heard, transcript.translated_from) == (None,) * 3
