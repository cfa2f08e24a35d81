"""Diarization of dialogues with four voices: error rate, speed and memory."""

from __future__ import annotations

import sys
import tempfile
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.measurement import measure
from engine.speech import read_rttm
from fixtures.dialogue import RATE, Spoken, converse
from fixtures.diarization_error import DiarizationError, diarization_error

_MINUTES = (10, 20, 60)


def run() -> None:
    """Prints a table with one row per duration."""
    print("Four voices with interruptions, the whole `cwtui diarize` command\n")
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
