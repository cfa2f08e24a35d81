"""Each stage alone: what it repairs, and that it is skipped if nothing needs repair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.sound.dialog.analysis import FRAME, Levels, analyze_levels, voice_levels
from engine.sound.dialog.clicks import clicks, find_clicks
from engine.sound.dialog.compression import compression
from engine.sound.dialog.isolation import IsolationStage, isolation
from engine.sound.dialog.levelling import levelling
from engine.sound.dialog.preset import (
    Clicks,
    Compression,
    Isolation,
    Levelling,
    RoomTone,
    Rumble,
    Sibilance,
    Tone,
)
from engine.sound.dialog.room_tone import room_tone
from engine.sound.dialog.rumble import rumble
from engine.sound.dialog.sibilance import sibilance
from engine.sound.dialog.stage import Stage, run_stages
from engine.sound.dialog.tone import tone

from .voices import RATE, Samples, blocks, hiss, si_sdr, voice


def run(stage: Stage, samples: Samples, size: int = 30_000) -> Samples:
    return np.concatenate(list(run_stages([stage], blocks(samples, size))))


def reader(samples: Samples):
    def read(start: int, stop: int) -> Samples:
        inside = samples[max(start, 0) : max(stop, 0)]
        return np.pad(inside, (max(0, -start), max(0, stop - start - len(inside) - max(0, -start))))

    return read


def decibels(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-20))


def analyze(samples: Samples) -> tuple[Levels, np.ndarray]:
    levels = analyze_levels(blocks(samples))
    return levels, levels.speaking(None)


def test_speech_is_distinguished_from_room_noise() -> None:
    speech = voice() + hiss(len(voice()), 0.001)

    levels, speaking = analyze(speech)
    found = voice_levels(levels, None)

    assert 0.4 < speaking.mean() < 0.8
    assert not speaking[:50].any()
    assert found.level_db == pytest.approx(-24.5, abs=2.5)
    assert found.floor_db == pytest.approx(-60, abs=2)
    assert not levels.speaking([]).any()
    assert not analyze(np.zeros(RATE, np.float32))[1].any()


def test_irregular_noise_counts_with_its_hits_and_rumble_does_not() -> None:
    speech, time = voice(), np.arange(len(voice())) / RATE
    steady = hiss(len(speech), 0.01)
    hits = np.asarray(steady * (np.sin(2 * np.pi * 5 * time) > 0.3), np.float32)
    hits *= np.sqrt(np.mean(np.square(steady)) / np.mean(np.square(hits)))
    rumble_too = np.asarray(steady + 0.05 * np.sin(2 * np.pi * 35 * time), np.float32)
    expected, *found = (
        voice_levels(analyze(speech + noise)[0], None).above_noise_db for noise in (steady, hits, rumble_too)
    )
    assert expected == pytest.approx(14, abs=2)
    # The median of the noise with hits is that of its pauses.
    assert found == pytest.approx([expected, expected], abs=3)


def test_rumble_and_wind_are_removed_and_a_clean_voice_is_skipped() -> None:
    speech = voice() + hiss(len(voice()), 0.0005)
    time = np.arange(len(speech)) / RATE
    traffic = 0.05 * np.sin(2 * np.pi * 35 * time).astype(np.float32)
    gust = hiss(len(speech), 1.0, seed=3)
    gust = np.asarray(np.convolve(gust, np.hanning(601) / 300, "same"), np.float32)
    gust *= (0.4 / np.abs(gust).max()) * (np.sin(2 * np.pi * 0.3 * time) > 0.6)

    for noise, least in ((traffic, 15), (traffic + gust, 5)):
        levels, _ = analyze(speech + noise)
        stage, outcome = rumble(Rumble(), levels, voice_levels(levels, None))
        assert stage is not None, outcome
        assert si_sdr(speech, run(stage, speech + noise)) > si_sdr(speech, speech + noise) + least
    levels, _ = analyze(speech)
    stage, outcome = rumble(Rumble(), levels, voice_levels(levels, None))
    assert stage is None, outcome


def test_the_low_notes_of_a_voice_are_no_rumble() -> None:
    speech = voice() + hiss(len(voice()), 0.0005)
    time = np.arange(len(speech)) / RATE
    # A note of 50 Hz in every second half second, as the lowest part of a voice has.
    note = 0.03 * np.sin(2 * np.pi * 50 * time) * (np.sin(2 * np.pi * time) > 0)
    low_voice = np.asarray(speech + note, np.float32)
    traffic = np.asarray(0.03 * np.sin(2 * np.pi * 35 * time), np.float32)

    levels, _ = analyze(low_voice)
    stage, outcome = rumble(Rumble(), levels, voice_levels(levels, None))
    assert stage is None, outcome
    levels, _ = analyze(low_voice + 0.3 * traffic)
    stage, _ = rumble(Rumble(rest_db=-30), levels, voice_levels(levels, None))
    assert stage is not None
    kept = run(stage, low_voice)
    assert si_sdr(low_voice, kept) > 12
    levels, _ = analyze(speech + traffic)
    stage, _ = rumble(Rumble(), levels, voice_levels(levels, None))
    assert stage is not None
    assert np.square(run(stage, traffic)).mean() < 0.001 * np.square(traffic).mean()


def test_clicks_are_repaired_and_consonants_are_not_clicks() -> None:
    speech = voice() + hiss(len(voice()), 0.0005)
    places = np.random.default_rng(1).integers(9600, len(speech) - 9600, 12)
    clicked = speech.copy()
    for number, place in enumerate(places):
        clicked[place : place + 1 + number % 4] += 0.6 if number % 2 else -0.6

    stage, outcome = clicks(Clicks(), blocks(clicked))

    assert stage is not None, outcome
    repaired = run(stage, clicked)
    assert len(repaired) == len(clicked)
    assert stage.count == 12
    assert si_sdr(speech, repaired) > 35
    assert clicks(Clicks(), blocks(speech))[0] is None
    crackle = clicked.copy()
    crackle[::2000] += 0.6
    assert "part of the sound" in clicks(Clicks(), blocks(crackle))[1].why


@given(st.integers(100, 90_000))
@settings(max_examples=10)
def test_a_click_is_found_at_any_block_size(size: int) -> None:
    samples = hiss(3 * RATE, 0.01)
    samples[RATE + 7] += 0.5
    assert len(find_clicks(samples, 40)) == 1
    stage, _ = clicks(Clicks(), [samples])
    assert stage
    assert np.abs(run(stage, samples, size)[RATE + 5 : RATE + 10]).max() < 0.1


def test_isolation_keeps_the_voice_in_time() -> None:
    speech = voice()
    noisy = speech + hiss(len(speech), 0.02)

    isolated = run(IsolationStage(), noisy)

    assert len(isolated) == len(noisy)
    assert si_sdr(speech, noisy) < 7
    assert si_sdr(speech, isolated) > 12
    levels, _ = analyze(noisy)
    share = isolation(Isolation(), voice_levels(levels, None))[0]
    assert 0.965 < share < 1
    # The noise is reduced by 50 dB.
    assert 20 * np.log10(1 - share) == pytest.approx(-50, abs=0.5)
    assert isolation(Isolation(strength=0.5), voice_levels(levels, None))[0] == pytest.approx(share / 2)
    quiet, _ = analyze(speech + hiss(len(speech), 0.00002))
    assert isolation(Isolation(), voice_levels(quiet, None))[0] == 0


@pytest.mark.parametrize("count", [1, 20_011])
def test_isolation_returns_as_many_samples_from_blocks_of_any_size(count: int) -> None:
    samples = hiss(RATE, 0.02)[:count]
    found = run(IsolationStage(), samples, 7_001)
    assert len(found) == count
    np.testing.assert_array_equal(found, run(IsolationStage(), samples, RATE))


def test_gaps_are_filled_with_matching_room_tone() -> None:
    original = hiss(10 * RATE, 0.004, seed=5)
    original[RATE : 2 * RATE] += voice()[RATE : 2 * RATE]
    with_gaps = original.copy()
    with_gaps[4 * RATE : 5 * RATE] = 0
    with_gaps[: RATE // 5] = 0

    levels, speaking = analyze(with_gaps)
    stage, outcome = room_tone(RoomTone(), levels.power, levels.held, speaking, reader(with_gaps))

    assert stage is not None, outcome
    filled = run(stage, with_gaps)
    assert outcome.measured["holes_s"] == pytest.approx(1.2, abs=0.03)
    inside, around = filled[4 * RATE + 500 : 5 * RATE - 500], original[6 * RATE : 7 * RATE]
    assert decibels(inside) == pytest.approx(decibels(around), abs=1.5)
    for low, high in ((100, 400), (400, 2000), (2000, 8000)):
        assert band(inside, low, high) == pytest.approx(band(around, low, high), abs=2.5)
    np.testing.assert_array_equal(filled[6 * RATE :], with_gaps[6 * RATE :])
    np.testing.assert_array_equal(run(new_room_tone(with_gaps), with_gaps), filled)


def new_room_tone(samples: Samples) -> Stage:
    levels, speaking = analyze(samples)
    stage, _ = room_tone(RoomTone(), levels.power, levels.held, speaking, reader(samples))
    assert stage
    return stage


def band(samples: Samples, low: float, high: float) -> float:
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    return float(10 * np.log10(power[(hertz >= low) & (hertz < high)].sum() / len(samples) ** 2))


def test_silence_has_no_room_tone() -> None:
    levels, speaking = analyze(np.zeros(RATE, np.float32))
    assert room_tone(RoomTone(), levels.power, levels.held, speaking, reader(np.zeros(RATE, np.float32)))[0] is None


def test_silence_after_a_click_stays_silent_if_nobody_speaks() -> None:
    clicked = np.zeros(3 * RATE, np.float32)
    clicked[: RATE // 10] = hiss(RATE // 10, 0.1)
    levels, _ = analyze(clicked)
    nobody = np.zeros_like(levels.held)
    stage, outcome = room_tone(RoomTone(), levels.power, levels.held, nobody, reader(clicked))
    assert stage is None
    assert outcome.why == "no speech, so that silence stays"


def test_levelling_raises_a_voice_that_moves_away() -> None:
    near = np.concatenate([voice()] * 3)
    walk = np.interp(np.arange(len(near)), [0, len(near) * 0.4, len(near) * 0.6, len(near)], [1, 1, 0.2, 0.2])
    walked = (near * walk).astype(np.float32)

    levels, speaking = analyze(walked)
    stage, outcome = levelling(Levelling(), levels.power, speaking)

    assert stage is not None, outcome
    output = run(stage, walked)
    first, last = slice(0, len(near) // 3), slice(2 * len(near) // 3, len(near))
    assert decibels(walked[first]) - decibels(walked[last]) == pytest.approx(14, abs=1)
    assert decibels(output[first]) - decibels(output[last]) < 6.5
    levels, speaking = analyze(near)
    assert levelling(Levelling(within_db=4), levels.power, speaking)[0] is None


def test_harsh_sibilants_are_reduced_and_the_voice_is_not() -> None:
    speech = voice() + hiss(len(voice()), 0.0005)
    levels, speaking = analyze(speech)
    share = 10 * np.log10(levels.sibilants / levels.power)
    hissing = np.flatnonzero(speaking & (share > -6))
    harsh = speech.copy()
    for frame in hissing[: len(hissing) // 4]:
        harsh[frame * FRAME : (frame + 1) * FRAME] *= 6

    levels, speaking = analyze(harsh)
    stage, outcome = sibilance(Sibilance(rest_db=-20), levels.power, levels.sibilants, speaking)

    assert stage is not None, outcome
    output = run(stage, harsh)
    at = np.concatenate([np.arange(f * FRAME, (f + 1) * FRAME) for f in hissing[: len(hissing) // 4]])
    assert decibels(output[at]) < decibels(harsh[at]) - 1.5
    assert band(output, 300, 3000) == pytest.approx(band(harsh, 300, 3000), abs=0.5)


def test_compression_lowers_loud_words_and_keeps_quiet_ones() -> None:
    speech = voice().copy()
    shouted = speech.copy()
    middle = len(speech) // 2
    shouted[middle - RATE : middle] *= 6

    levels, speaking = analyze(shouted)
    stage, outcome = compression(Compression(rest_db=6), levels.power, speaking)

    assert stage is not None, outcome
    output = run(stage, shouted)
    assert decibels(output[middle - RATE : middle]) < decibels(shouted[middle - RATE : middle]) - 2
    assert decibels(output[-2 * RATE :]) == pytest.approx(decibels(shouted[-2 * RATE :]), abs=1)
    levels, speaking = analyze(speech)
    assert compression(Compression(rest_db=25), levels.power, speaking)[0] is None


def test_a_boomy_voice_is_partly_corrected() -> None:
    speech = voice() + hiss(len(voice()), 0.0005)
    spectrum = np.fft.rfft(speech)
    hertz = np.fft.rfftfreq(len(speech), 1 / RATE)
    boomy = np.fft.irfft(spectrum * np.where(hertz < 300, 10, 1), len(speech)).astype(np.float32)

    _, speaking = analyze(boomy)
    stage, outcome = tone(Tone(within_db=6), speaking, reader(boomy))

    assert stage is not None, outcome
    output = run(stage, boomy)
    before = band(boomy, 120, 280) - band(boomy, 500, 2000)
    after = band(output, 120, 280) - band(output, 500, 2000)
    assert before - 6 < after < before - 1
    assert len(output) == len(boomy)
