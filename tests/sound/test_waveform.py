"""The waveform of a track, as numbers and as an image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.sound import peaks, waveform_png

from .sounds import tone, write_sound


@pytest.fixture
def swell(tmp_path: Path) -> Path:
    """A second of silence, then a tone at -6 dBFS, then one at -20 dBFS."""
    programme = np.concatenate([np.zeros((48_000, 2), np.float32), tone(1, -6), tone(1, -20)])
    return write_sound(tmp_path / "swell.wav", programme, codec="pcm_s16le")


def test_columns_hold_extremes_and_mean_level(swell: Path) -> None:
    columns = peaks(swell, None, 6)
    assert columns.shape == (6, 3)
    assert np.abs(columns[0]).max() < 1e-3
    assert columns[2:4] == pytest.approx(np.tile([-0.5012, 0.5012, 0.3544], (2, 1)), abs=0.01)
    assert columns[5] == pytest.approx([-0.1, 0.1, 0.0707], abs=0.005)


def test_the_picture_shows_the_track_from_left_to_right(swell: Path, tmp_path: Path) -> None:
    out = tmp_path / "swell.png"
    waveform_png(swell, None, out, 300, 80)
    picture = np.asarray(Image.open(out))
    assert picture.shape == (80, 300, 3)
    lit = (picture.max(axis=2) > 60).sum(axis=0)
    assert lit[20] <= 1
    assert lit[150] > lit[250] > 4
