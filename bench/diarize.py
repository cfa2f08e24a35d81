"""Diarization of conversations: error rate and speakers found beside a plain pipeline, speed and memory."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.measurement import measure
from bench.spectral_diarization import SpectralDiarizer
from engine.speech import open_diarizer, read_rttm
from fixtures.conversation import LONG_TURNS, SHORT_TURNS, Conversation, Voices, hold_conversation
from fixtures.dialogue import RATE, Spoken, converse, spoken_voices
from fixtures.diarization_error import DiarizationError, SpeakerSpan, diarization_error
from fixtures.recorded_voices import recorded_voices

VARIABLE = "CWTUI_BENCH_VOICES"
"""A folder with a subfolder of utterances per person. Without it, eSpeak NG speaks."""

_MINUTES = (10, 60)
_SEEDS = range(10)
_SECONDS = 75
# A room and more noise, in every third conversation.
_ROOM = 0.3


def run() -> None:
    """Prints a table of conversations and one of durations."""
    _conversations()
    _durations()


def _conversations() -> None:
    folder = os.environ.get(VARIABLE)
    voices: Voices = recorded_voices(Path(folder)) if folder else spoken_voices()
    print(
        f"{len(voices)} {'recorded voices' if folder else 'voices of eSpeak NG'}, {len(_SEEDS)} conversations a row\n"
    )
    print("| voices | turns | ours: DER (mean, worst) | count right | spectral: DER (mean, worst) | count right | x |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    ours, peer = open_diarizer(), SpectralDiarizer()
    for count, turns in ((2, SHORT_TURNS), (2, LONG_TURNS), (3, SHORT_TURNS), (5, SHORT_TURNS), (5, LONG_TURNS)):
        if count > len(voices):
            continue
        rates: dict[str, list[float]] = {"ours": [], "peer": []}
        right = dict.fromkeys(rates, 0)
        taken = 0.0
        for conversation in _held(voices, count, turns):
            begin = time.perf_counter()
            heard = ours.diarize(conversation.samples)
            taken += time.perf_counter() - begin
            found: dict[str, Sequence[SpeakerSpan]] = {
                "ours": [(turn.start, turn.end, turn.speaker) for turn in heard.turns],
                "peer": peer.diarize(conversation.samples),
            }
            for who, spans in found.items():
                rates[who].append(diarization_error(conversation.spans, spans).rate)
                # In a short conversation of long turns, not everybody has one.
                right[who] += len({speaker for *_, speaker in spans}) == len({one for *_, one in conversation.spans})
        cells = " | ".join(
            f"{statistics.mean(rates[who]):.1%}, {max(rates[who]):.1%} | {right[who]} of {len(_SEEDS)}" for who in rates
        )
        length = f"{turns[0]:.0f} to {turns[1]:.0f} s"
        print(f"| {count} | {length} | {cells} | {_SECONDS * len(_SEEDS) / taken:.1f} |", flush=True)


def _held(voices: Voices, count: int, turns: tuple[float, float]) -> Iterator[Conversation]:
    for seed in _SEEDS:
        names = np.random.default_rng(1000 * count + seed).choice(sorted(voices), count, replace=False)
        room = _ROOM if seed % 3 == 2 else 0
        yield hold_conversation(
            {str(name): voices[str(name)] for name in names},
            _SECONDS,
            turns,
            seed=seed,
            noise=2e-3 if room else 1e-3,
            reverberation=room,
        )


def _durations() -> None:
    print("\nFour voices with interruptions, the whole `cwtui diarize` command\n")
    print("| minutes | speakers | DER | missed | false alarm | confused | s | times real time | peak MiB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as scratch:
        for minutes in _MINUTES:
            samples, lines = converse(60 * minutes)
            sound, turns = Path(scratch) / f"{minutes}.wav", Path(scratch) / f"{minutes}.rttm"
            _write(sound, samples)
            took = measure([str(Path(sys.executable).with_name("cwtui")), "diarize", str(sound), "-o", str(turns)])
            speakers, error = _error(lines, turns)
            shares = " | ".join(
                f"{share:.1%}" for share in (error.rate, error.missed, error.false_alarm, error.confused)
            )
            speed = 60 * minutes / took.wall
            print(
                f"| {minutes} | {speakers} | {shares} | {took.wall:.1f} | {speed:.1f} | {took.memory:.0f} |", flush=True
            )


def _write(path: Path, samples: NDArray[np.float32]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def _error(lines: list[Spoken], path: Path) -> tuple[int, DiarizationError]:
    found = read_rttm(path.read_text())
    reference = [(line.start, line.end, line.speaker) for line in lines]
    return len({turn.speaker for turn in found}), diarization_error(
        reference, [(turn.start, turn.end, turn.speaker) for turn in found]
    )
