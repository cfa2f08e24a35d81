"""The transcriber against faster-whisper called directly, with the same model and options."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import soxr
from numpy.typing import NDArray

from engine.speech import locate_model, open_transcriber
from fixtures.lines import Phrase
from fixtures.sound import RATE, speak

_RUNS = 3
_MINUTES = 5
_RATE = 16_000
_LINES = (
    "The weather is wonderful today, and the water is very cold.",
    "We walked along the harbour wall until the sun went down.",
    "The light only lasts a few minutes, so we have to be quick.",
    "I will try that again from the beginning, because the wind was loud.",
    "Nobody told us that the boats would leave before seven in the morning.",
)


def run() -> None:
    """Prints the comparison as a table."""
    samples, reference = _speech()
    times: dict[str, list[float]] = {"ours": [], "faster-whisper": []}
    hypotheses: dict[str, list[str]] = {}
    ours, peer = open_transcriber(backend="faster-whisper"), _peer()
    for turn in range(_RUNS + 1):
        begin = time.perf_counter()
        hypotheses["ours"] = normalized(" ".join(word.text for word in ours.transcribe(samples).words))
        middle = time.perf_counter()
        hypotheses["faster-whisper"] = normalized(peer(samples))
        if turn:  # The first loads the models.
            times["ours"].append(middle - begin)
            times["faster-whisper"].append(time.perf_counter() - middle)
    whole = len(samples) / _RATE
    median = {name: statistics.median(taken) for name, taken in times.items()}
    print(f"{_MINUTES} minutes of speech with pauses, {locate_model().id}, median of {_RUNS} runs, models loaded\n")
    print("| | s | times real time | relative to faster-whisper | word error rate |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, taken in median.items():
        speed, errors = median["faster-whisper"] / taken, word_error_rate(reference, hypotheses[name])
        print(f"| {name} | {taken:.2f} | {whole / taken:.1f} | {speed:.2f} × | {errors:.3f} |")


def word_error_rate(reference: list[str], hypothesis: list[str]) -> float:
    """The word error rate: insertions, deletions and substitutions, divided by the number of reference words."""
    row = np.arange(len(hypothesis) + 1)
    for number, word in enumerate(reference, 1):
        diagonal, row[0] = row[0], number
        for column, other in enumerate(hypothesis, 1):
            diagonal, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, diagonal + (word != other))
    return float(row[-1]) / len(reference)


def _speech() -> tuple[NDArray[np.float32], list[str]]:
    """Mono samples of lines with pauses of 0.5 to 3 s and faint noise, and their words."""
    generator = np.random.default_rng(6)
    voices = [
        soxr.resample(voice, RATE, _RATE).astype(np.float32)
        for voice in speak([Phrase(Fraction(0), line) for line in _LINES])
    ]
    parts, spoken, length = [], list[str](), 0
    while length < _MINUTES * 60 * _RATE:
        line = len(parts) // 2 % len(_LINES)
        voice = voices[line]
        pause = np.zeros(int(generator.uniform(0.5, 3) * _RATE), np.float32)
        parts += [voice, pause]
        spoken += normalized(_LINES[line])
        length += len(voice) + len(pause)
    samples = np.concatenate(parts)
    return samples + (1e-4 * generator.standard_normal(len(samples))).astype(np.float32), spoken


def _peer() -> Callable[[NDArray[np.float32]], str]:
    from faster_whisper import WhisperModel

    model = WhisperModel(str(locate_model().path), device="cpu", compute_type="float32", local_files_only=True)

    def transcribe(samples: NDArray[np.float32]) -> str:
        segments, _ = model.transcribe(
            samples,
            language="en",
            beam_size=5,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
            vad_filter=True,
        )
        return " ".join(word.word for segment in segments for word in segment.words)

    return transcribe


def normalized(text: str) -> list[str]:
    return re.sub(r"[^\w' ]", " ", text.lower()).split()
