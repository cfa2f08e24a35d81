"""Channels that cancel, are dead or have an offset are detected, and every mix corrects them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.sound import (
    Target,
    channel_correction,
    downmix_of,
    measure_file,
    mono_16k,
    peaks,
    read_blocks,
    write_master,
)
from fixtures.wav import write_wav

from .dialog.voices import RATE, Samples, hiss, voice


def pair(path: Path, left: Samples, right: Samples) -> Path:
    return write_wav(path, np.stack([left, right], axis=1).astype(np.float32))


def loudest_dbfs(samples: Samples) -> float:
    return float(20 * np.log10(np.abs(samples).max()))


@pytest.mark.parametrize(
    ("right", "mono", "why"),
    [
        (1.0, (1.0, 0.0), "both channels are identical"),
        (0.8, (0.5, 0.5), "average of both channels"),
        (0.01, (1.0, 0.0), "left channel only"),
        (100.0, (0.0, 1.0), "right channel only"),
        (-1.0, (0.5, -0.5), "right channel is phase-inverted: flipped"),
        (-0.4, (0.5, -0.5), "right channel is phase-inverted: flipped"),
    ],
)
def test_mono_weights_depend_on_level_and_polarity(
    tmp_path: Path, right: float, mono: tuple[float, ...], why: str
) -> None:
    speech = 0.01 * voice() if right > 1 else voice()
    found = channel_correction(pair(tmp_path / "a.wav", speech, speech * right))
    assert found.mono == mono
    assert why in found.why


@pytest.mark.parametrize(("level", "expected"), [(0.01, -1), (0.03, -1), (None, 1)])
def test_noise_does_not_hide_a_phase_inversion(tmp_path: Path, level: float | None, expected: float) -> None:
    """A phase-inverted voice with independent noise on each channel; and independent noise alone."""
    speech = voice() if level else np.zeros_like(voice())
    left, right = (hiss(len(speech), level or 0.03, seed) for seed in (1, 2))
    assert channel_correction(pair(tmp_path / "a.wav", speech + left, right - speech)).polarity == (1, expected)


def test_an_inverted_channel_is_corrected_in_every_mix(tmp_path: Path) -> None:
    plain = pair(tmp_path / "plain.wav", voice(), voice())
    inverted = pair(tmp_path / "turned.wav", voice(), -voice())
    assert np.abs(mono_16k(inverted) - mono_16k(plain)).max() < 1e-5
    assert np.abs(peaks(inverted, None, 100) - peaks(plain, None, 100)).max() < 1e-5
    assert downmix_of(inverted).gains == ((1, 0), (0, -1))
    assert downmix_of(inverted).rule == "unchanged; phase-inverted and flipped: right"


@pytest.mark.parametrize("layout", ["quad", "5.1"])
def test_an_inverted_channel_among_many_is_found(tmp_path: Path, layout: str) -> None:
    count = 4 if layout == "quad" else 6
    samples = np.repeat(voice()[:, None], count, axis=1)
    samples[:, 1] *= -0.9
    found = channel_correction(write_wav(tmp_path / "many.wav", samples, layout=layout))
    assert found.polarity == tuple(-1.0 if place == 1 else 1.0 for place in range(count))
    assert "right channel is phase-inverted" in found.notes[0]


def test_a_delivered_inversion_does_not_cancel_in_mono(tmp_path: Path) -> None:
    inverted = pair(tmp_path / "turned.wav", voice(), -voice())
    target = Target(lufs=-16, true_peak_ceiling_dbtp=-1)
    master = write_master(inverted, None, tmp_path / "out.wav", target=target, codec="wav")
    stereo = np.concatenate(list(read_blocks(tmp_path / "out.wav", layout="source")))
    assert loudest_dbfs(stereo.mean(axis=1)) == pytest.approx(loudest_dbfs(stereo), abs=0.1)
    assert "phase-inverted" in master.notes[0]


@pytest.mark.parametrize("offset", [0.4, -0.05])
def test_a_constant_offset_makes_no_click_at_the_start(tmp_path: Path, offset: float) -> None:
    source = write_wav(tmp_path / "offset.wav", (voice() * 0.5 + offset).astype(np.float32)[:, None])
    target = Target(lufs=-16, true_peak_ceiling_dbtp=-1)
    master = write_master(source, None, tmp_path / "out.wav", target=target, codec="wav")
    samples = np.concatenate(list(read_blocks(tmp_path / "out.wav")))
    assert measure_file(tmp_path / "out.wav").integrated_lufs == pytest.approx(-16, abs=0.1)
    assert np.abs(samples[: RATE // 10]).max() < 0.05 * np.abs(samples).max()
    assert abs(samples.mean()) < 1e-3
    assert "offset" in master.notes[0]


@pytest.mark.parametrize("db", [0, -40, -60])
def test_a_quiet_voice_is_amplified_for_speech_models(tmp_path: Path, db: float) -> None:
    path = write_wav(tmp_path / "quiet.wav", (voice() * 10 ** (db / 20)).astype(np.float32)[:, None])
    found = mono_16k(path)
    rms = 20 * np.log10(np.sqrt(np.mean(np.square(found))))
    assert -40 < rms < -20


def test_silence_is_not_corrected(tmp_path: Path) -> None:
    found = channel_correction(write_wav(tmp_path / "nothing.wav", np.zeros((RATE, 2), np.float32)))
    assert found.polarity == (1, 1)
    assert found.notes == ()
    assert not mono_16k(tmp_path / "nothing.wav").any()


def test_a_correction_imports_no_scipy(tmp_path: Path) -> None:
    """Every job that reads sound measures its channels, and scipy.signal takes a second to import."""
    path = pair(tmp_path / "a.wav", voice(1), voice(1))
    code = (
        "import sys, pathlib\n"
        "from engine.sound import channel_correction\n"
        f"channel_correction(pathlib.Path({str(path)!r}))\n"
        "raise SystemExit('scipy' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("milliseconds", [5, 12, -12])
def test_one_of_two_distant_microphones_is_used(tmp_path: Path, milliseconds: int) -> None:
    """The near microphone has less noise; the far one has the same voice later or earlier."""
    late = np.roll(voice(), round(milliseconds * RATE / 1000))
    near, far = (
        speech + hiss(len(speech), level, seed) for speech, level, seed in ((voice(), 0.001, 1), (0.5 * late, 0.01, 2))
    )
    found = channel_correction(pair(tmp_path / "a.wav", near, far))
    assert found.mono == (1.0, 0.0)
    assert f"same voice {abs(milliseconds)} ms {'later' if milliseconds > 0 else 'earlier'}" in found.why


def test_a_stereo_microphone_is_still_mixed(tmp_path: Path) -> None:
    found = channel_correction(pair(tmp_path / "a.wav", voice(), 0.8 * np.roll(voice(), 20)))
    assert found.mono == (0.5, 0.5)
