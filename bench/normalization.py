"""How close cleaned dialogs and deliverables come to their loudness, beside ffmpeg's loudnorm and alimiter.

CLEANWATER_BENCH_SPEECH may name a folder with recordings (.wav, .flac), which are added to the generated clips.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.comparison import ffmpeg_with_zscale
from engine.deliver import load_recipe
from engine.deliver.master import master_stretch
from engine.sound import LimiterWork, Loudness, Recording, clean, duration_of, load_preset, measure_file, read_blocks
from engine.sound.dialog.preset import LoudnessTarget
from engine.sound.dialog.scratch import Scratch
from engine.sound.dialog.target_loudness import write_at_loudness
from fixtures.dialogue import VOICES
from fixtures.lines import Phrase
from fixtures.noise import shaped
from fixtures.sound import RATE, speak
from fixtures.wav import write_wav

_LINES = (
    "I never thought that the water would be this warm so late in the year.",
    "Come here! You could see the whole coast from up there before the fog came in.",
    "They told me that nobody had used that road for twenty years.",
)
_NEAR_LU = 0.2
_CEILING = -1.0
_CELL = RATE // 10


@dataclass(frozen=True, slots=True)
class _Result:
    loudness: Loudness
    work: LimiterWork | None = None
    pumping_db: float | None = None


def measure_normalization(folder: Path) -> None:
    """Prints the table; writes its sounds to `folder`.

    Each clip is cleaned once, at a loudness that needs no limiter. Ours and the peers start from that dialog.
    """
    clips = [*_generated(folder), *_given()]
    preset = load_preset("dialog")
    quiet = preset.model_copy(update={"loudness": LoudnessTarget(lufs=-35)})
    rows: dict[str, list[_Result]] = {}
    for clip in clips:
        plain, dialog = folder / f"{clip.stem}-plain.wav", folder / f"{clip.stem}-dialog.wav"
        level = clean(Recording(clip), quiet, plain).after.integrated_lufs
        samples = _mono(plain)
        made = Scratch(folder / f"{clip.stem}-scratch", iter([samples]))
        shipped = _add_ours(rows, "dialog at −16 LUFS: ours", made, preset.loudness, dialog, samples)
        bounds = preset.loudness.model_copy(update={"limiter_db": 0.0})
        _add_ours(rows, "… without a limiter", made, bounds, folder / "unlimited.wav", samples)
        for name, path in _peers(plain, -16, level, folder, "wav").items():
            pumping = _pumping_db(samples, _mono(path))
            rows.setdefault(f"… {name}", []).append(_Result(measure_file(path), None, pumping))
        for recipe in ("podcast", "youtube-4k"):
            sound, seconds, out = load_recipe(recipe).sound, duration_of(dialog), folder / "master.m4a"
            assert sound
            assert seconds
            master = master_stretch(
                dialog,
                sound,
                "aac",
                out,
                start=Fraction(0),
                duration=seconds,
                edit_list=True,
                limited_db=shipped.most_db,
            )
            name = f"{recipe}, AAC, {sound.lufs:g} LUFS: ours".replace("-1", "−1")
            rows.setdefault(name, []).append(_Result(master.after, master.limiter))
            for name, path in _peers(plain, sound.lufs, level, folder, "m4a", sound.bit_rate).items():
                rows.setdefault(f"… {name}, {recipe}", []).append(_Result(measure_file(path)))
    print(f"\n{len(clips)} clips; within {_NEAR_LU} LU of the target with the true peak at or under −1 dBTP\n")
    print("| | within | median LUFS | highest dBTP | limiter: median share, most | most dB | pumping, dB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, found in rows.items():
        print(_row(name, found))


def _add_ours(
    rows: dict[str, list[_Result]], name: str, made: Scratch, wanted: LoudnessTarget, out: Path, plain: NDArray[Any]
) -> LimiterWork:
    """Writes the dialog as the chain does, and returns the work of its limiter."""
    outcome = write_at_loudness(made, wanted, out, lambda blocks: blocks)
    limited = outcome.limiter if wanted.limiter_db else None
    rows.setdefault(name, []).append(_Result(outcome.loudness, limited, _pumping_db(plain, _mono(out))))
    return outcome.limiter


def _row(name: str, found: list[_Result]) -> str:
    target = -14 if "14" in name or "youtube" in name else -16
    good = sum(
        abs(one.loudness.integrated_lufs - target) <= _NEAR_LU and one.loudness.true_peak_dbtp <= _CEILING
        for one in found
    )
    levels = median(one.loudness.integrated_lufs for one in found)
    peak = max(one.loudness.true_peak_dbtp for one in found)
    works = [one.work for one in found if one.work]
    shares = [work.share for work in works]
    work = f"{median(shares):.1%}, {max(shares):.1%} | {max(one.most_db for one in works):.1f}" if works else "– | –"
    pumps = [one.pumping_db for one in found if one.pumping_db is not None]
    pumping = f"{max(pumps):.1f}" if pumps else "–"
    return f"| {name} | {good} of {len(found)} | {levels:.1f} | {peak:.2f} | {work} | {pumping} |".replace(" -", " −")


def _mono(path: Path) -> NDArray[np.float32]:
    return np.concatenate([block[:, 0] for block in read_blocks(path, layout="mono")])


def _pumping_db(before: NDArray[Any], after: NDArray[Any]) -> float:
    """The change of the gain from one tenth of a second to the next where it is quiet: 95th percentile."""
    count = min(len(before), len(after)) // _CELL * _CELL
    first, second = (
        10 * np.log10(np.square(one[:count].reshape(-1, _CELL), dtype=np.float64).mean(axis=1) + 1e-12)
        for one in (before, after)
    )
    # Half of the cells, without those that have the noise of 24 bits only.
    quiet = (first < np.median(first)) & (first > -100)
    steps = np.abs(np.diff(second - first))[quiet[1:] & quiet[:-1]]
    return float(np.percentile(steps, 95)) if len(steps) else 0.0


def _peers(path: Path, lufs: float, level: float, folder: Path, suffix: str, bit_rate: int = 0) -> dict[str, Path]:
    """The same dialog by ffmpeg: two-pass loudnorm, as ffmpeg-normalize does it, and a gain with alimiter at 192 kHz.

    `level` is the loudness of the dialog.
    """
    ffmpeg, coded = ffmpeg_with_zscale(), ["-c:a", "aac", "-b:a", str(bit_rate)] if bit_rate else ["-c:a", "pcm_s24le"]
    norm = f"loudnorm=I={lufs:g}:TP={_CEILING:g}:LRA=20:dual_mono=true"
    first = subprocess.run(
        [ffmpeg, "-nostats", "-i", str(path), "-af", f"{norm}:print_format=json", "-f", "null", "-"],
        capture_output=True,
        check=True,
        text=True,
    ).stderr
    found = json.loads(first[first.rindex("{") : first.rindex("}") + 1])
    measured = ":".join(
        f"measured_{key}={found[f'input_{name}']}"
        for key, name in (("I", "i"), ("TP", "tp"), ("LRA", "lra"), ("thresh", "thresh"))
    )
    gain = lufs - level
    limit = 10 ** (_CEILING / 20)
    filters = {
        "ffmpeg loudnorm, two passes": f"{norm}:{measured}:offset={found['target_offset']}:linear=true",
        "ffmpeg volume, alimiter": f"volume={gain:.2f}dB,aresample=192000,alimiter=limit={limit:.4f}:level=disabled",
    }
    made = {}
    for name, chain in filters.items():
        out = folder / f"peer-{len(made)}.{suffix}"
        subprocess.run(
            [
                ffmpeg,
                "-v",
                "error",
                "-y",
                "-i",
                str(path),
                "-af",
                # `-ac 2` would lower one channel by 3 dB.
                f"{chain},pan=stereo|c0=c0|c1=c0",
                "-ar",
                str(RATE),
                *coded,
                str(out),
            ],
            check=True,
        )
        made[name] = out
    return made


def _generated(folder: Path) -> Iterator[Path]:
    """Six recordings of four voices: clean, in noise, far away, lively, close to the microphone, and with claps."""
    pause, names = np.zeros(RATE // 2, np.float32), list(VOICES)
    for number, kind in enumerate(("clean", "noisy", "far", "lively", "close", "claps")):
        name = names[number % len(names)]
        parts = [pause]
        for spoken in speak([Phrase(Fraction(0), line) for line in _LINES], VOICES[name]):
            parts += [spoken, pause]
        samples = _variants(np.concatenate(parts), 10 * number + 1)[kind]
        yield write_wav(folder / f"{name}-{kind}.wav", samples[:, None].astype(np.float32))


def _variants(speech: NDArray[Any], seed: int) -> dict[str, NDArray[Any]]:
    random, time = np.random.default_rng(seed), np.arange(len(speech)) / RATE
    level = float(np.sqrt(np.mean(np.square(speech))))
    noise = shaped(len(speech), RATE, seed, slope=0.8, low=60, high=16_000)
    decay = shaped(RATE // 2, RATE, seed + 1, slope=0.3, low=100, high=8_000) * np.exp(-np.arange(RATE // 2) / 3500)
    room = np.convolve(speech, decay)[: len(speech)]
    steps = np.interp(
        time, np.arange(0, time[-1] + 1, 0.4), random.uniform(-9, 6, len(np.arange(0, time[-1] + 1, 0.4)))
    )
    bursts = np.zeros(len(speech))
    for start in random.integers(RATE // 2, len(speech) - RATE, 3):
        bursts[start : start + 1200] += random.standard_normal(1200) * np.exp(-np.arange(1200) / 250)
    plosives = np.zeros(len(speech))
    for start in random.integers(RATE // 2, len(speech) - RATE, 6):
        plosives[start : start + 2400] += np.hanning(2400) * np.sin(2 * np.pi * 60 * np.arange(2400) / RATE)
    hiss = 0.002 * noise
    return {
        "clean": speech,
        "noisy": speech + level * 0.3 * noise,
        "far": 0.1 * speech + room / np.sqrt(np.mean(np.square(room))) * level * 0.1 + hiss * 0.1,
        "lively": speech * 10 ** (steps / 20) + hiss,
        "close": speech * 1.5 + plosives * level * 5 + hiss,
        "claps": speech + bursts * level * 4 + hiss,
    }


def _given() -> list[Path]:
    folder = os.environ.get("CLEANWATER_BENCH_SPEECH")
    return sorted(path for path in Path(folder).rglob("*") if path.suffix in (".wav", ".flac")) if folder else []
