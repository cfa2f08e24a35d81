"""EBU Tech 3341 cases 1 to 23 and Tech 3342 cases 1 to 6, within their tolerances, measured as by the command."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sound import Meter, measure, meter_file, metered
from fixtures import ebu
from fixtures.ebu import RATE, Samples, tones
from fixtures.wav import write_wav
from tests.examples import examples

from .ebur128 import ffmpeg

I_S_M = 0.1
TRUE_PEAK = {"below": 0.4, "above": 0.2}
LRA = 1.0


MeasureSamples = Callable[[Samples], Meter]


@pytest.fixture
def measure_samples(tmp_path: Path) -> MeasureSamples:
    """Measures samples from a file, as `cwtui loudness` does."""

    def measure_wav(samples: Samples) -> Meter:
        return meter_file(write_wav(tmp_path / "case.wav", samples))

    return measure_wav


@pytest.mark.parametrize(("case", "level"), [(1, -23.0), (2, -33.0)])
def test_steady_tones(measure_samples: MeasureSamples, case: int, level: float) -> None:
    meter = measure_samples(tones((level, 20)))
    assert meter.integrated() == pytest.approx(level, abs=I_S_M)
    np.testing.assert_allclose(meter.momentary()[100:], level, atol=I_S_M)
    np.testing.assert_allclose(meter.short_term(), level, atol=I_S_M)


@pytest.mark.parametrize(
    ("case", "parts"),
    [
        (3, [(-36, 10), (-23, 60), (-36, 10)]),
        (4, [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)]),
        (5, [(-26, 20), (-20, 20.1), (-26, 20)]),
    ],
)
def test_relative_and_absolute_gates(
    measure_samples: MeasureSamples, case: int, parts: list[tuple[float, float]]
) -> None:
    assert measure_samples(tones(*parts)).integrated() == pytest.approx(-23, abs=I_S_M)


def test_case_6_five_channels(measure_samples: MeasureSamples) -> None:
    found = measure_samples(ebu.surround())
    assert found.integrated() == pytest.approx(-23, abs=I_S_M)
    assert found.true_peak == pytest.approx(-24, abs=0.1)


@pytest.mark.parametrize(("cases", "spread", "wanted"), [("7, 3342-5", 6.1, 5.0), ("8, 3342-6", 19.0, 15.0)])
def test_programmes_at_minus_23(measure_samples: MeasureSamples, cases: str, spread: float, wanted: float) -> None:
    """Substitutes for the EBU's programmes: the level is set by pyloudnorm, the range is measured by FFmpeg."""
    import pyloudnorm

    samples = ebu.programme(spread)
    samples *= 10 ** ((-23 - pyloudnorm.Meter(RATE).integrated_loudness(samples.astype(np.float64))) / 20)
    assert float(ffmpeg(samples)["lavfi.r128.LRA"]) == pytest.approx(wanted, abs=0.1)
    meter = measure_samples(samples)
    assert meter.integrated() == pytest.approx(-23, abs=I_S_M)
    assert meter.range() == pytest.approx(wanted, abs=LRA)


def test_case_9_short_term_is_constant_after_three_seconds(measure_samples: MeasureSamples) -> None:
    np.testing.assert_allclose(measure_samples(ebu.alternating(1.34, 1.66, 5)).short_term(), -23, atol=I_S_M)


def test_case_10_short_term_at_any_start(measure_samples: MeasureSamples) -> None:
    for samples in ebu.shifted(3, 0.15):
        assert measure_samples(samples).short_term().max() == pytest.approx(-23, abs=I_S_M)


def test_case_11_short_term_of_rising_levels(measure_samples: MeasureSamples) -> None:
    for level, samples in ebu.rising(3, 0.15):
        assert measure_samples(samples).short_term().max() == pytest.approx(level, abs=I_S_M)


def test_case_12_momentary_is_constant_after_one_second(measure_samples: MeasureSamples) -> None:
    np.testing.assert_allclose(measure_samples(ebu.alternating(0.18, 0.22, 25)).momentary()[60:], -23, atol=I_S_M)


def test_case_13_momentary_at_any_start(measure_samples: MeasureSamples) -> None:
    for samples in ebu.shifted(0.4, 0.02):
        assert measure_samples(samples).momentary().max() == pytest.approx(-23, abs=I_S_M)


