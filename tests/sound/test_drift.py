"""Offset and drift between two recordings are measured; recordings without common sound are rejected."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from engine.errors import Cancelled, EngineError
from engine.sound import measure_drift
from fixtures.dialogue import converse
from tests.examples import examples

from .sounds import Samples, speechlike, tone, write_sound

_RATE = 16_000


def recorded(sound: Samples, offset: float, ppm: float, seed: int = 0, noise: float = 0.0) -> Samples:
    """The sound as recorded by a device that started `-offset` seconds later and whose clock is `ppm` fast."""
    count = round((len(sound) / _RATE * (1 + ppm * 1e-6) + offset) * _RATE)
    places = (np.arange(count) / _RATE - offset) / (1 + ppm * 1e-6) * _RATE
    samples = np.interp(places, np.arange(len(sound)), sound[:, 0], left=0, right=0)
    return (samples + np.random.default_rng(seed).standard_normal(count) * noise)[:, None].astype(np.float32)


def voice(seconds: float) -> Samples:
    return speechlike(seconds, -6, rate=_RATE)[:, :1]


def pair(folder: Path, first: Samples, other: Samples) -> tuple[Path, Path]:
    return (
        write_sound(folder / "first.wav", first, rate=_RATE, codec="pcm_s16le"),
        write_sound(folder / "other.wav", other, rate=_RATE, codec="pcm_s16le"),
    )


@pytest.mark.parametrize(
    ("seconds", "offset", "ppm", "noise"),
    [
        (240, -12.345, -587.0, 0.03),
        pytest.param(600, -12.345, -587.0, 0.03, marks=pytest.mark.slow),
        pytest.param(600, 0.5, 40.0, 0.0, marks=pytest.mark.slow),
        pytest.param(600, 231.0, 6.5, 0.01, marks=pytest.mark.slow),
    ],
)
def test_minutes_of_sound_give_offset_to_1_ms_and_drift_to_2_ppm(
    tmp_path: Path, seconds: float, offset: float, ppm: float, noise: float
) -> None:
    sound = voice(seconds)
    quieter_and_inverted = -0.4 * recorded(sound, offset, ppm, noise=noise)
    first, other = pair(tmp_path, sound, quieter_and_inverted.astype(np.float32))
    found = measure_drift(first, None, other, None)
    assert float(found.offset) == pytest.approx(offset, abs=0.001)
    assert found.ppm == pytest.approx(ppm, abs=2)
    assert found.windows > 0.9 * found.tried


@examples(3, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(offset=st.floats(-6, 6), ppm=st.floats(-200, 200), seed=st.integers(0, 99))
def test_half_a_minute_gives_the_offset_to_1_ms(tmp_path: Path, offset: float, ppm: float, seed: int) -> None:
    sound = voice(30)
    first, other = pair(tmp_path, sound, recorded(sound, offset, ppm, seed, noise=0.01))
    found = measure_drift(first, None, other, None)
    assert float(found.offset) == pytest.approx(offset, abs=0.001)
    assert found.ppm == pytest.approx(ppm, abs=30)


@pytest.mark.parametrize(
    ("seconds", "ppm", "offset", "noise_db"),
    [
        (20, 600, 0.4, -40),
        (20, -250, 2.0, -10),
        (30, 100, -3.3, -10),
        (30, 150, 0.7, -20),
        (30, 200, 95.0, -10),
        (30, -350, -1.0, -40),
        (30, 500, 0.1, -3),
        (45, -600, -10.0, -10),
    ],
)
def test_large_drift_is_measured_in_a_dialogue(
    tmp_path: Path, seconds: float, ppm: float, offset: float, noise_db: float
) -> None:
    """The second recording of the dialogue is quieter, has its own noise, and starts at another time."""
    sound, _ = converse(seconds, ("Ada", "Ben"), seed=5)
    noise = float(np.sqrt(np.mean(np.square(sound)))) * 10 ** (noise_db / 20)
    first, other = pair(tmp_path, sound[:, None], 0.2 * recorded(sound[:, None], offset, ppm, 1, noise))
    found = measure_drift(first, None, other, None)
    assert found.ppm == pytest.approx(ppm, abs=10)
    assert float(found.offset) == pytest.approx(offset, abs=0.001)


@examples(4, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(ppm=st.floats(-600, 600), offset=st.floats(-5, 5), seed=st.integers(1, 99))
def test_any_drift_is_measured_in_any_dialogue(tmp_path: Path, ppm: float, offset: float, seed: int) -> None:
    sound, _ = converse(25, ("Ada", "Ben"), seed=seed)
    first, other = pair(tmp_path, sound[:, None], recorded(sound[:, None], offset, ppm, seed, 0.005))
    found = measure_drift(first, None, other, None)
    assert found.ppm == pytest.approx(ppm, abs=10)
    assert float(found.offset) == pytest.approx(offset, abs=0.001)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
def test_different_dialogues_are_refused(tmp_path: Path, seed: int) -> None:
    ours, _ = converse(30, ("Ada", "Ben"), seed=seed)
    theirs, _ = converse(30, ("Cleo", "Dov"), seed=seed + 10)
    first, other = pair(tmp_path, ours[:, None], theirs[:, None])
    with pytest.raises(EngineError, match="No common sound"):
        measure_drift(first, None, other, None)


def test_two_tracks_of_one_file_keep_their_offset(tmp_path: Path) -> None:
    sound = speechlike(20, -6)
    late = np.concatenate([np.zeros((480, 2), np.float32), sound])[: len(sound)]
    path = write_sound(tmp_path / "take.mov", sound, late, codec="pcm_s16le")
    found = measure_drift(path, 0, path, 1)
    assert float(found.offset) == pytest.approx(0.01, abs=1e-4)
    assert abs(found.ppm) < 0.5


def test_five_seconds_are_enough(tmp_path: Path) -> None:
    sound = voice(5)
    first, other = pair(tmp_path, sound, recorded(sound, 0.3, 0))
    found = measure_drift(first, None, other, None)
    assert float(found.offset) == pytest.approx(0.3, abs=0.001)


def noise(seconds: float, seed: int) -> Samples:
    return (np.random.default_rng(seed).standard_normal((round(seconds * _RATE), 1)) * 0.1).astype(np.float32)


@pytest.mark.parametrize(
    "other", [noise(20, 2), np.zeros((20 * _RATE, 1), np.float32), tone(20, -20, rate=_RATE, channels=1), noise(0.5, 1)]
)
def test_sounds_without_common_content_are_refused(tmp_path: Path, other: Samples) -> None:
    first, second = pair(tmp_path, noise(20, 1), other)
    with pytest.raises(EngineError, match=r"No common sound was found in first\.wav and other\.wav"):
        measure_drift(first, None, second, None)


def test_measurement_can_be_cancelled(tmp_path: Path) -> None:
    first, other = pair(tmp_path, noise(5, 1), noise(5, 1))
    with pytest.raises(Cancelled):
        measure_drift(first, None, other, None, cancelled=lambda: True)
