"""The levels of files for edges between words."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.sound import Loudness, TakeLevels
from engine.timeline import HOP, SAMPLE_RATE, FileLevels, column_levels, sound_columns
from fixtures.wav import write_wav


def test_levels_are_those_of_the_samples_around_each_place_whatever_is_asked_first(tmp_path: Path) -> None:
    samples = np.random.default_rng(3).normal(0, 0.05, 6 * SAMPLE_RATE).astype(np.float32)
    samples[3 * SAMPLE_RATE : 4 * SAMPLE_RATE] *= 0.01
    path = tmp_path / "take.wav"
    write_wav(path, samples[:, None])
    whole = FileLevels({"a": path})("a", 0, 6 * SAMPLE_RATE)
    parts = FileLevels({"a": path})
    for first in (950 * HOP, 0, 630 * HOP):
        levels = parts("a", first, first + 40 * HOP)
        assert len(levels) == 40
        assert levels == pytest.approx(whole[first // HOP : first // HOP + 40], abs=0.01)
    for at in (HOP, 300 * HOP, 3 * SAMPLE_RATE + HOP, 900 * HOP):
        around = samples[at - HOP : at + HOP].astype(np.float64)
        assert whole[at // HOP] == pytest.approx(20 * np.log10(np.sqrt(np.mean(around**2))), abs=0.05)


def test_a_take_without_a_readable_file_has_no_levels(tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"not sound")
    levels = FileLevels({"a": tmp_path / "broken.wav", "b": tmp_path / "missing.wav"})
    assert [list(levels(take, 0, SAMPLE_RATE)) for take in "abc"] == [[], [], []]
    assert list(column_levels({})("a", 0, SAMPLE_RATE)) == []


def test_stored_levels_become_columns() -> None:
    loudness = Loudness.model_construct()
    stored = TakeLevels.model_construct(
        step=Fraction(1, 20), peaks=(10, 255), rms=(0, 255), momentary=(0, 0), short_term=(0, 0), loudness=loudness
    )
    columns = sound_columns(stored)
    assert columns.step == SAMPLE_RATE // 20
    assert list(columns.clipped) == [False, True]
    assert columns.levels[1] == 0
    assert columns.levels[0] < -50
    assert column_levels({"a": columns})("a", 0, 2 * columns.step) == [columns.levels[0]] * 10 + [0.0] * 10
