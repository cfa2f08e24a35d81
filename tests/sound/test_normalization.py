"""A programme reaches its loudness below the ceiling, as far as the limiter's bounds allow."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.deliver import SoundRecipe
from engine.deliver.master import master_stretch
from engine.sound import STEREO, LimiterBounds, Target, measure, metered, write_master
from engine.sound.limiter import apply_gain, work_of
from engine.sound.normalization import Normalization
from tests.examples import examples

from .ebur128 import ffmpeg_true_peak
from .sounds import Samples, speechlike, write_sound
from .test_limiter import noise
from .test_master import decoded

RATE = 48_000
PODCAST = Target(lufs=-16, true_peak_ceiling_dbtp=-1)
PLATFORM = LimiterBounds(most_db=6, share=0.05)


def peaky(seed: int, crest_db: float, channels: int = 2, seconds: float = 6) -> Samples:
    """Syllables, a few of them with a single loud peak: the peaks are `crest_db` above the others'."""
    random = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    syllables = np.clip(np.sin(2 * np.pi * 2.3 * time), 0, 1) ** 2 * (np.sin(2 * np.pi * 0.31 * time) > -0.6)
    samples = noise(len(time), RATE, seed)[:, :channels] * syllables[:, None].astype(np.float32) / 2
    for start in random.integers(RATE, len(samples) - RATE, 4):
        wave = np.sin(2 * np.pi * 400 * np.arange(240) / RATE) * np.hanning(240)
        samples[start : start + 240] += (10 ** ((crest_db - 6) / 20) * wave[:, None]).astype(np.float32)
    return samples


def normalize(samples: Samples, target: Target, bounds: LimiterBounds) -> tuple[Samples, Normalization]:
    weights = STEREO if samples.shape[1] == 2 else (2.0,)
    plan = Normalization(metered([samples], RATE, weights, detailed=True), target, bounds)
    while True:
        made = np.concatenate(list(apply_gain([samples], RATE, plan.gain_db, plan.curve)))
        if not plan.correct(measure([made], RATE, weights)):
            return made, plan


@given(st.integers(0, 99), st.floats(0, 8), st.floats(-50, 6), st.sampled_from([1, 2]), st.sampled_from([-16, -14]))
@examples(6)
def test_any_level_reaches_the_target_or_the_bounds(
    seed: int, crest: float, level: float, channels: int, lufs: float
) -> None:
    import pyloudnorm

    samples = peaky(seed, crest, channels) * np.float32(10 ** (level / 20))
    target = Target(lufs=lufs, true_peak_ceiling_dbtp=-1)
    made, plan = normalize(samples, target, PLATFORM)
    work = plan.work
    if plan.gain.held_by == "silence":
        # All of it is below the gate of -70 LUFS.
        weights = STEREO if channels == 2 else (2.0,)
        assert not np.isfinite(measure([samples], RATE, weights).integrated_lufs)
        return
    assert ffmpeg_true_peak(made) <= -1
    assert work.most_db <= 6
    assert work.share <= 0.05
    both = np.repeat(made, 2, axis=1) if channels == 1 else made
    loudness = pyloudnorm.Meter(RATE).integrated_loudness(both.astype(np.float64))
    if plan.gain.held_by == "target":
        assert loudness == pytest.approx(lufs, abs=0.2)
    else:
        assert loudness < lufs - 0.05
        # More gain would exceed one of the bounds.
        more = work_of(plan.curve_for(plan.gain.db + 0.05))
        assert more.most_db > 6 if plan.gain.bound == "reduction" else more.share > 0.05


def test_the_bounds_decide_how_loud_it_gets() -> None:
    samples = peaky(3, 9)
    loud = [
        normalize(samples, PODCAST, LimiterBounds(most_db=db, share=share))
        for db, share in ((0, 1), (2, 1), (6, 0.003), (12, 1))
    ]
    gains = [plan.gain.db for _, plan in loud]
    assert [plan.gain.held_by for _, plan in loud] == ["ceiling", "limiter", "limiter", "target"]
    assert [plan.gain.bound for _, plan in loud] == [None, "reduction", "time", None]
    assert [plan.gain.shortfall_reason(plan.work) for _, plan in loud[1:]] == [
        "the limiter reduces peaks by 2.0 dB, as much as it may",
        "the limiter works for 0.3 % of the time, as much as it may",
        "",
    ]
    assert gains[0] < gains[1] < gains[3]
    assert gains[0] < gains[2] < gains[3]
    assert loud[0][1].work.works is False
    assert loud[1][1].work.most_db == pytest.approx(2, abs=0.1)
    assert loud[2][1].work.share <= 0.003


def test_a_programme_below_the_ceiling_is_only_multiplied() -> None:
    samples = speechlike(4, -20)
    made, plan = normalize(samples, Target(lufs=-30, true_peak_ceiling_dbtp=-1), PLATFORM)
    np.testing.assert_array_equal(made, samples * np.float32(10 ** (plan.gain.db / 20)))
    assert plan.attempts == 1


@pytest.mark.parametrize(("codec", "bit_rate"), [("aac", 192_000), ("aac", 64_000), ("wav", 0)])
def test_masters_reach_their_target_below_the_ceiling(tmp_path: Path, codec: str, bit_rate: int) -> None:
    import pyloudnorm

    source = write_sound(tmp_path / "in.wav", peaky(5, 1), codec="pcm_f32le")
    out = tmp_path / ("out.m4a" if codec == "aac" else "out.wav")
    target = Target(lufs=-17, true_peak_ceiling_dbtp=-1)
    master = write_master(source, None, out, target=target, bounds=PLATFORM, codec=codec, bit_rate=bit_rate)
    samples = decoded(out)
    assert master.gain.held_by == "target"
    assert master.limiter.works
    assert ffmpeg_true_peak(samples.astype(np.float32)) <= -0.98
    assert pyloudnorm.Meter(RATE).integrated_loudness(samples.astype(np.float64)) == pytest.approx(-17, abs=0.15)
    again = tmp_path / f"again{out.suffix}"
    write_master(source, None, again, target=target, bounds=PLATFORM, codec=codec, bit_rate=bit_rate)
    assert out.read_bytes() == again.read_bytes()


def test_a_limited_dialog_leaves_less_for_the_deliverable(tmp_path: Path) -> None:
    source = write_sound(tmp_path / "in.wav", peaky(3, 9, seconds=4), codec="pcm_f32le")
    recipe = SoundRecipe(codec="wav", lufs=-16, true_peak_dbtp=-1, limiter_db=6, limiter_share=1)
    most = []
    for limited_db in (0.0, 4.0, 8.0):
        master = master_stretch(
            source, recipe, "wav", tmp_path / "out.wav", start=Fraction(0), duration=Fraction(4), edit_list=True,
            limited_db=limited_db,
        )  # fmt: skip
        most.append(master.limiter.most_db)
    assert most == pytest.approx([6, 2, 0], abs=0.1)
