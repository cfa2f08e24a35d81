"""Turns begin and end with their sound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.speech.diarize.audible_frames import audible_frames
from engine.speech.diarize.pyannet import FRAMES, REACH, STEP
from engine.speech.diarize.turn_edges import at_sound_edges
from engine.speech.diarize.windows import WindowedSpeech

COUNT = 592


def frames(seconds: float) -> int:
    return round(seconds * FRAMES)


def sound(*spans: tuple[float, float]) -> NDArray[np.float32]:
    """Ten seconds of noise at −80 dB, and at −20 dB in these spans of seconds."""
    noise = np.random.default_rng(1).standard_normal(COUNT * STEP + REACH).astype(np.float32)
    gains = np.full(len(noise), 1e-4, np.float32)
    for start, end in spans:
        first, last = (frames(at) * STEP + (REACH - STEP) // 2 for at in (start, end))
        gains[first:last] = 0.1
    return noise * gains


def turns(*spans: tuple[int, float, float], likely: float = 1.0) -> tuple[NDArray[np.bool_], WindowedSpeech]:
    """The frames of the speakers, (speaker, start, end) in seconds, and one window with everything `likely` speech."""
    speaking = np.zeros((COUNT, 2), np.bool_)
    for speaker, start, end in spans:
        speaking[frames(start) : frames(end), speaker] = True
    return speaking, WindowedSpeech(np.full((1, COUNT, 3), likely / 3, np.float32), COUNT)


def agree(flags: NDArray[np.bool_], *spans: tuple[float, float]) -> bool:
    """Whether the flags are set in these spans of seconds, within three frames of 17 ms."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    expected = [frames(at) for span in spans for at in span]
    return len(edges) == len(expected) and bool(np.abs(edges - expected).max(initial=0) <= 3)


def test_a_pause_ends_a_turn_and_a_short_one_does_not() -> None:
    speaking, heard = turns((0, 1, 8))
    spoken = sound((2, 4), (4.2, 5), (6, 7))
    found = at_sound_edges(speaking, heard, audible_frames(spoken, COUNT))
    assert agree(found[:, 0], (2, 5), (6, 7))
    assert not found[:, 1].any()


def test_a_turn_goes_on_while_speech_is_likely() -> None:
    spoken = sound((2, 4.2))
    for likely, end in ((0.5, 4.2), (0.05, 4.0)):
        speaking, heard = turns((0, 2, 4), likely=likely)
        assert agree(at_sound_edges(speaking, heard, audible_frames(spoken, COUNT))[:, 0], (2, end))


def test_speakers_change_at_the_pause_nearby() -> None:
    speaking, heard = turns((0, 1, 4.7), (1, 4.7, 8))
    found = at_sound_edges(speaking, heard, audible_frames(sound((1, 4), (4.5, 8)), COUNT))
    assert agree(found[:, 0], (1, 4))
    assert agree(found[:, 1], (4.5, 8))


def test_a_change_without_a_pause_and_overlaps_stay() -> None:
    speaking, heard = turns((0, 1, 4), (1, 4, 8), (0, 6, 6.2))
    found = at_sound_edges(speaking, heard, audible_frames(sound((1, 8)), COUNT))
    assert agree(found[:, 0], (1, 4), (6, 6.2))
    assert agree(found[:, 1], (4, 8))


def test_without_speech_there_are_no_turns() -> None:
    speaking, heard = turns()
    assert not at_sound_edges(speaking, heard, audible_frames(sound(), COUNT)).any()
