"""Two versions are compared at equal loudness: the louder is attenuated, and they alternate without clicks."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.sound import Version, match, read_blocks, write_alternating

from .sounds import tone, write_sound


def version(path: Path, dbfs: float, channels: int = 2, seconds: float = 2) -> Version:
    sound = tone(seconds, dbfs, channels=channels) if np.isfinite(dbfs) else tone(seconds, 0, channels=channels) * 0
    return Version(write_sound(path, sound.astype(np.float32), codec="pcm_f32le"), None, path.stem)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.floats(-50, 0), second=st.floats(-50, 0), channels=st.integers(1, 2))
def test_the_louder_version_is_attenuated_and_none_is_raised(
    tmp_path: Path, first: float, second: float, channels: int
) -> None:
    found = match(version(tmp_path / "one.wav", first), version(tmp_path / "two.wav", second, channels))
    assert max(found.gains_db) == 0
    assert first + found.gains_db[0] == pytest.approx(second + found.gains_db[1], abs=0.15)


def test_silence_is_not_matched(tmp_path: Path) -> None:
    found = match(version(tmp_path / "one.wav", -20), version(tmp_path / "two.wav", -np.inf))
    assert found.gains_db == (0, 0)
    assert found.model_dump(mode="json")["lufs"][1] is None


def test_alternation_has_no_clicks_and_ends_with_the_shorter(tmp_path: Path) -> None:
    one, two = version(tmp_path / "one.wav", -20), version(tmp_path / "two.wav", -20, channels=1, seconds=1.3)
    turns = write_alternating(one, two, (0, 0), tmp_path / "ab.wav", every=Fraction(1, 2))
    assert [(turn.name, turn.end) for turn in turns] == [
        ("one", Fraction(1, 2)),
        ("two", Fraction(1)),
        ("one", Fraction(13, 10)),
    ]
    samples = np.concatenate(list(read_blocks(tmp_path / "ab.wav")))
    # Both versions have the same tone, so it continues across turns.
    assert np.abs(samples - tone(1.3, -20)).max() < 1e-6
