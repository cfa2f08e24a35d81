"""The sides of a comparison are in one file, on one clock, and are heard equally loud."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.errors import RequestError
from engine.sound import Version, measure, read_comparison, side_blocks, write_comparison

from .sounds import tone, write_sound


def side(path: Path, number: int) -> np.ndarray:
    made = read_comparison(path)
    assert made
    return np.concatenate(list(side_blocks(path, made, number)))


def test_both_sides_are_equally_loud_and_on_one_clock(tmp_path: Path) -> None:
    raw = write_sound(tmp_path / "raw.wav", tone(4, -14, channels=2), codec="pcm_f32le")
    cleaned = write_sound(tmp_path / "cleaned.wav", tone(4, -31, 440.0, channels=1), codec="pcm_f32le")
    out = tmp_path / "pair.flac"

    made = write_comparison([Version(raw, None, "raw"), Version(cleaned, None, "cleaned")], out, start=Fraction(1))

    assert (made.names, made.channels, made.start) == (("raw", "cleaned"), (2, 2), 1)
    assert made.duration == pytest.approx(3, abs=0.001)
    assert made.gains_db == (pytest.approx(made.lufs[1] - made.lufs[0], abs=0.01), 0)
    first, second = side(out, 0), side(out, 1)
    assert len(first) == len(second)
    loudness = [measure([sound], 48_000).integrated_lufs for sound in (first, second)]
    assert loudness[0] == pytest.approx(loudness[1], abs=0.05)
    # Each side has only its own tone.
    spectra = [np.abs(np.fft.rfft(sound[:48_000, 0])) for sound in (first, second)]
    assert [int(spectrum.argmax()) for spectrum in spectra] == [997, 440]


def test_a_silent_side_keeps_the_level_of_the_other(tmp_path: Path) -> None:
    raw = write_sound(tmp_path / "raw.wav", tone(2, -14), codec="pcm_f32le")
    silent = write_sound(tmp_path / "silent.wav", np.zeros((48_000, 1), np.float32), codec="pcm_f32le")
    made = write_comparison([Version(raw, None, "raw"), Version(silent, None, "cleaned")], tmp_path / "pair.flac")
    assert made.gains_db == (0, 0)
    assert made.duration == pytest.approx(2, abs=0.001)


def test_an_empty_range_is_refused_and_a_damaged_description_is_not_read(tmp_path: Path) -> None:
    raw = write_sound(tmp_path / "raw.wav", tone(1, -14), codec="pcm_f32le")
    with pytest.raises(RequestError, match="no sound in this range"):
        write_comparison([Version(raw, None, "raw")], tmp_path / "pair.flac", start=Fraction(3))
    write_comparison([Version(raw, None, "raw")], tmp_path / "pair.flac")
    (tmp_path / "pair.json").write_text("{")
    assert read_comparison(tmp_path / "pair.flac") is None
