"""Silences removed by words, against auto-editor's loudness threshold, on the same file."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from bench.words import _LINES
from engine.speech import open_transcriber
from engine.timeline import Clip, Cut, FileLevels, SilenceRule, accept, suggest, take_words
from fixtures.lines import Phrase
from fixtures.sound import RATE, speak

_SECONDS = 120
_HEARD = 16_000
Floats = NDArray[np.float32]
Spans = list[tuple[float, float]]


def run() -> None:
    """Prints the table. AUTO_EDITOR is the path of auto-editor's command."""
    peer = os.environ.get("AUTO_EDITOR")
    if not peer:
        print("Set AUTO_EDITOR to the path of auto-editor's command.")
        return
    print("| recording | version | words lost | speech lost, s | kept, s of all | times real time |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for title, steady in (("steady voice, quiet room", True), ("voice of changing level, knocks", False)):
        voice, noise, words = _recording(steady=steady)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "take.wav"
            _write(path, voice + noise)
            begin = time.perf_counter()
            results = {"auto-editor": (_peer(peer, path), 0.0)}
            taken = {"auto-editor": time.perf_counter() - begin}
            begin = time.perf_counter()
            results["ours, words known"] = _ours(path, voice + noise)
            taken["ours, words known"] = time.perf_counter() - begin
            for name, (kept, transcribed) in results.items():
                lost = sum(not any(a <= (start + end) / 2 < b for a, b in kept) for start, end in words)
                seconds = sum(b - a for a, b in kept)
                missing, whole = _speech_lost(voice, kept), len(voice) / RATE
                row = f"{lost} of {len(words)} | {missing:.2f} | {seconds:.1f} of {whole:.0f}"
                print(f"| {title} | {name} | {row} | {whole / (taken[name] - transcribed):.0f} |")
                if transcribed:
                    print(f"| | ours, with the transcription | {row} | {whole / taken[name]:.1f} |")


def _recording(*, steady: bool) -> tuple[Floats, Floats, Spans]:
    """A voice, and the noise around it; the words with their times, by the share of their letters in a line."""
    generator = np.random.default_rng(7)
    lines = speak([Phrase(Fraction(0), line) for line in _LINES])
    voice = np.zeros(_SECONDS * RATE, np.float32)
    noise = generator.normal(0, 10 ** (-60 / 20), len(voice)).astype(np.float32)
    words: Spans = []
    at, number = RATE, 0
    while at + len(lines[number % len(lines)]) + 4 * RATE < len(voice):
        said = _trimmed(lines[number % len(lines)])
        gain = 1.0 if steady else float(10 ** (generator.uniform(-22, 0) / 20))
        voice[at : at + len(said)] += said * np.float32(gain)
        texts = _LINES[number % len(lines)].split()
        share = np.cumsum([0, *(len(text) + 1 for text in texts)]) / sum(len(text) + 1 for text in texts)
        edges = (at + share * len(said)) / RATE
        words += list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
        at += len(said)
        pause = int(generator.uniform(0.4, 3.5) * RATE)
        if not steady and pause > RATE:
            knock = at + pause // 2
            decay = np.exp(-np.arange(RATE // 8) / (RATE / 40)).astype(np.float32)
            noise[knock : knock + len(decay)] += decay * generator.normal(0, 0.2, len(decay)).astype(np.float32)
        at, number = at + pause, number + 1
    return voice, noise, words


def _trimmed(samples: Floats) -> Floats:
    loud = np.flatnonzero(np.abs(samples) > 0.003)
    return samples[loud[0] : loud[-1] + 1]


def _ours(path: Path, samples: Floats) -> tuple[Spans, float]:
    """The kept spans by suggested silences of more than 0.8 s, and the seconds that the transcription took."""
    begin = time.perf_counter()
    transcript = open_transcriber().transcribe(soxr.resample(samples, RATE, _HEARD).astype(np.float32))
    transcribed = time.perf_counter() - begin
    rate = Fraction(30)
    cut = Cut("take", rate, 1920, 1080, (Clip("1", "take", 0, _SECONDS * 30),))
    spoken, levels = {"take": take_words("take", transcript)}, FileLevels({"take": path})
    found = suggest(cut, spoken, kinds=("silence",), silences=SilenceRule(), least=0.0)
    shorter = accept(cut, spoken, found, levels)
    kept = [(span.source / RATE, (span.source + span.last - span.first) / RATE) for span in shorter.sound_spans()]
    return kept, transcribed


def _peer(command: str, path: Path) -> Spans:
    """The kept spans of auto-editor with its defaults: a threshold of 4 %, and 0.2 s around loud parts."""
    out = path.with_suffix(".json")
    options = ["--export", "json", "--no-open", "--quiet", "--my-ffmpeg", "-o", str(out)]
    subprocess.run([command, str(path), *options], check=True)
    timeline = json.loads(out.read_text())
    rate = float(Fraction(timeline["timebase"]))
    return [(one["offset"] / rate, (one["offset"] + one["dur"]) / rate) for layer in timeline["a"] for one in layer]


def _speech_lost(voice: Floats, kept: Spans) -> float:
    """Seconds in which the voice is within 40 dB of its own peak and that are not kept, in steps of 10 ms."""
    step = RATE // 100
    levels = np.sqrt(np.square(voice[: len(voice) // step * step].astype(np.float64)).reshape(-1, step).mean(axis=1))
    spoken = levels > levels.max() * 10 ** (-40 / 20)
    times = np.arange(len(spoken)) / 100
    inside = np.zeros(len(spoken), bool)
    for a, b in kept:
        inside |= (times >= a - 0.005) & (times < b)
    return float((spoken & ~inside).sum()) / 100


def _write(path: Path, samples: Floats) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
