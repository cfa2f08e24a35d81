"""Music is recognised and kept with its stereo image; speech and noise are not taken for music."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.sound import CleanReport, Preset, Recording, clean, load_preset, measure_file, read_blocks
from engine.sound.dialog.music import MusicMeter
from fixtures.music import struck, sustained, wide
from fixtures.noise import shaped, white

from .voices import RATE, Samples, hiss, recording, voice

DIALOG = load_preset("dialog")
# The speech of `talk`.
SPOKEN = [(Fraction(4), Fraction(12))]


@cache
def talk() -> Samples:
    """A voice from 4 s to 12 s of 16 s."""
    whole = np.zeros(16 * RATE, np.float32)
    spoken = np.tile(voice(0.3), 2)[: 8 * RATE]
    whole[4 * RATE : 4 * RATE + len(spoken)] = spoken
    return whole


@cache
def bed() -> Samples:
    """16 s of stereo music, as loud as the voice."""
    return wide(struck(16, 1, 0.05), sustained(16, 0.05))


def cleaned(tmp_path: Path, samples: Samples, preset: Preset, speech: object = None) -> tuple[Samples, CleanReport]:
    source = recording(tmp_path / "take.wav", samples)
    report = clean(Recording(source, speech=speech), preset, tmp_path / "dialog.wav")  # type: ignore[arg-type]
    return np.concatenate(list(read_blocks(tmp_path / "dialog.wav", layout="source"))), report


def octaves(samples: Samples) -> NDArray[np.float64]:
    """The level in dB of each octave from 31 Hz to 16 kHz."""
    power = np.square(np.abs(np.fft.rfft(samples.astype(np.float64))))
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    lows = 31.25 * 2.0 ** np.arange(9)
    return np.array([10 * np.log10(power[(hertz >= low) & (hertz < 2 * low)].sum()) for low in lows])


def rms(samples: Samples) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))))


def scored(
    samples: Samples, size: int = 50_000, speech: Sequence[tuple[Fraction, Fraction]] = ()
) -> list[tuple[float, float]]:
    """The music of a mono signal, with speech in these spans."""
    meter = MusicMeter()
    for start in range(0, len(samples), size):
        meter.push(samples[start : start + size])
    spoken = np.zeros(len(samples) // 480, np.bool_)
    for start_s, end_s in speech:
        spoken[int(start_s * 100) : int(end_s * 100)] = True
    return meter.scores().music(spoken)


@pytest.mark.parametrize("kind", ["struck", "sustained", "in noise"])
def test_music_is_recognised(kind: str) -> None:
    played = struck(12, 3) if kind != "sustained" else sustained(12)
    if kind == "in noise":
        played = played + hiss(len(played), 0.03)
    found = scored(played)
    assert sum(end - start for start, end in found) > 9


@pytest.mark.parametrize("kind", ["hiss", "hum", "wind", "white", "silence", "voice"])
def test_noise_hum_and_voices_are_no_music(kind: str) -> None:
    count = 16 * RATE
    time = np.arange(count) / RATE
    sounds = {
        "hiss": lambda: hiss(count, 0.05),
        "hum": lambda: sum(np.sin(2 * np.pi * 50 * number * time) / number for number in range(1, 12)) * 0.02,
        "wind": lambda: shaped(count, RATE, 3, slope=1.0, low=35, high=260) * 0.1,
        "white": lambda: white(count, 5) * 0.1,
        "silence": lambda: np.zeros(count),
        "voice": talk,
    }
    speech = SPOKEN if kind == "voice" else []
    assert scored(np.asarray(sounds[kind](), np.float32), speech=speech) == []


def test_the_scores_do_not_depend_on_blocks() -> None:
    assert scored(struck(8), 50_000) == scored(struck(8), 7001)


def test_music_alone_keeps_every_octave_of_both_channels(tmp_path: Path) -> None:
    output, report = cleaned(tmp_path, bed(), DIALOG, speech=())

    assert output.shape == bed().shape
    for channel in (0, 1):
        changes = octaves(output[:, channel]) - octaves(bed()[:, channel])
        assert np.abs(changes - report.gain.db).max() < 0.1
    assert "applied" not in {stage.state for stage in report.stages}
    assert report.channel_notes[0] == "music 0:00–0:16 kept"
    measured = measure_file(tmp_path / "dialog.wav").integrated_lufs
    assert measured == pytest.approx(report.after.integrated_lufs, abs=0.05)


def test_a_stereo_bed_stays_around_a_voice(tmp_path: Path) -> None:
    output, report = cleaned(tmp_path, talk()[:, None] + bed(), DIALOG, SPOKEN)

    assert report.layout == "stereo"
    assert [stretch.speech for stretch in report.music] == [False, True, False]
    sides = [pair[:, 0] - pair[:, 1] for pair in (output, bed())]
    for part in (slice(0, 3 * RATE), slice(5 * RATE, 11 * RATE), slice(13 * RATE, None)):
        assert rms(sides[0][part]) - rms(sides[1][part]) == pytest.approx(report.gain.db, abs=3)
    before = slice(0, 3 * RATE)
    assert rms(output[before, 0]) - rms(bed()[before, 0]) == pytest.approx(report.gain.db, abs=0.3)


def test_music_is_lowered_only_while_somebody_speaks(tmp_path: Path) -> None:
    preset = DIALOG.model_copy(update={"music": "duck", "duck_db": 15.0})
    output, report = cleaned(tmp_path, talk()[:, None] + bed(), preset, SPOKEN)

    assert [stretch.done for stretch in report.music] == ["kept", "lowered", "kept"]
    side = output[:, 0] - output[:, 1]
    alone, under = rms(side[: 3 * RATE]), rms(side[6 * RATE : 10 * RATE])
    ours = bed()[:, 0] - bed()[:, 1]
    assert under - alone == pytest.approx(rms(ours[6 * RATE : 10 * RATE]) - rms(ours[: 3 * RATE]) - 15, abs=4)


def test_dropped_music_leaves_one_channel_with_the_voice(tmp_path: Path) -> None:
    preset = DIALOG.model_copy(update={"music": "drop"})
    output, report = cleaned(tmp_path, talk()[:, None] + bed(), preset, SPOKEN)

    assert output.shape[1] == 1
    assert {stretch.done for stretch in report.music} == {"removed"}
    mixed = (talk()[:, None] + bed()).mean(axis=1)
    alone, spoken = slice(RATE, 3 * RATE), slice(5 * RATE, 11 * RATE)
    assert rms(output[alone]) - rms(output[spoken]) < rms(mixed[alone]) - rms(mixed[spoken]) - 3


def test_the_channels_of_speech_are_as_the_preset_says(tmp_path: Path) -> None:
    spoken = talk()[: 8 * RATE]
    room = np.stack([hiss(len(spoken), 0.01, seed) for seed in (1, 2)], axis=1)
    noisy, ranges = spoken[:, None] + room, [(Fraction(4), Fraction(8))]
    mono, _ = cleaned(tmp_path, noisy, DIALOG, ranges)
    stereo, _ = cleaned(tmp_path, noisy, DIALOG.model_copy(update={"channels": "stereo"}), ranges)

    assert (mono.shape[1], stereo.shape[1]) == (1, 2)
    # The centre is the same, and the noise is removed from the sides too.
    side = stereo[: 3 * RATE, 0] - stereo[: 3 * RATE, 1]
    assert rms(side) < rms(room[: 3 * RATE, 0] - room[: 3 * RATE, 1]) - 10


def test_the_same_stereo_gives_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for _ in range(2):
        cleaned(tmp_path, (talk()[:, None] + bed())[: 8 * RATE], DIALOG, [(Fraction(4), Fraction(8))])
        written.append((tmp_path / "dialog.wav").read_bytes())
    assert written[0] == written[1]
