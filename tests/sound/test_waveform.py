"""The waveform of a track: extremes of its columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.sound import peaks

from .sounds import tone, write_sound


@pytest.fixture
def swell(tmp_path: Path) -> Path:
    """A second of silence, then a tone at -6 dBFS, then one at -20 dBFS."""
    programme = np.concatenate([np.zeros((48_000, 2), np.float32), tone(1, -6), tone(1, -20)])
    return write_sound(tmp_path / "swell.wav", programme, codec="pcm_s16le")


def test_columns_contain_extremes(swell: Path) -> None:
    columns = peaks(swell, None, 6)
    assert columns.shape == (6, 2)
    assert np.abs(columns[0]).max() < 1e-3
    assert columns[2:4] == pytest.approx(np.tile([-0.5012, 0.5012], (2, 1)), abs=0.01)
    assert columns[5] == pytest.approx([-0.1, 0.1], abs=0.005)


def test_a_column_is_never_shorter_than_5_ms(tmp_path: Path) -> None:
    short = write_sound(tmp_path / "short.wav", tone(0.1, -6), codec="pcm_s16le")
    assert peaks(short, None, 1600) == pytest.approx(np.tile([-0.5012, 0.5012], (20, 1)), abs=0.15)
