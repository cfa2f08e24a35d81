"""Rooms, mouth clicks, plosives and breaths: each stage repairs its fault and is skipped without it."""

from __future__ import annotations

import numpy as np
import pytest

from engine.sound.dialog.analysis import analyze_levels, voice_levels
from engine.sound.dialog.breaths import breaths
from engine.sound.dialog.dereverb import DereverbStage, dereverb, reverberant_share
from engine.sound.dialog.isolation import isolation
from engine.sound.dialog.mouth_clicks import mouth_clicks
from engine.sound.dialog.plosives import plosives
from engine.sound.dialog.preset import Breaths, Clicks, Dereverb, Isolation, MouthClicks, Plosives
from engine.sound.dialog.reverberance import reverberation_time
from engine.sound.dialog.stage import Stage, run_stages
from fixtures.rooms import in_room, room_response

from .voices import RATE, Samples, blocks, hiss, voice


def run(stage: Stage, samples: Samples, size: int = 30_000) -> Samples:
    return np.concatenate(list(run_stages([stage], blocks(samples, size))))


def reader(samples: Samples):
    def read(start: int, stop: int) -> Samples:
        inside = samples[max(start, 0) : max(stop, 0)]
        return np.pad(inside, (max(0, -start), max(0, stop - start - len(inside) - max(0, -start))))

    return read


def in_speech(samples: Samples):
    levels = analyze_levels(blocks(samples))
    return levels, voice_levels(levels, None)


@pytest.mark.parametrize("rt60", [0.3, 0.6])
def test_a_room_decays_as_asked(rt60: float) -> None:
    response = room_response(rt60, RATE)
    left = 10 * np.log10(np.cumsum(np.square(response[::-1].astype(np.float64)))[::-1])
    fifth, thirtieth = (int(np.argmax(left < left[0] - fall)) for fall in (10, 30))
    assert 3 * (thirtieth - fifth) / RATE == pytest.approx(rt60, rel=0.3)
    assert response[0] == pytest.approx(1, abs=0.01)


def test_the_reverberation_time_is_estimated_from_speech() -> None:
    times = [reverberation_time(blocks(in_room(voice(), RATE, rt60))) for rt60 in (0.3, 0.5, 0.8)]
    assert all(time is not None for time in times)
    assert times == sorted(times)  # type: ignore[type-var]
    assert times == pytest.approx([0.3, 0.5, 0.8], rel=0.35)
    assert reverberation_time(blocks(hiss(3 * RATE, 0.01))) is None
    for noise in (0.0003, 0.02):
        dry = reverberation_time(blocks(voice() + hiss(len(voice()), noise)))
        assert dry is not None
        assert dry <= 0.2


def test_dereverberation_reduces_the_tail_and_rests_in_a_dry_recording() -> None:
    speech = np.concatenate([voice(), np.zeros(RATE, np.float32)])
    reverberant = in_room(speech, RATE, 0.6, distance=1.0)
    stage, outcome = dereverb(Dereverb(), reverberation_time(blocks(reverberant)))
    assert stage is not None, outcome
    output = run(stage, reverberant)

    assert len(output) == len(reverberant)
    assert late_share(speech, output) < late_share(speech, reverberant) - 0.02
    again = run(DereverbStage(stage.share), reverberant, 4_999)
    np.testing.assert_array_equal(again, output)
    assert dereverb(Dereverb(), 0.12)[0] is None
    assert "too few" in dereverb(Dereverb(), None)[1].why


def late_share(dry: Samples, wet: Samples) -> float:
    """The share of the energy that the dry sound and its first 30 ms do not explain: a least-squares fit per lag."""
    from scipy.linalg import solve_toeplitz

    taps, count = RATE * 30 // 1000 // 6, len(dry) // 6
    small = [sound[: count * 6].reshape(count, 6).mean(axis=1).astype(np.float64) for sound in (dry, wet)]
    spectra = [np.fft.rfft(one, 2 * count) for one in small]
    auto = np.fft.irfft(np.abs(spectra[0]) ** 2)[:taps]
    cross = np.fft.irfft(spectra[1] * spectra[0].conj())[:taps]
    auto[0] *= 1 + 1e-6
    fit = solve_toeplitz(auto, cross)
    return float(1 - fit @ cross / (small[1] @ small[1]))


