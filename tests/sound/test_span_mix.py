"""A mix joins stretches of recordings without clicks and without digital silence."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from engine.sound import MixSpan, SoundSource, mix_spans, read_blocks, write_mix
from engine.sound.encode import write_float_wav
from fixtures.noise import white

RATE = 48_000


def wav(path: Path, samples: np.ndarray, rate: int = RATE) -> SoundSource:
    write_float_wav([np.column_stack([samples, samples]).astype(np.float32)], path, rate)
    return SoundSource(path)


def noise(seconds: float, level: float, seed: int) -> np.ndarray:
    return white(int(seconds * RATE), seed) * level


def mixed(*spans: MixSpan) -> np.ndarray:
    return np.concatenate(list(mix_spans(spans)))


def level_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(samples.astype(np.float64)))))


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> SoundSource:
    """Three seconds of noise, with a quiet second in the middle. Read-only."""
    loud, quiet = noise(3, 0.1, 1), noise(3, 0.001, 2)
    within = (np.arange(3 * RATE) // RATE) == 1
    return wav(tmp_path_factory.mktemp("mix") / "take.wav", np.where(within, quiet, loud))


def test_spans_that_continue_each_other_are_the_recording(take: SoundSource) -> None:
    spans = [MixSpan(first, first + 9000, take, 5000 + first, crossfade=700) for first in range(0, 45_000, 9000)]
    (whole,) = [np.concatenate(list(read_blocks(take.path, start=Fraction(5000, RATE), end=Fraction(50_000, RATE))))]
    result = mixed(*spans)
    assert len(result) == 45_000
    np.testing.assert_allclose(result[240:-240], whole[240:-240], atol=1e-6)


def test_the_power_stays_even_across_a_join_of_different_sounds(tmp_path: Path) -> None:
    a, b = wav(tmp_path / "a.wav", noise(2, 0.1, 3)), wav(tmp_path / "b.wav", noise(2, 0.1, 4))
    fade = 4800
    result = mixed(MixSpan(0, RATE, a, 0), MixSpan(RATE, 2 * RATE, b, 20_000, crossfade=fade))
    around = result[RATE - fade // 2 : RATE + fade // 2]
    assert level_db(around) == pytest.approx(level_db(result[:40_000]), abs=0.5)


def test_a_join_of_steps_is_spread_over_the_shortest_fade(tmp_path: Path) -> None:
    up, down = wav(tmp_path / "up.wav", np.full(RATE, 0.5)), wav(tmp_path / "down.wav", np.full(RATE, 0.5))
    other = wav(tmp_path / "other.wav", np.zeros(RATE))
    del down
    result = mixed(MixSpan(0, 24_000, up, 0), MixSpan(24_000, 48_000, other, 0))
    assert np.abs(np.diff(result[:, 0])).max() < 0.5 * np.pi / 2 / 240 * 1.01


def test_a_gain_applies_to_its_span_only(take: SoundSource) -> None:
    plain = mixed(MixSpan(0, 20_000, take, 0))
    louder = mixed(MixSpan(0, 20_000, take, 0, gain_db=6.0))
    np.testing.assert_allclose(louder, plain * 10 ** (6 / 20), rtol=1e-5)


def test_a_gap_has_the_spectrum_and_level_of_the_quiet_moments(take: SoundSource) -> None:
    result = mixed(MixSpan(0, 24_000, take, 0), MixSpan(24_000, 72_000, None, room=take))
    gap = result[30_000:70_000]
    assert level_db(gap) == pytest.approx(level_db(noise(1, 0.001, 9)), abs=1.0)
    assert (np.abs(gap).max(axis=1) > 0).mean() > 0.999


def test_after_the_end_and_before_the_start_of_a_recording_there_is_room_tone(take: SoundSource) -> None:
    late = mixed(MixSpan(0, 96_000, take, 96_000))
    assert level_db(late[60_000:]) == pytest.approx(level_db(noise(1, 0.001, 9)), abs=1.0)
    early = mixed(MixSpan(0, 96_000, take, -48_000))
    assert level_db(early[1000:47_000]) == pytest.approx(level_db(noise(1, 0.001, 9)), abs=1.0)
    np.testing.assert_allclose(early[50_000:90_000], mixed(MixSpan(0, 48_000, take, 0))[2000:42_000], atol=1e-6)


def test_nothing_is_digitally_silent_even_without_a_recording() -> None:
    result = mixed(MixSpan(0, 48_000))
    assert level_db(result[1000:-1000]) == pytest.approx(-90, abs=0.5)


def test_the_same_spans_give_the_same_bytes(take: SoundSource, tmp_path: Path) -> None:
    spans = [MixSpan(0, 30_000, take, 100), MixSpan(30_000, 60_000, None, room=take), MixSpan(60_000, 90_000, take, 9)]
    for name in ("a", "b"):
        write_mix(spans, tmp_path / f"{name}.wav")
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    (read,) = [np.concatenate(list(read_blocks(tmp_path / "a.wav")))]
    np.testing.assert_array_equal(read, mixed(*spans))


def test_spans_shorter_than_a_fade_keep_the_length(take: SoundSource) -> None:
    edges = [0, 3, 10, 11, 500, 501, 2000]
    spans = [
        MixSpan(a, b, take if n % 2 else None, n * 7000, crossfade=4000) for n, (a, b) in enumerate(pairwise(edges))
    ]
    result = mixed(*spans)
    assert len(result) == 2000
    assert np.isfinite(result).all()
