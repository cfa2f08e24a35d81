"""Sound: loudness against ffmpeg's ebur128, the speed of dialog cleanup, and the cases of EBU Tech 3341 and 3342."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyloudnorm

from bench.comparison import RUNS, ffmpeg_with_zscale
from bench.measurement import Measurement, measure
from bench.normalization import measure_normalization
from engine.sound import Meter, meter_file
from fixtures import ebu
from fixtures.ebu import RATE, tones
from fixtures.wav import write_wav

_MINUTES = 30
_CLEANED_MINUTES = 10

_CLEAN = """
import sys
from pathlib import Path
from engine.sound import Recording, clean, load_preset
clean(Recording(Path(sys.argv[1])), load_preset("dialog"), Path(sys.argv[2]))
"""
_MEASURE = """
import sys
from pathlib import Path
from engine.sound import measure_file
measure_file(Path(sys.argv[1]))
"""


def run() -> None:
    """Prints the results as tables."""
    with tempfile.TemporaryDirectory() as scratch:
        _against_ffmpeg(_programme(Path(scratch) / "programme.wav", _MINUTES))
        measure_normalization(Path(scratch))
        _cleaning(_programme(Path(scratch) / "voice.wav", _CLEANED_MINUTES), Path(scratch) / "dialog.wav")
    _ebu()


def _against_ffmpeg(path: Path) -> None:
    peer = [
        ffmpeg_with_zscale(),
        "-v",
        "error",
        "-nostats",
        "-i",
        str(path),
        "-af",
        "ebur128=peak=true",
        "-f",
        "null",
        "-",
    ]
    commands = {
        "ours, I S M range, true peak": [sys.executable, "-c", _MEASURE, str(path)],
        "ffmpeg -af ebur128=peak=true": peer,
    }
    runs: dict[str, list[Measurement]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            runs[name].append(measure(command))
    print(f"{_MINUTES} minutes of stereo at 48 kHz, median of {RUNS} runs, whole commands\n")
    print("| | s | times real time | relative to ours |")
    print("| --- | ---: | ---: | ---: |")
    ours = statistics.median(one.wall for one in runs["ours, I S M range, true peak"])
    for name, found in runs.items():
        wall = statistics.median(one.wall for one in found)
        print(f"| {name} | {wall:.2f} | {_MINUTES * 60 / wall:.0f} | {ours / wall:.2f} × |")


def _cleaning(path: Path, out: Path) -> None:
    found = measure([sys.executable, "-c", _CLEAN, str(path), str(out)])
    print("\n| dialog chain | times real time | CPU s |\n| --- | ---: | ---: |")
    speed = _CLEANED_MINUTES * 60 / found.wall
    print(f"| {_CLEANED_MINUTES} minutes of voice in noise | {speed:.1f} | {found.processor:.0f} |")


def _ebu() -> None:
    print("\n| case | expected | ours |\n| --- | --- | --- |")
    for case, wanted, found in _cases():
        print(f"| {case} | {wanted} | {found} |")


def _cases() -> Iterator[tuple[str, str, str]]:
    for case, level in ((1, -23.0), (2, -33.0)):
        meter = _measure_samples(tones((level, 20)))
        yield (
            f"3341-{case}",
            f"M, S, I = {level:.1f} ±0.1 LUFS",
            f"{meter.momentary()[-1]:.2f}, {meter.short_term()[-1]:.2f}, {meter.integrated():.2f}",
        )
    for case, parts in (
        (3, [(-36, 10), (-23, 60), (-36, 10)]),
        (4, [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)]),
        (5, [(-26, 20), (-20, 20.1), (-26, 20)]),
    ):
        yield f"3341-{case}", "I = −23.0 ±0.1 LUFS", f"{_measure_samples(tones(*parts)).integrated():.2f}"
    yield "3341-6", "I = −23.0 ±0.1 LUFS", f"{_measure_samples(ebu.surround()).integrated():.2f}"
    programmes = [_at_minus_23(ebu.programme(spread)) for spread in (6.1, 19.0)]
    for case, meter in zip((7, 8), programmes, strict=True):
        yield f"3341-{case}, substitute", "I = −23.0 ±0.1 LUFS", f"{meter.integrated():.2f}"
    steady = _measure_samples(ebu.alternating(1.34, 1.66, 5)).short_term()
    yield "3341-9", "S = −23.0 ±0.1 LUFS after 3 s", _span(steady)
    yield (
        "3341-10",
        "max S = −23.0 ±0.1 LUFS, 20 files",
        _span([_measure_samples(s).short_term().max() for s in ebu.shifted(3, 0.15)]),
    )
    off = [_measure_samples(s).short_term().max() - level for level, s in ebu.rising(3, 0.15)]
    yield "3341-11", "max S = −38.0 … −19.0 ±0.1 LUFS", f"off by {_span(off)}"
    yield (
        "3341-12",
        "M = −23.0 ±0.1 LUFS after 1 s",
        _span(_measure_samples(ebu.alternating(0.18, 0.22, 25)).momentary()[60:]),
    )
    found = [_measure_samples(s).momentary().max() for s in ebu.shifted(0.4, 0.02)]
    yield "3341-13", "max M = −23.0 ±0.1 LUFS, 20 files", _span(found)
    off = [_measure_samples(s).momentary().max() - level for level, s in ebu.rising(0.4, 0.02)]
    yield "3341-14", "max M = −38.0 … −19.0 ±0.1 LUFS", f"off by {_span(off)}"
    for case, hertz, degrees, amplitude, peak in (
        (15, RATE / 4, 0, 0.5, -6),
        (16, RATE / 4, 45, 0.5, -6),
        (17, RATE / 6, 60, 0.5, -6),
        (18, RATE / 8, 67.5, 0.5, -6),
        (19, RATE / 4, 45, 1.41, 3),
    ):
        found_peak = _measure_samples(ebu.between_samples(hertz, degrees, amplitude)).true_peak
        yield f"3341-{case}", f"{peak:+.1f} +0.2/−0.4 dBTP", f"{found_peak:+.2f}"
    for case in range(20, 24):
        yield f"3341-{case}", "0.0 +0.2/−0.4 dBTP", f"{_measure_samples(ebu.one_peak(case - 20)).true_peak:+.2f}"
    for case, levels, wanted in (
        (1, (-20, -30), 10),
        (2, (-20, -15), 5),
        (3, (-40, -20), 20),
        (4, (-50, -35, -20, -35, -50), 15),
    ):
        yield (
            f"3342-{case}",
            f"LRA = {wanted} ±1 LU",
            f"{_measure_samples(tones(*[(level, 20) for level in levels])).range():.2f}",
        )
    for case, meter, wanted in zip((5, 6), programmes, (5, 15), strict=True):
        yield f"3342-{case}, substitute", f"LRA = {wanted} ±1 LU", f"{meter.range():.2f}"


def _at_minus_23(samples: ebu.Samples) -> Meter:
    """Normalises samples to −23 LUFS with pyloudnorm, as our meter is under test. Returns our meter's result."""
    found = pyloudnorm.Meter(RATE).integrated_loudness(samples.astype(np.float64))
    return _measure_samples(samples * np.float32(10 ** ((-23 - found) / 20)))


def _measure_samples(samples: ebu.Samples) -> Meter:
    """Measures samples from a file, as `cwtui loudness` does."""
    with tempfile.TemporaryDirectory() as scratch:
        return meter_file(write_wav(Path(scratch) / "case.wav", samples))


def _span(values: object) -> str:
    found = np.asarray(values)
    return f"{found.min():.2f} … {found.max():.2f}"


def _programme(path: Path, minutes: int) -> Path:
    """A voice in noise, long enough that startup time does not matter."""
    from engine.sound.encode import encode

    voice = ebu.programme(5, 60)
    noise = np.random.default_rng(1).standard_normal(voice.shape).astype(np.float32) * np.float32(0.01)
    blocks = (voice + noise for _ in range(minutes))
    encode(blocks, path, "wav", codec="wav", bit_rate=0, rate=RATE, edit_list=True)
    return path