def test_a_long_recording_is_dereverberated_in_bounded_segments() -> None:
    stage = DereverbStage(1.0)
    waiting = []
    for number in range(30):
        stage.process(hiss(RATE, 0.01, seed=number))
        waiting.append(stage.waiting)
    assert max(waiting) <= 13 * RATE


def test_isolation_follows_reverberance() -> None:
    _, quiet = in_speech(voice() + hiss(len(voice()), 0.00002))
    assert isolation(Isolation(), quiet)[0] == 0
    assert isolation(Isolation(), quiet, 1.0)[0] == pytest.approx(Isolation().strength, abs=0.05)
    assert reverberant_share(None, 200, 400) == 0
    assert reverberant_share(0.3, 200, 400) == pytest.approx(0.5)


def test_mouth_clicks_are_repaired_and_speech_is_not_touched() -> None:
    speech = voice() + hiss(len(voice()), 0.0003)
    clicked = speech.copy()
    places = [9_000, 15_000, 20_000, len(speech) - 9_000]
    for place in places:
        clicked[place : place + 40] += (0.01 * np.hanning(40) * (-1.0) ** np.arange(40)).astype(np.float32)
    stage, outcome = mouth_clicks(MouthClicks(), len(clicked), in_speech(clicked)[1], reader(clicked))

    assert stage is not None, outcome
    output = run(stage, clicked, 7_777)
    for place in places:
        part = slice(place - 100, place + 140)
        assert np.abs(output[part] - speech[part]).max() < 0.4 * np.abs(clicked[part] - speech[part]).max()
    changed = np.flatnonzero(output != clicked)
    assert all(min(abs(int(at) - place) for place in places) < 400 for at in changed[:: max(1, len(changed) // 50)])
    assert mouth_clicks(MouthClicks(), len(speech), in_speech(speech)[1], reader(speech))[0] is None


def test_a_loud_click_is_not_corrected_twice() -> None:
    clicked = voice() + hiss(len(voice()), 0.0003)
    for place in range(9_000, len(clicked) - 9_000, 20_000):
        clicked[place : place + 3] += 0.3
    levels = in_speech(clicked)[1]
    assert mouth_clicks(MouthClicks(), len(clicked), levels, reader(clicked), Clicks().times)[0] is None


def test_plosives_are_softened_in_the_low_band_only() -> None:
    speech = voice() + hiss(len(voice()), 0.0003)
    popped = speech.copy()
    place = RATE
    burst = np.hanning(RATE // 12) * np.sin(2 * np.pi * 45 * np.arange(RATE // 12) / RATE)
    popped[place : place + len(burst)] += (0.5 * burst).astype(np.float32)
    stage, outcome = plosives(Plosives(), *in_speech(popped))

    assert stage is not None, outcome
    output = run(stage, popped)
    part = slice(place, place + len(burst))
    assert np.square(output[part] - speech[part]).sum() < 0.25 * np.square(popped[part] - speech[part]).sum()
    np.testing.assert_allclose(output[3 * RATE :], popped[3 * RATE :], atol=1e-5)
    assert plosives(Plosives(), *in_speech(speech))[0] is None


def test_breaths_are_reduced_but_not_removed() -> None:
    speech = voice() + hiss(len(voice()), 0.0003)
    breath = hiss(RATE * 3 // 10, 1.0, seed=9) * np.hanning(RATE * 3 // 10).astype(np.float32)
    place = RATE // 8
    breathing = speech.copy()
    breathing[place : place + len(breath)] += 0.004 * breath
    stage, outcome = breaths(Breaths(most_db=6), *in_speech(breathing), reader(breathing))

    assert stage is not None, outcome
    output = run(stage, breathing)
    middle = slice(place + len(breath) // 3, place + 2 * len(breath) // 3)
    change = 10 * np.log10(np.square(output[middle]).sum() / np.square(breathing[middle]).sum())
    assert change == pytest.approx(-6, abs=0.7)
    np.testing.assert_array_equal(output[RATE:], breathing[RATE:])
    assert breaths(Breaths(), *in_speech(speech), reader(speech))[0] is None
