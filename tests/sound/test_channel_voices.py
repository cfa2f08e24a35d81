"""Two channels with one voice each are recognised, separated, and mixed by who speaks."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.sound import (
    STAGES,
    ChannelVoices,
    Recording,
    channel_correction,
    clean,
    load_preset,
    read_blocks,
    voices_16k,
)
from engine.sound.automix import FRAMES, FrameLevels, mix_gains, mixed
from fixtures.dialogue import spoken_voices
from fixtures.music import struck
from fixtures.two_channels import RATE, Samples, two_channels
from fixtures.wav import write_wav

SECONDS = 20.0
# (channel, start); the third and fourth turn overlap.
STARTS = ((0, 0.5), (1, 4.8), (0, 9.0), (1, 11.5), (0, 15.8))


@cache
def turns() -> list[tuple[int, float, Samples]]:
    voices = spoken_voices()
    return [(channel, at, voices[("Ada", "Ben")[channel]][n]) for n, (channel, at) in enumerate(STARTS)]


@cache
def lavaliers() -> Samples:
    return two_channels(turns(), SECONDS)


def write(path: Path, pairs: Samples, rate: int = RATE) -> Path:
    return write_wav(path, np.ascontiguousarray(pairs, np.float32), rate=rate)


def found(path: Path, pairs: Samples, rate: int = RATE) -> ChannelVoices | None:
    return channel_correction(write(path / "a.wav", pairs, rate)).voices


def spoken(channel: int) -> NDArray[np.bool_]:
    """The samples at which the voice of a channel speaks."""
    at = np.zeros(round(SECONDS * RATE), np.bool_)
    for number, start, speech in turns():
        if number == channel:
            first = round(start * RATE)
            at[first : first + len(speech)] = True
    return at


def rms_db(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-20))


def test_lavaliers_are_recognised(tmp_path: Path) -> None:
    voices = found(tmp_path, lavaliers())
    assert voices
    assert voices.titles == ("left", "right")
    assert voices.crosstalk_db == pytest.approx((-20, -20), abs=1)


def test_channels_with_other_gains_and_calls_are_recognised(tmp_path: Path) -> None:
    quiet = found(tmp_path, two_channels(turns(), SECONDS, gains=(0.2, 1.0)))
    assert quiet
    assert quiet.levels_dbfs[0] < quiet.levels_dbfs[1] - 8
    assert found(tmp_path, two_channels(turns(), SECONDS, crosstalk_db=-200, noise=0))


def test_other_stereo_recordings_are_not_voices(tmp_path: Path) -> None:
    """A stereo pair, dual mono, two microphones of one voice, a panorama, and people in one room."""
    dry = two_channels(turns(), SECONDS, crosstalk_db=-200)
    left, right = dry[:, 0], dry[:, 1]
    both = left + right
    one = two_channels([turn for turn in turns() if turn[0] == 0], SECONDS)
    panned = both * np.linspace(0, 1, len(both), dtype=np.float32)
    pairs = {
        "stereo": (left + 0.7 * right, 0.7 * left + right),
        "dual mono": (both, both),
        "two microphones": (both, 0.3 * np.roll(both, 200)),
        "the other microphone is silent": (one[:, 0], one[:, 1]),
        "panorama": (panned, both - panned),
        "one room": tuple(two_channels(turns(), SECONDS, crosstalk_db=-6).T),
    }
    for name, (one_side, other_side) in pairs.items():
        assert found(tmp_path, np.stack([one_side, other_side], axis=1)) is None, name


def test_music_is_not_voices(tmp_path: Path) -> None:
    """Two instruments at the sides, together and in turn."""
    parts = np.stack([struck(10, 1), struck(10, 2)], axis=1)
    assert found(tmp_path, parts, 48_000) is None
    turn = np.arange(len(parts)) // 96_000 % 2
    assert found(tmp_path, parts * np.stack([turn, 1 - turn], axis=1), 48_000) is None


def test_separate_voices_have_no_crosstalk(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", lavaliers())
    voices = channel_correction(path).voices
    assert voices
    channels, speaking = voices_16k(path, None, voices)
    assert len(speaking) == SECONDS * FRAMES
    for channel, samples in enumerate(channels):
        own, other = spoken(channel), spoken(1 - channel)
        assert rms_db(samples[own]) == pytest.approx(rms_db(lavaliers()[own, channel]), abs=0.3)
        # A channel stays open for a moment after its voice.
        near = np.cumsum(np.pad(own, RATE))
        around = near[2 * RATE :] > near[: -2 * RATE]
        assert rms_db(samples[other & ~around]) < rms_db(samples[own]) - 70


def test_the_mix_follows_the_voices(tmp_path: Path) -> None:
    pairs = lavaliers()
    voices = found(tmp_path, pairs)
    assert voices
    results = []
    for size in (1000, 7777):
        blocks = [pairs[first : first + size] for first in range(0, len(pairs), size)]
        meter = FrameLevels(RATE)
        for block in blocks:
            meter.push(block)
        gains = mix_gains(meter.levels(), voices)
        results.append(np.concatenate(list(mixed(blocks, gains, RATE))))
    assert np.array_equal(*results)
    assert np.square(gains).sum(axis=1) == pytest.approx(1)
    assert gains.min() == pytest.approx(10 ** (-15 / 20), abs=0.001)
    assert np.abs(np.diff(20 * np.log10(gains), axis=0)).max() < 3
    frames = [spoken(channel)[: len(gains) * 160].reshape(-1, 160).all(axis=1) for channel in (0, 1)]
    for channel in (0, 1):
        alone = frames[channel] & ~frames[1 - channel]
        assert np.median(gains[alone, channel]) > 0.98
        assert np.median(gains[frames[0] & frames[1], channel]) == pytest.approx(0.5**0.5, abs=0.01)
        at = spoken(channel) & ~spoken(1 - channel)
        assert rms_db(results[0][at]) == pytest.approx(rms_db(pairs[at, channel]), abs=0.5)


@pytest.mark.parametrize("choice", ["auto", "mix"])
def test_the_chain_works_on_the_mix_by_voice(tmp_path: Path, choice: str) -> None:
    preset = load_preset("dialog").without(frozenset(STAGES)).with_voices(choice)  # type: ignore[arg-type]
    source = write(tmp_path / "take.wav", two_channels(turns(), SECONDS, noise=1e-3))
    speech = tuple((Fraction(at), Fraction(at) + 3) for _, at in STARTS)
    report = clean(Recording(source, speech=speech), preset, tmp_path / "dialog.wav")
    assert report.fold.why == "one voice per channel: left, right"
    assert (report.channel_notes == ("mono: one voice per channel: left, right, mixed by who speaks",)) == (
        choice == "auto"
    )
    # An even mix has the noise of both microphones, 3 dB more relative to the voice.
    whole = np.concatenate(list(read_blocks(tmp_path / "dialog.wav", layout="source", rate=RATE)))[:, 0]
    alone = spoken(1) & ~spoken(0)
    above_noise = rms_db(whole[alone]) - rms_db(whole[: RATE // 3])
    of_one = rms_db(two_channels(turns(), SECONDS, noise=0)[alone, 1]) - rms_db(np.full(1, 1e-3, np.float32))
    assert above_noise == pytest.approx(of_one - (0 if choice == "auto" else 3), abs=1.2)
