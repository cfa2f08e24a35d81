"""Profiles of sound: their figures, the offset between two, missing sound, and what happened to the channels."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.filter import Graph
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import correlate

from engine.errors import EngineError
from engine.sound import (
    ProfileRecorder,
    SoundProfile,
    channel_figures,
    missing_channels,
    missing_sound,
    profile_of,
    read_profiles,
    sound_offset,
    write_profiles,
)
from tests.examples import examples
from tests.sound.sounds import Samples, speechlike, tone

RATE = 48_000


def profile(samples: Samples) -> SoundProfile:
    return profile_of([samples], RATE)


def late(samples: Samples, count: int) -> Samples:
    """The samples `count` later, or earlier if it is negative; as many as before."""
    moved = np.zeros_like(samples)
    if count >= 0:
        moved[count:] = samples[: len(samples) - count]
    else:
        moved[:count] = samples[-count:]
    return moved


@pytest.fixture(scope="module")
def speech() -> Samples:
    """Eight seconds whose channels differ: the left one is louder."""
    samples = speechlike(8, -6)
    return samples * np.float32([1.0, 0.5])


@given(st.lists(st.integers(0, 5000), max_size=8), st.sampled_from([44_100, 48_000, 11_025]))
@examples(30)
def test_a_profile_does_not_depend_on_the_blocks(sizes: list[int], rate: int) -> None:
    samples = np.random.default_rng(1).standard_normal((sum(sizes) + 2000, 2)).astype(np.float32)
    recorder = ProfileRecorder(rate)
    begin = 0
    for size in [*sizes, 2000]:
        recorder.push(samples[begin : begin + size])
        begin += size
    found, whole = recorder.profile(), profile_of([samples], rate)
    for one, other in ((found.powers, whole.powers), (found.cross, whole.cross), (found.envelope, whole.envelope)):
        assert one.shape == other.shape
        assert np.allclose(one, other, rtol=1e-3)


def test_a_profile_has_mean_squares_and_products() -> None:
    samples = np.random.default_rng(1).standard_normal((RATE, 2)).astype(np.float32)
    found = profile(samples)
    hops = samples.reshape(100, 480, 2)
    assert found.powers == pytest.approx(np.square(hops).mean(1), rel=1e-4)
    assert found.cross == pytest.approx((hops[..., 0] * hops[..., 1]).mean(1), abs=1e-5)
    assert found.envelope == pytest.approx(np.sqrt(np.square(samples).reshape(1000, 96).mean(1)), rel=2e-3)
    assert (found.channels, len(profile_of([], RATE).powers)) == (2, 0)


@given(st.integers(-24_000, 24_000), st.floats(-20, 6), st.floats(-60, -25))
@examples(25)
def test_an_offset_is_found_to_half_a_millisecond(shift: int, gain_db: float, noise_db: float) -> None:
    samples = speechlike(8, -6)
    noise = np.random.default_rng(2).standard_normal(samples.shape) * 10 ** (noise_db / 20)
    found = sound_offset(profile(samples), profile((late(samples, shift) + noise) * 10 ** (gain_db / 20)), 0, 8)
    assert found == pytest.approx(shift / RATE, abs=0.0005)


def test_the_offset_is_that_of_the_waveforms(speech: Samples) -> None:
    """SciPy's cross-correlation of the samples finds the same offset as the envelopes."""
    moved = late(speech, 3840)
    lags = correlate(moved[:, 0], speech[:, 0], "full", "fft")
    wanted = (int(np.argmax(lags)) - len(speech) + 1) / RATE
    assert wanted == 0.08
    assert sound_offset(profile(speech), profile(moved), 0, 8) == pytest.approx(wanted, abs=0.0005)


def test_an_offset_is_local(speech: Samples) -> None:
    half = len(speech) // 2
    drifting = np.concatenate([speech[:half], late(speech, 1920)[half:]])
    found = [sound_offset(profile(speech), profile(drifting), *span) for span in ((0, 4), (4, 8))]
    assert found == [pytest.approx(0, abs=0.0005), pytest.approx(0.04, abs=0.0005)]


