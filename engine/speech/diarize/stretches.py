"""Finds stretches in which one speaker speaks alone, however short, and cuts them into pieces."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.speech.diarize.audible_frames import Flags, runs_of
from engine.speech.diarize.pyannet import FRAMES
from engine.speech.diarize.windows import Activity, WindowedSpeech

# The activities of two speakers are compared this far before and after a possible change of speakers, in seconds.
_AROUND = 0.2
# A pause up to this long, in seconds, does not end a stretch.
_PAUSE = 0.6
# A stretch up to this long, in seconds, is one piece; a longer one is cut into pieces of about half of that, at pauses
# if there are any: the networks overlook some changes of speakers, which are mostly at pauses.
LONGEST = 1.5
_SHORT, _USUAL, _LONG = 0.4, 0.75, 1.1
# The shortest silence at which a piece may end, and that at which a phrase ends, in frames: 34 and 101 ms.
_SILENCE, _PHRASE = 2, 6
# A change that this share of the windows sees is one.
_SEEN = 0.25

Frames = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Piece:
    """The frames of a piece of a stretch.

    Pieces with equal `stretch` are one speaker's, as far as the networks see; with equal `phrase` also without a pause
    between them.
    """

    frames: Frames
    stretch: int
    phrase: int


def pieces_of(heard: WindowedSpeech, audible: Flags) -> list[Piece]:
    """The pieces in order of time: together, all frames in which one speaker speaks alone.

    `audible` marks the frames with sound.
    """
    silence = _silences(audible)
    pieces: list[Piece] = []
    phrase = -1
    for number, frames in enumerate(_stretches(heard)):
        # A pause that the networks saw is left out of the stretch.
        length = np.maximum(silence[frames], np.diff(frames, prepend=frames[0] - 1) - 1)
        start = 0
        for end in [*_cuts(length), len(frames)]:
            phrase += start == 0 or length[start] >= _PHRASE
            pieces.append(Piece(frames[start:end], number, phrase))
            start = end
    return pieces


def _silences(audible: Flags) -> Frames:
    """The length of each silence in frames, at its middle frame; 0 at the others."""
    found = np.zeros(len(audible), np.int64)
    for first, stop in runs_of(~audible):
        if stop - first >= _SILENCE:
            found[(first + stop) // 2] = stop - first
    return found


def _cuts(silence: Frames) -> list[int]:
    """Where a stretch is cut, by the silence at each of its frames: at the longest one near, else after 0.75 s."""
    short, usual, long = (round(seconds * FRAMES) for seconds in (_SHORT, _USUAL, _LONG))
    cuts: list[int] = []
    at = 0
    while len(silence) - at > LONGEST * FRAMES:
        near = silence[at + short : at + long]
        at += short + int(near.argmax()) if near.any() else usual
        cuts.append(at)
    left = len(silence) - at
    if cuts and left > usual + short and left > 2 * short:
        near = silence[at + short : at + left - short]
        cuts.append(at + short + int(near.argmax()) if near.any() else at + left // 2)
    return cuts


def _stretches(heard: WindowedSpeech) -> list[Frames]:
    alone = heard.mean(lambda active: active.sum(axis=1)).round() == 1
    around = round(_AROUND * FRAMES)
    change = _peaks(_changes(heard, around))
    found: list[Frames] = []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], alone, [False]]).astype(np.int8)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        cuts = [start, *(start + np.flatnonzero(change[start:stop])), stop]
        for begin, end in pairwise(cuts):
            run = np.arange(begin, end)
            if not len(run):
                continue
            if found and begin == start and _continues(heard, found[-1], run, around):
                found[-1] = np.concatenate([found[-1], run])
            else:
                found.append(run)
    return found


def _changes(heard: WindowedSpeech, around: int) -> Activity:
    """The probability of a change of speakers at each frame, by the windows that see both sides."""
    total, windows = np.zeros(heard.length, np.float32), np.zeros(heard.length, np.float32)
    for start, stop, active in heard.spans():
        if stop - start <= 2 * around:
            continue
        before, after = active[: -2 * around], active[2 * around :]
        total[start + around : stop - around] += 1 - _shared(before, after)
        windows[start + around : stop - around] += 1
    return np.asarray(total / np.maximum(windows, 1), np.float32)


def _peaks(change: Activity) -> NDArray[np.bool_]:
    """The most likely frame of each change."""
    found = np.zeros(len(change), np.bool_)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], change > _SEEN, [False]]).astype(np.int8)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        # The middle of equal maxima.
        found[start + round(float(np.flatnonzero(change[start:stop] == change[start:stop].max()).mean()))] = True
    return found


def _continues(heard: WindowedSpeech, earlier: Frames, later: Frames, around: int) -> bool:
    """Whether one speaker speaks before and after a short pause."""
    if later[0] - earlier[-1] > _PAUSE * FRAMES:
        return False
    before, after = earlier[-around:], later[:around]
    shared = [
        float(_shared(active[before - start].mean(axis=0), active[after - start].mean(axis=0)))
        for start, stop, active in heard.spans_over(int(before[0]), int(after[-1]) + 1)
    ]
    return bool(shared) and float(np.mean(shared)) > 1 - _SEEN


def _shared(one: Activity, other: Activity) -> Activity:
    """The share of speech, 0 to 1, that two activities have of the same local speakers; 1 without speech."""
    least = np.minimum(one.sum(axis=-1), other.sum(axis=-1))
    both = np.minimum(one, other).sum(axis=-1)
    return np.asarray(np.where(least > 0.5, both / np.maximum(least, 1e-6), 1), np.float32)
