"""The meter's readings during streaming, as shown by a console."""

import math

import numpy as np
import pytest

from engine.sound import Meter, metered, series_of

from .sounds import tone

RATE = 48_000


def test_readings_follow_the_sound() -> None:
    meter = Meter(RATE, (1.0, 1.0))
    assert meter.reading().peaks == ()
    assert meter.reading().momentary == -math.inf
    loud = tone(4, -20)
    loud[:, 1] *= 0.5
    for at in range(0, len(loud), 4800):
        meter.push(loud[at : at + 4800])
    reading = meter.reading()
    assert reading.momentary == pytest.approx(reading.integrated, abs=0.05)
    assert reading.short_term == pytest.approx(reading.integrated, abs=0.05)
    assert reading.true_peak == pytest.approx(-20, abs=0.1)
    assert reading.peaks == pytest.approx((-20, -26), abs=0.3)
    for _ in range(10):
        meter.push(np.zeros((4800, 2), np.float32))
    quiet = meter.reading()
    assert quiet.momentary < -100
    assert quiet.integrated == pytest.approx(reading.integrated, abs=0.2)
    assert max(quiet.peaks) < -60


def test_the_series_equals_the_meter_readings() -> None:
    samples = np.concatenate([tone(5, -30), tone(5, -15)])
    meter = Meter(RATE, (1.0, 1.0))
    readings = []
    for at in range(0, len(samples), 4800):
        meter.push(samples[at : at + 4800])
        readings.append(meter.reading())
    meter.finish()

    series = series_of(meter)

    assert len(series.momentary_lufs) == len(readings) == 100
    for name in ("momentary", "short_term", "integrated"):
        found = getattr(series, f"{name}_lufs")
        np.testing.assert_allclose(found, [getattr(reading, name) for reading in readings], atol=0.03)
    assert series.momentary_lufs[:3] == (-math.inf,) * 3
    assert series.true_peak_dbtp[20][0] == pytest.approx(-30, abs=0.1)
    assert series.true_peak_dbtp[80][1] == pytest.approx(-15, abs=0.1)


def test_the_last_sample_is_measured() -> None:
    samples = np.zeros((20 * RATE, 2), np.float32)
    assert metered([samples], RATE, (1.0, 1.0)).true_peak == -math.inf
    samples[-1] = 1
    meter = metered([samples], RATE, (1.0, 1.0))
    assert meter.clipped == 2
    assert meter.true_peak >= 0
