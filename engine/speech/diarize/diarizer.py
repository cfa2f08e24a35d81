"""Speaker diarization of a whole recording.

Follows H. Bredin, "pyannote.audio 2.1 speaker diarization pipeline" (2023): local speakers in short windows, embeddings
of their speech alone, clustering into speakers, and aggregation of the overlapping windows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.speech.diarize.campplus import Embedding
from engine.speech.diarize.checkpoint import read_checkpoint
from engine.speech.diarize.clustering import ClusterThresholds, speakers_of
from engine.speech.diarize.models import DiarizerModel, locate_diarizer
from engine.speech.diarize.pyannet import RATE, REACH, STEP, Segmentation
from engine.speech.diarize.turns import Diarization, SpeakerTurn, Voice
from engine.speech.diarize.windows import HOP, WindowedSpeech, analyze_windows

_HOW = ClusterThresholds()

# Only local speakers with this many seconds of speech alone in a window are clustered, if there are any.
_SPEAKS_UP = 1.5

# Shorter turns are dropped, in seconds.
_SHORTEST = Fraction(1, 10)


class Diarizer(Protocol):
    """Protocol for speaker diarization."""

    def diarize(
        self,
        samples: NDArray[np.float32],
        *,
        speakers: int | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Diarization:
        """Speaker turns in 16 kHz mono of any length; `speakers` is their number, if known.

        `progress` gets the share done, 0 to 1. Raises Cancelled, and RequestError if `speakers` is below 1. The same
        sound gives the same turns and ids.
        """
        ...


def open_diarizer(model: Path | str | None = None) -> Diarizer:
    """A diarizer with the model from `locate_diarizer`.

    Raises RequestError if there is no model, EngineError if its weights cannot be read.
    """
    return _OnnxDiarizer(locate_diarizer(model))


class _OnnxDiarizer:
    def __init__(self, model: DiarizerModel) -> None:
        self._model = model
        self._segmentation, self._embedding = _networks(model, model.digest)

    def diarize(
        self,
        samples: NDArray[np.float32],
        *,
        speakers: int | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Diarization:
        if speakers is not None and speakers < 1:
            raise RequestError(f"Invalid number of speakers: {speakers}.", "Use a number from 1 on, or omit it.")
        heard = analyze_windows(samples, self._segmentation, self._embedding, progress, cancelled)
        means = _speakers(heard, speakers)
        turns = _turns(_speaking(heard, means), Fraction(len(samples), RATE)) if len(means) else []
        # Ids in order of the first turn.
        names = {one: f"S{number}" for number, one in enumerate(dict.fromkeys(one for _, _, one in turns), 1)}
        alone = _seconds_alone(heard, means)
        parameters: dict[str, str | int | float | bool] = {**asdict(_HOW), "speaks_up": _SPEAKS_UP}
        return Diarization(
            model=self._model.id,
            model_digest=self._model.digest,
            parameters=parameters if speakers is None else {**parameters, "speakers": speakers},
            turns=tuple(SpeakerTurn(start=start, end=end, speaker=names[one]) for start, end, one in turns),
            voices=tuple(
                Voice(id=name, seconds=alone[one], embedding=tuple(round(float(x), 6) for x in means[one]))
                for one, name in names.items()
            ),
        )


@lru_cache(maxsize=1)
def _networks(model: DiarizerModel, digest: str) -> tuple[Segmentation, Embedding]:
    """Loads the networks; the digest in the cache key detects changed files."""
    return Segmentation(read_checkpoint(model.segmentation)), Embedding(read_checkpoint(model.embedding))


def _speakers(heard: WindowedSpeech, speakers: int | None) -> NDArray[np.float32]:
    voiced = [local for local in heard.locals if local.voice is not None]
    sure = [local for local in voiced if local.alone >= _SPEAKS_UP] or voiced
    if not sure:
        return np.zeros((0, 0), np.float32)
    # Compensate for the overlap of windows.
    seconds = np.array([max(local.alone, 1 / RATE) * HOP / heard.frames for local in sure])
    return speakers_of(np.stack([local.voice for local in sure if local.voice is not None]), seconds, _HOW, speakers)


def _speaking(heard: WindowedSpeech, means: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(frames of the recording, speakers): whether each speaker speaks.

    The number of active speakers is the average over the windows; they are those that most windows detect.
    """
    frames = (heard.windows - 1) * HOP + heard.frames
    said = np.zeros((frames, len(means)), np.float32)
    crowd, windows = np.zeros(frames, np.float32), np.zeros(frames, np.float32)
    for window in range(heard.windows):
        windows[window * HOP :][: heard.frames] += 1
    by_window: dict[int, list[int]] = {}
    for number, local in enumerate(heard.locals):
        crowd[local.window * HOP :][: heard.frames] += local.speaks
        by_window.setdefault(local.window, []).append(number)
    for window, numbers in by_window.items():
        for number, one in _matched(heard, numbers, means):
            said[window * HOP :][: heard.frames, one] += heard.locals[number].speaks
    count = np.minimum(np.floor(crowd / windows + 0.5), (said > 0).sum(axis=1)).astype(np.int64)
    rank = np.argsort(np.argsort(-said, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray((rank < count[:, None]) & (said > 0))


def _matched(heard: WindowedSpeech, numbers: list[int], means: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Matches a window's local speakers one-to-one to the recording's speakers, as (local, speaker) indices."""
    voiced = [number for number in numbers if heard.locals[number].voice is not None]
    if not voiced:
        return []
    from scipy.optimize import linear_sum_assignment

    alike = np.stack([heard.locals[number].voice for number in voiced]) @ means.T  # type: ignore[misc]
    rows, columns = linear_sum_assignment(alike, maximize=True)
    return [(voiced[row], int(column)) for row, column in zip(rows, columns, strict=True)]


def _turns(speaking: NDArray[np.bool_], length: Fraction) -> list[tuple[Fraction, Fraction, int]]:
    """(start, end, speaker) in order. A frame lasts one step, centred in its receptive field."""
    lead = Fraction(REACH - STEP, 2 * RATE)
    found = []
    for one in range(speaking.shape[1]):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], speaking[:, one], [False]]).astype(np.int8)))
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            times = (Fraction(int(edge) * STEP, RATE) + lead for edge in (begin, end))
            start, stop = (min(max(time, Fraction(0)), length) for time in times)
            # The first frame covers the start of the recording.
            found.append((Fraction(0) if begin == 0 else start, stop, one))
    return sorted(turn for turn in found if turn[1] - turn[0] >= _SHORTEST)


def _seconds_alone(heard: WindowedSpeech, means: NDArray[np.float32]) -> list[Fraction]:
    """The seconds of speech alone of each speaker, without counting overlapping windows repeatedly."""
    spoken = [Fraction(0)] * len(means)
    for local in heard.locals:
        if local.voice is not None and len(means):
            spoken[int(np.argmax(means @ local.voice))] += Fraction(round(local.alone * 100), 100)
    overlap = Fraction(heard.frames, HOP)
    return [seconds / overlap for seconds in spoken]