def test_silence_a_tone_and_a_regular_beat_have_no_offset(speech: Samples) -> None:
    silence = profile(np.zeros((8 * RATE, 2), np.float32))
    steady = profile(tone(8, -20))
    beat = np.zeros((8 * RATE, 2), np.float32)
    beat[:: RATE // 5] = 0.9
    for one in (silence, steady, profile(beat)):
        assert sound_offset(one, one, 0, 8) is None
    assert sound_offset(profile(speech), silence, 0, 8) is None
    assert sound_offset(profile(speech), profile(speech), 7.5, 8) is None
    other = np.random.default_rng(5).standard_normal(speech.shape).astype(np.float32) * speech[::-1]
    assert sound_offset(profile(speech), profile(other), 0, 8) is None


@given(st.floats(0.8, 2.0), st.floats(0.2, 4), st.floats(-12, 12), st.sampled_from([0.0, 1e-4]))
@examples(25)
def test_a_mute_is_found_where_it_is(length: float, start: float, gain_db: float, left: float) -> None:
    samples = speechlike(8, -6)
    muted = samples * np.float32(10 ** (gain_db / 20))
    first, last = round(start * RATE), round((start + length) * RATE)
    muted[first:last] *= left
    found = missing_sound(profile(samples), profile(muted))
    heard = np.abs(samples[first:last]).reshape(-1)
    if np.mean(heard > 0.02) > 0.5:
        (one,) = found
        assert start - 0.15 <= one.start <= one.end <= start + length + 0.15
        assert missing_channels(profile(samples), profile(muted)) == []


def test_ffmpeg_detects_the_same_silence(speech: Samples) -> None:
    """silencedetect finds the muted second in the sum of all channels."""
    full = speech + np.random.default_rng(1).standard_normal(speech.shape).astype(np.float32) * np.float32(0.02)
    muted = full.copy()
    muted[3 * RATE : 4 * RATE] = 0
    (one,) = missing_sound(profile(full), profile(muted))
    assert (one.start, one.end) == (pytest.approx(3, abs=0.1), pytest.approx(4, abs=0.1))
    assert silences(muted) == [pytest.approx(3, abs=0.01), pytest.approx(4, abs=0.01)]


@given(st.floats(-20, 20), st.integers(0, 100), st.floats(0, 12))
@examples(25)
def test_a_gain_pauses_and_a_limiter_lose_no_sound(gain_db: float, seed: int, limited_db: float) -> None:
    generator = np.random.default_rng(seed)
    samples = speechlike(8, -6) * np.float32([1.0, generator.uniform(0.05, 1)])
    loud = np.abs(samples).max(1, keepdims=True) > 0.1
    finished = samples * 10 ** (gain_db / 20) * np.where(loud, 10 ** (-limited_db / 20), 1)
    finished = (finished + generator.standard_normal(samples.shape) * 1e-5).astype(np.float32)
    assert missing_sound(profile(samples), profile(finished)) == []
    assert missing_channels(profile(samples), profile(finished)) == []


def test_a_dropped_channel_is_named(speech: Samples) -> None:
    for channel in (0, 1):
        dropped = speech.copy()
        dropped[:, channel] = 0
        found = missing_channels(profile(speech), profile(dropped))
        assert {number for number, _ in found} == {channel}
        assert missing_sound(profile(speech), profile(dropped)) == []
    assert missing_channels(profile(dropped), profile(dropped)) == []
    part = speech.copy()
    part[2 * RATE : 4 * RATE, 1] = 0
    ((number, one),) = missing_channels(profile(speech), profile(part))
    assert number == 1
    assert 1.9 <= one.start <= one.end <= 4.1


def test_swapped_and_inverted_channels_are_told_apart(speech: Samples) -> None:
    two = speech.copy()
    two[:, 1] = np.roll(two[:, 0], 30_000) * 0.7 + two[:, 0] * 0.3
    source = profile(two)
    good = channel_figures(source, profile(two * 2))
    swapped = channel_figures(source, profile(two[:, ::-1]))
    inverted = channel_figures(source, profile(two * np.float32([1, -1])))
    assert good
    assert swapped
    assert inverted
    assert good.sides == pytest.approx(1, abs=0.01)
    assert good.result_correlation == pytest.approx(good.source_correlation, abs=0.01)
    assert swapped.sides is not None
    assert swapped.sides < -0.9 if good.sides else False
    assert inverted.result_correlation == pytest.approx(-good.source_correlation, abs=0.01)  # type: ignore[operator]


def test_a_mono_source_has_two_equal_channels(speech: Samples) -> None:
    mono, both = speech[:, :1], np.repeat(speech[:, :1], 2, axis=1)
    found = channel_figures(profile(mono), profile(both))
    assert found
    assert (found.source_correlation, found.result_correlation) == (pytest.approx(1), pytest.approx(1))
    assert found.sides is None
    assert channel_figures(profile(np.zeros_like(speech)), profile(speech)) is None
    assert channel_figures(profile(speech), profile(mono)) is None
    assert missing_channels(profile(mono), profile(both)) == []


def test_profiles_survive_being_stored(speech: Samples, tmp_path: Path) -> None:
    path = tmp_path / "sound.m4a.profiles"
    assert read_profiles(path) is None
    one, other = profile(speech), profile(speech[:, :1])
    write_profiles(path, one, other)
    found = read_profiles(path)
    assert found
    for stored, wanted in zip(found, (one, other), strict=True):
        assert np.array_equal(stored.powers, wanted.powers)
        assert np.array_equal(stored.cross, wanted.cross)
        assert np.array_equal(stored.envelope, wanted.envelope)
    path.write_bytes(b"damaged")
    with pytest.raises(EngineError, match="cannot be read"):
        read_profiles(path)


def silences(samples: Samples) -> list[float]:
    """The start and end times in the metadata of FFmpeg's silencedetect."""
    graph = Graph()
    source = graph.add_abuffer(format="flt", sample_rate=RATE, layout="stereo", time_base=Fraction(1, RATE))
    detector, sink = graph.add("silencedetect", "n=-60dB:d=0.5"), graph.add("abuffersink")
    source.link_to(detector)
    detector.link_to(sink)
    graph.configure()
    found = {}
    for first in range(0, len(samples), 1024):
        part = np.ascontiguousarray(samples[first : first + 1024]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(part, format="flt", layout="stereo")
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), first
        graph.push(frame)
        while True:
            try:
                metadata = graph.pull().metadata
            except (BlockingIOError, av.EOFError):
                break
            found |= {key: float(value) for key, value in metadata.items() if "duration" not in key}
    return list(found.values())
