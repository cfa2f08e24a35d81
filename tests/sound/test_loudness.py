"""Loudness agrees with the standard's test signals and with a second implementation."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from engine.sound import Loudness, measure, measure_file

from .sounds import speechlike, tone, write_sound


@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_ebu_tech_3341_cases_1_and_2(level: float) -> None:
    found = measure([tone(20, level, 1000)], 48_000)
    assert found.integrated_lufs == pytest.approx(level, abs=0.1)
    assert found.max_momentary_lufs == pytest.approx(level, abs=0.1)
    assert found.max_short_term_lufs == pytest.approx(level, abs=0.1)


def test_ebu_tech_3341_case_3_gates_the_quiet_parts() -> None:
    found = measure([tone(10, -36, 1000), tone(60, -23, 1000), tone(10, -36, 1000)], 48_000)
    assert found.integrated_lufs == pytest.approx(-23, abs=0.1)


def test_ebu_tech_3342_case_1_range() -> None:
    found = measure([tone(20, -20, 1000), tone(20, -30, 1000)], 48_000)
    assert found.range_lu == pytest.approx(10, abs=1)


def test_ebu_tech_3341_case_16_true_peak_between_the_samples() -> None:
    phase = np.pi / 4 + np.arange(48_000) * np.pi / 2
    wave = np.repeat((0.5 * np.sin(phase))[:, None], 2, axis=1).astype(np.float32)
    assert 20 * math.log10(np.abs(wave).max()) == pytest.approx(-9.03, abs=0.01)
    peak = measure([wave], 48_000).true_peak_dbtp
    assert -6.4 <= peak <= -5.8


def test_true_peak_is_exact_at_low_levels() -> None:
    assert measure([tone(1, -61.3)], 48_000).true_peak_dbtp == pytest.approx(-61.3, abs=0.02)


def test_pyloudnorm_agrees() -> None:
    import pyloudnorm

    programme = speechlike(12, -6)
    blocks = np.array_split(programme, 37)
    expected = pyloudnorm.Meter(48_000).integrated_loudness(programme.astype(np.float64))
    assert measure(blocks, 48_000).integrated_lufs == pytest.approx(expected, abs=0.1)


def test_silence_has_no_loudness_and_is_null_in_json() -> None:
    found = measure([np.zeros((96_000, 2), np.float32)], 48_000)
    assert found.integrated_lufs == found.true_peak_dbtp == found.max_momentary_lufs == -math.inf
    assert found.model_dump(mode="json") == {
        "integrated_lufs": None,
        "range_lu": 0.0,
        "true_peak_dbtp": None,
        "max_momentary_lufs": None,
        "max_short_term_lufs": None,
        "dialog_lufs": None,
        "clipped": 0,
        "silent": True,
    }
    assert Loudness.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize("seconds", [0.0, 1 / 48_000, 0.04, 0.39])
def test_sound_shorter_than_a_gating_block_has_no_loudness(seconds: float) -> None:
    found = measure([tone(seconds, -6)], 48_000)
    assert found.integrated_lufs == found.max_momentary_lufs == found.max_short_term_lufs == -math.inf
    assert found.range_lu == 0.0


def test_an_incomplete_last_second_is_measured(tmp_path: Path) -> None:
    click_at_the_end = np.zeros((96_050, 2), np.float32)
    click_at_the_end[-10:] = 0.5
    assert measure([click_at_the_end], 48_000).true_peak_dbtp > -6.5


def test_a_mono_file_is_measured_as_dual_mono(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "mono.wav", tone(5, -23, 1000, channels=1), codec="pcm_s16le")
    assert measure_file(path).integrated_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_f32le"])
def test_clipped_samples_of_both_signs_are_counted(tmp_path: Path, codec: str) -> None:
    wave = np.clip(tone(1, 3.0), -1, 1)
    path = write_sound(tmp_path / "clipped.wav", wave, codec=codec)
    found = measure_file(path)
    assert found.clipped == pytest.approx(np.count_nonzero(np.abs(wave) == 1), rel=1e-3)
    assert measure_file(write_sound(tmp_path / "whole.wav", tone(1, -0.1), codec=codec)).clipped == 0