def test_case_14_momentary_of_rising_levels(measure_samples: MeasureSamples) -> None:
    for level, samples in ebu.rising(0.4, 0.02):
        assert measure_samples(samples).momentary().max() == pytest.approx(level, abs=I_S_M)


@pytest.mark.parametrize(
    ("case", "hertz", "degrees", "amplitude", "peak"),
    [
        (15, RATE / 4, 0, 0.5, -6.0),
        (16, RATE / 4, 45, 0.5, -6.0),
        (17, RATE / 6, 60, 0.5, -6.0),
        (18, RATE / 8, 67.5, 0.5, -6.0),
        (19, RATE / 4, 45, 1.41, 3.0),
    ],
)
def test_true_peaks_between_samples(
    measure_samples: MeasureSamples, case: int, hertz: float, degrees: float, amplitude: float, peak: float
) -> None:
    found = measure_samples(ebu.between_samples(hertz, degrees, amplitude)).true_peak
    assert peak - TRUE_PEAK["below"] <= found <= peak + TRUE_PEAK["above"]


@pytest.mark.parametrize(("case", "offset"), [(20, 0), (21, 1), (22, 2), (23, 3)])
def test_one_peak_at_any_sample_offset(measure_samples: MeasureSamples, case: int, offset: int) -> None:
    found = measure_samples(ebu.one_peak(offset)).true_peak
    assert -TRUE_PEAK["below"] <= found <= TRUE_PEAK["above"]


@pytest.mark.parametrize(
    ("case", "levels", "wanted"),
    [(1, (-20, -30), 10), (2, (-20, -15), 5), (3, (-40, -20), 20), (4, (-50, -35, -20, -35, -50), 15)],
)
def test_loudness_ranges(measure_samples: MeasureSamples, case: int, levels: tuple[float, ...], wanted: float) -> None:
    assert measure_samples(tones(*[(level, 20) for level in levels])).range() == pytest.approx(wanted, abs=LRA)


@given(st.integers(0, 10_000), st.floats(-50, 0), st.integers(20, 120), st.sampled_from([1, 2]))
@examples(10)
def test_pyloudnorm_and_ffmpeg_agree_on_any_sound(seed: int, level: float, tenths: int, channels: int) -> None:
    import pyloudnorm

    random = np.random.default_rng(seed)
    noise = random.standard_normal((tenths * RATE // 10, channels))
    envelope = np.interp(np.arange(len(noise)), np.linspace(0, len(noise), 12), random.uniform(0.001, 1, 12))
    samples = (noise * envelope[:, None] / 4 * 10 ** (level / 20)).astype(np.float32)

    found = metered([samples], RATE, (1.0,) * channels).integrated()

    # pyloudnorm's filter reads 0.04 dB lower: near −70 LUFS, that decides whether a block passes the gate.
    if level > -30:
        assert found == pytest.approx(pyloudnorm.Meter(RATE).integrated_loudness(samples.astype(np.float64)), abs=0.1)
    if channels == 2:
        # FFmpeg reports silence as −70.
        assert max(found, -70) == pytest.approx(float(ffmpeg(samples)["lavfi.r128.I"]), abs=0.1)


@given(st.sampled_from([8000, 11_025, 22_050, 44_100, 96_000, 192_000]), st.integers(100, 50_000))
@examples(6)
def test_any_sample_rate_and_block_size(rate: int, size: int) -> None:
    time = np.arange(4 * rate) / rate
    wave = ebu.faded(np.repeat((0.1 * np.sin(2 * np.pi * 997 * time))[:, None], 2, axis=1).astype(np.float32), rate)
    found = measure((wave[at : at + size] for at in range(0, len(wave), size)), rate)
    assert found.integrated_lufs == pytest.approx(-20, abs=0.15)
    assert found.true_peak_dbtp == pytest.approx(-20, abs=0.1)


def test_loudness_is_measured_in_given_ranges(measure_samples: MeasureSamples) -> None:
    samples = tones((-20, 5), (-40, 5), (-20, 5))
    meter = measure_samples(samples)
    assert meter.integrated([(Fraction(5), Fraction(10))]) == pytest.approx(-40, abs=0.3)
    assert meter.integrated([]) == -np.inf
