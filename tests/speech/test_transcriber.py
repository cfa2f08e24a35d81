"""Transcription: words with times, no words in silence."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Cancelled, EngineError, RequestError
from engine.speech import Transcriber, Transcript, open_transcriber, running_text
from engine.speech.activity import Window, speech_windows, without_pause

from .voice import pause, spoken

# MLX takes a minute on a CPU.
quick_on_a_mac = pytest.mark.integration if sys.platform == "darwin" else pytest.mark.slow
FIRST, SECOND = "The weather is wonderful today, and the water is very cold.", "Thank you for watching."


@pytest.fixture(scope="module")
def transcriber() -> Transcriber:
    return open_transcriber("tiny.en", "faster-whisper")


@pytest.fixture(scope="module")
def recording() -> tuple[np.ndarray, float]:
    """Two lines with a second of silence before and four between, and the start of the second line."""
    first, second = spoken(FIRST), spoken(SECOND)
    return np.concatenate([pause(1), first, pause(4), second, pause(1)]), 1 + len(first) / 16_000 + 4


@pytest.fixture(scope="module")
def transcript(transcriber: Transcriber, recording: tuple[np.ndarray, float]) -> Transcript:
    return transcriber.transcribe(recording[0])


def plain_words(text: str) -> list[str]:
    return [word.strip(".,").lower() for word in text.split()]


def test_every_word_is_recognised(transcript: Transcript) -> None:
    assert [word.text.strip(".,").lower() for word in transcript.words] == plain_words(FIRST) + plain_words(SECOND)
    assert transcript.language == "en"


def test_every_word_is_at_its_time(transcript: Transcript, recording: tuple[np.ndarray, float]) -> None:
    samples, second = recording
    assert float(transcript.words[0].start) == pytest.approx(1, abs=0.3)
    thank = transcript.words[len(plain_words(FIRST))]
    assert float(thank.start) == pytest.approx(second, abs=0.3)
    assert float(transcript.words[-1].end) == pytest.approx(len(samples) / 16_000 - 1, abs=0.5)
    times = [time for word in transcript.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert all(0 < word.confidence <= 1 for word in transcript.words)
    assert all((word.start * 1000).denominator == 1 for word in transcript.words)


def test_segments_cover_the_words(transcript: Transcript) -> None:
    assert [n for s in transcript.segments for n in range(s.first, s.last)] == list(range(len(transcript.words)))
    first = transcript.segments[0]
    assert first.text == " ".join(word.text for word in transcript.words[: first.last])


def test_the_transcript_names_its_model_and_round_trips(transcript: Transcript) -> None:
    assert (transcript.model, transcript.backend, transcript.parameters["temperature"]) == (
        "tiny.en",
        "faster-whisper",
        0,
    )
    assert len(transcript.model_digest) == 32
    restored = Transcript.model_validate_json(transcript.model_dump_json())
    assert restored == transcript
    start = transcript.words[0].start
    assert transcript.model_dump(mode="json")["words"][0]["start"] == [start.numerator, start.denominator]


def test_the_same_sound_gives_the_same_words(
    transcriber: Transcriber, recording: tuple[np.ndarray, float], transcript: Transcript
) -> None:
    assert transcriber.transcribe(recording[0]) == transcript


@pytest.mark.parametrize("kind", ["nothing", "silence", "noise", "tone"])
def test_sound_without_speech_has_no_words(transcriber: Transcriber, kind: str) -> None:
    generator = np.random.default_rng(0)
    sounds = {
        "nothing": np.zeros(0),
        "silence": np.zeros(48_000),
        "noise": 0.1 * generator.standard_normal(80_000),
        "tone": 0.5 * np.sin(np.arange(80_000) / 16_000 * 2 * np.pi * 440),
    }
    transcript = transcriber.transcribe(sounds[kind].astype(np.float32))
    assert transcript.words == transcript.segments == ()


def test_a_line_spoken_six_times_is_transcribed_six_times(transcriber: Transcriber) -> None:
    line = np.concatenate([spoken("Welcome to my channel."), pause(0.6)])
    transcript = transcriber.transcribe(np.concatenate([line] * 6))
    assert plain_words(running_text(transcript.words)) == ["welcome", "to", "my", "channel"] * 6
    begins = [float(word.start) for word in transcript.words[::4]]
    assert begins == pytest.approx([n * len(line) / 16_000 for n in range(6)], abs=0.4)
    assert transcript.dropped == ()


def test_numbers_keep_their_form_and_no_word_outlasts_the_recording(transcriber: Transcriber) -> None:
    transcript = transcriber.transcribe(spoken("It costs 1,250,000 dollars, for a self-taught artist."))
    words = [word.text.strip(".,") for word in transcript.words]
    assert "self-taught" in words
    assert any("1,250,000" in word for word in words)
    assert transcript.words[-1].end <= transcript.duration


def test_a_single_language_model_reports_no_language_probability(
    transcriber: Transcriber, transcript: Transcript
) -> None:
    assert (transcript.language, transcript.language_probability) == ("en", None)
    assert "cannot detect the language" in transcript.notes[0]


def test_progress_rises_to_one(transcriber: Transcriber, recording: tuple[np.ndarray, float]) -> None:
    seen: list[float] = []
    transcriber.transcribe(recording[0], progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1


def test_transcription_can_be_cancelled(transcriber: Transcriber, recording: tuple[np.ndarray, float]) -> None:
    with pytest.raises(Cancelled):
        transcriber.transcribe(recording[0], cancelled=lambda: True)


def test_an_unsupported_language_is_refused(transcriber: Transcriber) -> None:
    with pytest.raises(RequestError, match="only English"):
        transcriber.transcribe(np.zeros(16_000, np.float32), language="de")


def test_a_broken_model_is_named_in_the_error(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"not a model")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(EngineError, match=str(tmp_path)):
        open_transcriber(tmp_path, "faster-whisper").transcribe(np.zeros(16_000, np.float32))


def test_long_speech_is_split_into_windows_of_at_most_30_s(recording: tuple[np.ndarray, float]) -> None:
    talk = np.concatenate([spoken(FIRST), pause(0.4)] * 10)
    windows = speech_windows(np.concatenate([talk, pause(3), recording[0]]))
    assert len(windows) >= 2
    assert all(len(window.samples) <= 30 * 16_000 for window in windows)


def test_a_window_maps_its_times_to_the_recording() -> None:
    window = Window(np.zeros(48_000, np.float32), offsets=(0, 16_000), sources=(32_000, 160_000))
    assert window.spoken_at(0.5, 0.8) == pytest.approx((2.5, 2.8))
    assert window.spoken_at(0.9, 1.6) == pytest.approx((10.0, 10.6))
    assert window.spoken_at(2.8, 3.4) == pytest.approx((11.8, 12.0))


def test_the_silence_before_a_long_word_is_removed() -> None:
    tail, word = np.full(800, 0.3, np.float32), np.full(4800, 0.3, np.float32)
    samples = np.concatenate([tail, np.zeros(16_000, np.float32), word, np.zeros(3200, np.float32)])
    assert without_pause(samples, 0, len(samples) / 16_000) == pytest.approx((1.05, 1.35), abs=0.011)
    assert without_pause(samples, 1.05, 1.35) == (1.05, 1.35)


@quick_on_a_mac
def test_mlx_gives_the_same_words_at_the_same_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recording: tuple[np.ndarray, float], transcript: Transcript
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    found = open_transcriber("tiny.en", "mlx-whisper").transcribe(recording[0])
    assert found.backend == "mlx-whisper"
    assert [word.text.strip(".,").lower() for word in found.words] == plain_words(FIRST) + plain_words(SECOND)
    differences = [
        abs(float(a - b))
        for ours, theirs in zip(found.words, transcript.words, strict=True)
        for a, b in ((ours.start, theirs.start), (ours.end, theirs.end))
    ]
    assert sorted(differences)[len(differences) * 9 // 10] <= 0.06
    assert max(differences) <= 0.3
