"""Clipping is found at any ceiling, and restored without touching anything else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.sound import STAGES, Recording, clean, load_preset, read_blocks
from engine.sound.dialog.clipping import find_clipping, newly_clipped
from engine.sound.dialog.declip import declipped
from fixtures.rooms import clipped_to_sdr

from .voices import RATE, Samples, blocks, hiss, recording, si_sdr, voice


def columns(samples: Samples, size: int = 30_000):
    return (block[:, None] for block in blocks(samples, size))


def restored(samples: Samples, size: int = 30_000) -> Samples:
    clipping = find_clipping(lambda: columns(samples, size))
    assert clipping
    return np.concatenate(list(declipped(columns(samples, size), clipping, RATE)))[:, 0]


@pytest.mark.parametrize("sdr", [7, 15])
def test_clipped_samples_are_restored_and_no_others(sdr: float) -> None:
    speech = voice()
    clipped, ceiling = clipped_to_sdr(speech, sdr)
    output = restored(clipped)

    assert len(output) == len(clipped)
    assert si_sdr(speech, output) > si_sdr(speech, clipped) + 4
    inside = np.abs(clipped) < ceiling * 0.99
    np.testing.assert_array_equal(output[inside], clipped[inside])
    at = np.abs(clipped) >= ceiling
    assert (np.abs(output[at]) >= np.float32(ceiling) * (1 - 1e-6)).all()
    assert (np.sign(output[at]) == np.sign(clipped[at])).all()
    assert np.abs(output).max() > 1.2 * ceiling


@given(st.floats(-60, 6), st.integers(5_000, 90_000))
@settings(max_examples=4, deadline=None)
def test_clipping_is_found_at_any_gain_and_block_size(gain: float, size: int) -> None:
    clipped, ceiling = clipped_to_sdr(voice(), 10)
    factor = np.float32(10 ** (gain / 20))
    found = find_clipping(lambda: columns(clipped * factor, size))
    assert found
    assert found.lowest_dbfs() == pytest.approx(20 * np.log10(ceiling) + gain, abs=0.1)
    assert found.clipped == pytest.approx(np.count_nonzero(np.abs(clipped) >= ceiling * 0.999), rel=0.1)


def test_the_result_is_independent_of_block_sizes() -> None:
    clipped, _ = clipped_to_sdr(voice(), 12)
    np.testing.assert_array_equal(restored(clipped, 7_001), restored(clipped, len(clipped)))


def test_one_polarity_and_a_converted_rate_are_found() -> None:
    speech = voice()
    found = find_clipping(lambda: columns(np.minimum(speech, 0.1)))
    assert found
    positive, negative = found.channels[0]
    assert positive
    assert negative is None
    converted = soxr.resample(soxr.resample(np.clip(speech, -0.1, 0.1), RATE, 44_100), 44_100, RATE)
    soft = find_clipping(lambda: columns(converted.astype(np.float32)))
    assert soft
    assert soft.lowest_dbfs() == pytest.approx(-20, abs=0.5)


@pytest.mark.parametrize("kind", ["speech", "sine", "noise", "limited", "silence"])
def test_sound_that_is_not_clipped_has_no_ceiling(kind: str) -> None:
    time = np.arange(3 * RATE) / RATE
    samples = {
        "speech": voice(),
        "sine": 0.7 * np.sin(2 * np.pi * 220 * time),
        "noise": hiss(3 * RATE, 0.1),
        "limited": 0.5 * np.tanh(5 * voice()),
        "silence": np.zeros(RATE),
    }[kind].astype(np.float32)
    assert find_clipping(lambda: columns(samples)) is None


def test_a_gain_makes_no_new_clipping_and_a_limit_does(tmp_path: Path) -> None:
    clipped, _ = clipped_to_sdr(voice(), 10)
    source = recording(tmp_path / "take.wav", clipped)
    louder = recording(tmp_path / "louder.wav", 3.7 * clipped)
    assert newly_clipped(louder, source, None) == 0
    dry = recording(tmp_path / "dry.wav", voice())
    at_ceiling = np.count_nonzero(np.abs(clipped) == np.abs(clipped).max())
    assert newly_clipped(source, dry, None) == pytest.approx(at_ceiling, rel=0.02)


def test_each_channel_is_restored_at_its_own_ceiling(tmp_path: Path) -> None:
    speech = voice()
    left, right = clipped_to_sdr(speech, 9)[0], 0.4 * clipped_to_sdr(speech, 14)[0]
    both = np.stack([left, right], axis=1)
    reference = np.asarray(0.7 * speech, np.float32)
    outputs = []
    preset = load_preset("dialog")
    kept = frozenset(STAGES) - {"declip"}
    for name, bypassed in (("with", kept), ("without", kept | {"declip"})):
        source = recording(tmp_path / "take.wav", both, layout="stereo")
        report = clean(Recording(source), preset, tmp_path / f"{name}.wav", bypassed=bypassed)
        outputs.append(si_sdr(reference, read(tmp_path / f"{name}.wav")))
        state = {stage.stage: stage.state for stage in report.stages}["declip"]
        assert state == ("applied" if name == "with" else "bypassed")
        assert report.harm.clipped == 0
    assert outputs[0] > outputs[1] + 3


def read(path: Path) -> Samples:
    return np.concatenate([block[:, 0] for block in read_blocks(path)])
