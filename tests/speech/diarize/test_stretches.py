"""Windows whose local speakers have no common order become stretches, and then each speaker's time."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.speech.diarize.pyannet import FRAMES
from engine.speech.diarize.resegmentation import speaking
from engine.speech.diarize.speakers import Speakers
from engine.speech.diarize.stretches import Piece, pieces_of
from engine.speech.diarize.windows import HOP, WindowedSpeech

WINDOW = 589


def talk(seed: int, people: int = 3, *, overlap: bool = True) -> NDArray[np.bool_]:
    """(frames, people): turns of 1 to 4 s with pauses; some start before the last one ends."""
    generator = np.random.default_rng(seed)
    truth = np.zeros((round(40 * FRAMES), people), np.bool_)
    at, last = 0, -1
    while at < len(truth) - round(5 * FRAMES):
        person = int(generator.choice([one for one in range(people) if one != last]))
        end = at + round(generator.uniform(1, 4) * FRAMES)
        truth[at:end, person] = True
        early = overlap and generator.random() < 0.2
        at = end + round((generator.uniform(-0.8, -0.4) if early else generator.uniform(0.1, 0.6)) * FRAMES)
        last = person
    return truth


def heard(truth: NDArray[np.bool_], seed: int = 0) -> WindowedSpeech:
    """The activity that a perfect network finds: in each window the speakers have another order."""
    generator = np.random.default_rng(seed)
    count = 1 + max(0, -(-(len(truth) - WINDOW) // HOP))
    activity = np.zeros((count, WINDOW, 3), np.float32)
    for window in range(count):
        part = truth[window * HOP :][:WINDOW]
        activity[window, : len(part), : truth.shape[1]] = part[:, generator.permutation(truth.shape[1])]
    return WindowedSpeech(activity, len(truth))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000))
def test_pieces_are_all_speech_of_one_speaker_alone(seed: int) -> None:
    truth = talk(seed)
    pieces = pieces_of(heard(truth, seed), truth.any(axis=1))
    frames = np.concatenate([piece.frames for piece in pieces])
    assert np.array_equal(frames, np.flatnonzero(truth.sum(axis=1) == 1))
    for piece in pieces:
        assert len(set(truth[piece.frames].argmax(axis=1))) == 1
    # Pieces of a stretch have one speaker.
    person = {piece.stretch: int(truth[piece.frames[0]].argmax()) for piece in pieces}
    assert all(person[piece.stretch] == truth[piece.frames[0]].argmax() for piece in pieces)


def test_a_change_without_a_pause_is_found_and_a_short_pause_is_none() -> None:
    truth = np.zeros((round(12 * FRAMES), 2), np.bool_)
    change, pause, end = (round(seconds * FRAMES) for seconds in (2, 3, 5))
    truth[:change, 0] = True
    truth[change:end, 1] = True
    truth[pause : pause + 15] = False
    pieces = pieces_of(heard(truth), truth.any(axis=1))
    first, second = ([piece for piece in pieces if piece.stretch == number] for number in (0, 1))
    assert abs(int(second[0].frames[0]) - change) <= 1
    assert second[-1].frames[-1] == end - 1
    assert first[0].frames[0] == 0
    assert len({piece.stretch for piece in pieces}) == 2


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_frames_and_overlaps_get_their_speakers(seed: int) -> None:
    truth = talk(seed)
    windows = heard(truth, seed)
    pieces = pieces_of(windows, truth.any(axis=1))
    share = np.stack([truth[piece.frames].mean(axis=0) for piece in pieces]).astype(np.float64)
    found = speaking(windows, pieces, Speakers(np.eye(3, dtype=np.float32), np.ones(3), share))
    assert (found != truth).mean() < 0.005


def test_a_stretch_too_short_to_embed_has_the_speaker_of_its_window() -> None:
    truth = np.zeros((round(9 * FRAMES), 2), np.bool_)
    truth[10:150, 0] = True
    truth[200:210, 0] = True
    truth[300:500, 1] = True
    windows = heard(truth)
    pieces = pieces_of(windows, truth.any(axis=1))
    share = np.stack([truth[piece.frames].mean(axis=0) for piece in pieces]).astype(np.float64)
    share[[200 in piece.frames for piece in pieces]] = 0
    assert np.array_equal(speaking(windows, pieces, Speakers(np.eye(2, dtype=np.float32), np.ones(2), share)), truth)


def test_silence_has_no_pieces() -> None:
    windows = heard(np.zeros((700, 2), np.bool_))
    assert pieces_of(windows, np.zeros(700, np.bool_)) == []
    none: list[Piece] = []
    nobody = Speakers(np.zeros((0, 0), np.float32), np.zeros(0), np.zeros((0, 0)))
    assert speaking(windows, none, nobody).shape == (700, 0)


def test_a_long_stretch_is_cut_at_its_pauses() -> None:
    # The networks hear one speaker in nine seconds, with two pauses that they bridge.
    truth = np.zeros((round(10 * FRAMES), 1), np.bool_)
    truth[: round(9 * FRAMES)] = True
    audible, pauses = truth[:, 0].copy(), (round(2.3 * FRAMES), round(5.3 * FRAMES))
    audible[pauses[0] - 4 : pauses[0] + 4] = False
    audible[pauses[1] - 1 : pauses[1] + 2] = False
    pieces = pieces_of(heard(truth), audible)
    starts = [int(piece.frames[0]) for piece in pieces]
    assert set(pauses) <= set(starts)
    assert all(0.3 * FRAMES < len(piece.frames) < 1.6 * FRAMES for piece in pieces)
    # A pause of a twentieth of a second may end a piece, and one of an eighth also ends a phrase.
    assert {piece.phrase for piece in pieces if piece.frames[0] < pauses[0]} == {0}
    assert {piece.phrase for piece in pieces if piece.frames[0] >= pauses[0]} == {1}
    assert {piece.stretch for piece in pieces} == {0}
