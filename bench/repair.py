"""Clipped speech, clicks and rooms: the dialog chain beside DeepFilterNet alone and FFmpeg's adeclip and adeclick.

The environment variables `REPAIR_ENGLISH` and `REPAIR_OTHER` name files of clean speech, separated by `:`. The
reference words are those that the speech model recognises in the English ones before they are spoilt. `REPAIR_FAULTS`
chooses the rows whose name has this text.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
import soxr
from numpy.typing import NDArray

from bench.words import normalized, word_error_rate
from engine.sound import Recording, clean, load_preset, read_blocks
from engine.sound.dialog.isolation import IsolationModel
from engine.sound.dialog.stage import run_stages
from engine.speech import open_transcriber
from fixtures.rooms import clipped_to_sdr, in_room, with_clicks
from fixtures.wav import write_wav

Samples = NDArray[np.float32]
_RATE = 48_000
_FAULTS: dict[str, Callable[[Samples], Samples]] = {
    "clipped, SDR 7 dB": lambda voice: clipped_to_sdr(voice, 7)[0],
    "clipped, SDR 12 dB": lambda voice: clipped_to_sdr(voice, 12)[0],
    "clicks, 4 a second": lambda voice: with_clicks(voice, _RATE, 4, seed=3),
    "clicks, 12 a second": lambda voice: with_clicks(voice, _RATE, 12, seed=4),
    "room, RT60 0.3 s": lambda voice: in_room(voice, _RATE, 0.3, seed=5, distance=1.0),
    "room, RT60 0.5 s": lambda voice: in_room(voice, _RATE, 0.5, seed=6, distance=1.0),
    "room, RT60 0.8 s": lambda voice: in_room(voice, _RATE, 0.8, seed=7, distance=1.0),
    "dry": lambda voice: voice,
}


def run() -> None:
    """Prints a table of medians over the voices for each fault."""
    try:
        from pesq import pesq
    except ImportError:
        sys.exit("pesq is missing. Install it into the environment: uv pip install pesq.")
    voices = _voices()
    hear = _recognizer()
    seconds = sum(len(voice) for voice, _ in voices) / _RATE
    print(f"{len(voices)} recordings, {seconds:.0f} s; medians; word errors of the English ones\n")
    print("| fault | version | PESQ-wb | SI-SDR, dB | word errors | times real time |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    references = [hear(voice) if english else [] for voice, english in voices]
    wanted = os.environ.get("REPAIR_FAULTS", "")
    for fault, spoil in _FAULTS.items():
        if wanted not in fault:
            continue
        peer = "adeclip" if "clipped" in fault else "adeclick" if "clicks" in fault else ""
        versions: dict[str, Callable[[Samples], Samples]] = {
            "as it came": lambda samples: samples,
            "ours, dialog": _chain,
            "DeepFilterNet alone": _isolated,
        }
        if peer:
            versions[f"FFmpeg {peer}"] = lambda samples, peer=peer: _filtered(samples, peer)  # type: ignore[misc]
        for name, repair in versions.items():
            scores, ratios, errors, words, took = [], [], 0.0, 0, 0.0
            for (voice, english), reference in zip(voices, references, strict=True):
                spoilt = spoil(voice)
                begin = time.perf_counter()
                made = repair(spoilt)[: len(voice)]
                took += time.perf_counter() - begin
                made = np.pad(made, (0, len(voice) - len(made)))
                scores.append(pesq(16_000, _at_16k(voice), _at_16k(made), "wb"))
                ratios.append(_si_sdr(voice, made))
                if english:
                    errors += word_error_rate(reference, hear(made)) * len(reference)
                    words += len(reference)
            speed = seconds / took if name != "as it came" else float("nan")
            print(
                f"| {fault} | {name} | {statistics.median(scores):.2f} | {statistics.median(ratios):.1f} "
                f"| {errors / max(words, 1):.3f} | {'' if speed != speed else f'{speed:.1f}'} |",
                flush=True,
            )


def _voices() -> list[tuple[Samples, bool]]:
    """The voices at 48 kHz, and whether they speak English."""
    named = {name: os.environ.get(name, "") for name in ("REPAIR_ENGLISH", "REPAIR_OTHER")}
    paths = [
        (Path(path), name == "REPAIR_ENGLISH") for name, value in named.items() for path in value.split(":") if path
    ]
    if not paths:
        sys.exit("No speech. Name sound files in REPAIR_ENGLISH and REPAIR_OTHER, separated by colons.")
    found = []
    for path, english in paths:
        voice = np.concatenate([block[:, 0] for block in read_blocks(path, layout="mono")])
        found.append((np.asarray(0.7 * voice / np.abs(voice).max(), np.float32), english))
    return found


def _recognizer() -> Callable[[Samples], list[str]]:
    transcriber = open_transcriber(backend="faster-whisper")

    def hear(samples: Samples) -> list[str]:
        return normalized(" ".join(word.text for word in transcriber.transcribe(_at_16k(samples)).words))

    return hear


def _chain(samples: Samples) -> Samples:
    with TemporaryDirectory() as folder:
        source, out = Path(folder) / "take.wav", Path(folder) / "dialog.wav"
        write_wav(source, samples[:, None], _RATE)
        clean(Recording(source), load_preset("dialog"), out)
        return np.concatenate([block[:, 0] for block in read_blocks(out)])


def _isolated(samples: Samples) -> Samples:
    return np.concatenate(list(run_stages([IsolationModel()], [samples])))


def _filtered(samples: Samples, name: str) -> Samples:
    """The samples after a filter of FFmpeg with its defaults."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=_RATE, format="fltp", layout="mono")
    effect, sink = graph.add(name), graph.add("abuffersink")
    source.link_to(effect)
    effect.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(samples[None], "fltp", "mono")
    frame.sample_rate, frame.pts = _RATE, 0
    source.push(frame)
    source.push(None)
    made = []
    while True:
        try:
            out = sink.pull()
        except (av.error.EOFError, av.error.BlockingIOError):
            break
        planes = out.to_ndarray()
        made.append(planes.reshape(-1).astype(np.float32))
    return np.concatenate(made)


def _at_16k(samples: Samples) -> NDArray[np.float32]:
    return np.asarray(soxr.resample(samples, _RATE, 16_000), np.float32)


def _si_sdr(reference: Samples, found: Samples) -> float:
    a, b = (part.astype(np.float64) - part.mean() for part in (reference, found))
    target = (a @ b) / (a @ a) * a
    return float(10 * np.log10(target @ target / max(float((b - target) @ (b - target)), 1e-20)))
