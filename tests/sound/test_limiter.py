"""The limiter keeps peaks below its ceiling, changes nothing else, and treats all channels alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.sound import STEREO, metered
from engine.sound.limiter import apply_gain, reduction_curve, work_of
from engine.sound.limiter_values import AUDIBLE_DB
from fixtures.noise import shaped

from .ebur128 import ffmpeg, ffmpeg_true_peak
from .sounds import Samples, speechlike, tone

RATE = 48_000
CEILING = -1.05


def peaks_of(samples: Samples, rate: int = RATE) -> np.ndarray:
    frames = metered([samples], rate, (1.0,) * samples.shape[1], detailed=True).peak_frames()
    return 20 * np.log10(np.maximum(frames, 1e-9))


def limit(samples: Samples, gain_db: float, rate: int = RATE, size: int = 30_000) -> tuple[Samples, np.ndarray]:
    """The limited samples, from blocks of a size, and the reduction in dB of each millisecond."""
    curve = reduction_curve(peaks_of(samples, rate), gain_db - CEILING)
    blocks = (samples[start : start + size] for start in range(0, len(samples), size))
    return np.concatenate(list(apply_gain(blocks, rate, gain_db, curve))), curve


def noise(count: int, rate: int, seed: int) -> Samples:
    """Two channels of noise like the spectrum of speech, with peaks of 0 dBFS.

    Meters disagree by more than hundredths of a decibel only on sound near half the sample rate, and where loud sound
    begins or ends without a fade.
    """
    both = np.stack([shaped(count, rate, seed + n, slope=1.0, low=100, high=16_000) for n in (0, 100)], axis=1)
    fade = np.clip(np.minimum(np.arange(count), np.arange(count)[::-1]) / (rate / 100), 0, 1)
    both *= fade[:, None]
    return np.asarray(both / np.abs(both).max(), np.float32)


@given(st.floats(-20, 24), st.integers(0, 9), st.sampled_from([44_100, 48_000]))
@settings(max_examples=15)
def test_no_true_peak_exceeds_the_ceiling(gain: float, seed: int, rate: int) -> None:
    samples = noise(rate // 2, rate, seed)
    limited, _ = limit(samples, gain, rate)
    assert ffmpeg_true_peak(limited, rate) <= -1.0
    assert limited.shape == samples.shape


@pytest.mark.parametrize("hertz", [30.0, 60.0, 997.0, 5_000.0])
def test_a_sine_below_the_ceiling_is_only_multiplied(hertz: float) -> None:
    sine = tone(2, -10, hertz)
    limited, curve = limit(sine, 8.9)
    np.testing.assert_array_equal(limited, sine * np.float32(10 ** (8.9 / 20)))
    assert not work_of(curve).works


@pytest.mark.parametrize("hertz", [30.0, 60.0, 120.0])
def test_a_low_tone_above_the_ceiling_is_not_distorted(hertz: float) -> None:
    limited, _ = limit(tone(3, -3, hertz), 7)
    middle = limited[RATE : 2 * RATE, 0].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    at = round(hertz)
    rest = np.concatenate([spectrum[: at - 3], spectrum[at + 4 :]])
    assert 20 * np.log10(rest.max() / spectrum[at]) < -80


def test_a_single_peak_changes_only_its_surroundings() -> None:
    samples = tone(3, -20)
    samples[RATE : RATE + 5] = 0.9
    limited, curve = limit(samples, 5)
    changed = np.flatnonzero((limited != samples * np.float32(10 ** (5 / 20))).any(axis=1))
    assert RATE - RATE // 50 < changed[0] < RATE
    assert RATE < changed[-1] < RATE + RATE // 8
    work = work_of(curve)
    assert work.worst_second == 1
    assert min(work.curve) == pytest.approx(-work.most_db, abs=0.01)
    assert [n for n, gain in enumerate(work.curve) if gain < -AUDIBLE_DB] in ([9, 10], [10], [9, 10, 11])


@pytest.mark.parametrize("size", [1, 479, 65_536, 65_537, 100_000])
def test_the_sizes_of_blocks_change_no_byte(size: int) -> None:
    samples = speechlike(0.3 if size == 1 else 2.2, 0)
    whole, _ = limit(samples, 6, size=len(samples))
    np.testing.assert_array_equal(limit(samples, 6, size=size)[0], whole)


def test_all_channels_get_the_same_gain() -> None:
    samples = speechlike(3, 0) * np.float32([1.0, 0.25])
    limited, curve = limit(samples, 6)
    loud = np.abs(samples).min(axis=1) > 1e-3
    gains = limited[loud] / samples[loud]
    np.testing.assert_allclose(gains[:, 0], gains[:, 1], rtol=1e-5)
    assert work_of(curve).most_db > 3


def test_the_gain_does_not_pump() -> None:
    """Bursts with pauses of 150 ms: the gain is back before the next, and still from 110 ms after the last peak on."""
    samples = tone(4, -30)
    burst = tone(0.1, 0)[:, :1]
    for start in range(RATE // 2, 3 * RATE, RATE // 4):
        samples[start : start + len(burst)] += burst
    _, curve = limit(samples, 3)
    need = peaks_of(samples) + 3 > CEILING
    since = np.array([np.flatnonzero(need[: n + 1])[-1] if need[: n + 1].any() else -1000 for n in range(len(need))])
    still = (np.arange(len(need)) - since > 110) & (np.abs(np.diff(curve)) > 0)
    # Only the milliseconds before a burst change the gain.
    ahead = np.array([need[n : n + 14].any() for n in range(len(need))])
    assert not (still & ~ahead).any()
    assert np.abs(np.diff(curve)).max() < work_of(curve).most_db / 3


def test_loudness_and_peaks_agree_with_ffmpeg() -> None:
    limited, _ = limit(noise(6 * RATE, RATE, 3), 5)
    reference = ffmpeg(limited)
    ours = metered([limited], RATE, STEREO)
    assert ours.integrated() == pytest.approx(float(reference["lavfi.r128.I"]), abs=0.1)
    assert ffmpeg_true_peak(limited) == pytest.approx(ours.true_peak, abs=0.1)
    assert ffmpeg_true_peak(limited) <= -1


def test_a_reduction_ends_soon_after_its_last_peak() -> None:
    """Peaks every 15 ms, as those of a low voice, share one reduction, which lasts 35 ms longer than they do."""
    peaks = np.full(1000, -20.0)
    peaks[300:601:15] = 0.0
    curve = reduction_curve(peaks, 4.0)
    assert curve[305:596].min() > 3.9
    assert not curve[:289].any()
    assert not (curve[640:] > AUDIBLE_DB).any()
    assert (np.diff(curve[601:]) <= 1e-9).all()


def test_peaks_at_the_ends_of_a_programme_are_reduced() -> None:
    peaks = np.full(200, -20.0)
    peaks[[0, 199]] = 0.0
    curve = reduction_curve(peaks, 4.0)
    assert curve[:2].min() >= 4.0 - 1e-9
    assert curve[-2:].min() >= 4.0 - 1e-9
