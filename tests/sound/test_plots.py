"""Plots of sound are drawn from measurements and are reproducible byte for byte."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.sound import draw_loudness, meter_file, series_of
from engine.sound.plots import draw_sound, plot_row

from .sounds import speechlike, tone, write_sound


@pytest.mark.parametrize("seconds", [0.05, 6.0])
def test_a_plot_of_any_length_is_reproducible(tmp_path: Path, seconds: float) -> None:
    path = write_sound(tmp_path / "a.wav", speechlike(seconds, -6), codec="pcm_f32le")
    series = series_of(meter_file(path))
    written = []
    for folder in ("one", "two"):
        paths = draw_loudness(tmp_path / folder, "a", path, None, series, (-16, 1), -10)
        assert [part.name for part in paths] == ["loudness.png", "loudness.svg"]
        written.append([part.read_bytes() for part in paths])
    assert written[0] == written[1]
    with Image.open(tmp_path / "one" / "loudness.png") as picture:
        assert picture.size[0] == 1440
        assert len(set(picture.convert("RGB").getcolors(1 << 24) or ())) > 20


def test_gains_other_than_zero_get_a_row(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", tone(2, -20), codec="pcm_f32le")
    row = plot_row("a", path, None, series_of(meter_file(path)))
    sizes = []
    for name, gains in (("none", {"rumble": [0.0] * 20}), ("some", {"rumble": [-3.0] * 20})):
        picture, _ = draw_sound(tmp_path, name, [row, row], gains=gains)
        sizes.append(np.asarray(Image.open(picture)).shape[0])
    assert sizes[1] > sizes[0] * 1.3


def test_a_strength_that_changes_is_drawn_at_its_time(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", tone(2, -20), codec="pcm_f32le")
    row = plot_row("a", path, None, series_of(meter_file(path)))
    pictures = []
    for name, strength in (("even", [0.9] * 20), ("weaker", [0.9] * 10 + [0.2] * 10)):
        picture, _ = draw_sound(tmp_path, name, [row], gains={"isolation": [-3.0] * 20}, strength=strength)
        pictures.append(np.asarray(Image.open(picture).convert("L"), np.float64))
    even, weaker = (picture[-picture.shape[0] // 2 :] for picture in pictures)
    assert even.shape == weaker.shape
    drawn = np.abs(weaker - even).sum(axis=0)
    middle = len(drawn) // 2
    assert drawn[:middle].sum() > 1.5 * drawn[middle:].sum()
