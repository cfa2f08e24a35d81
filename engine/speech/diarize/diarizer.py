"""Speaker diarization of a whole recording.

Local speakers in short windows, as in H. Bredin, "pyannote.audio 2.1 speaker diarization pipeline" (2023), divide the
speech into pieces of one speaker. Embeddings of the pieces are clustered, then refined by a Bayesian hidden Markov
model, and the windows vote which speakers are active at each frame. Turns begin and end with their sound.
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
from engine.speech.diarize.audible_frames import audible_frames
from engine.speech.diarize.bayesian_hmm import HmmScales
from engine.speech.diarize.campplus import Embedding
from engine.speech.diarize.checkpoint import read_checkpoint
from engine.speech.diarize.clustering import ClusterThresholds
from engine.speech.diarize.evidence import embed
from engine.speech.diarize.models import DiarizerModel, locate_diarizer
from engine.speech.diarize.pyannet import RATE, REACH, STEP, Segmentation
from engine.speech.diarize.resegmentation import speaking
from engine.speech.diarize.speakers import find_speakers
from engine.speech.diarize.stretches import pieces_of
from engine.speech.diarize.turn_edges import at_sound_edges
from engine.speech.diarize.turns import Diarization, SpeakerTurn, Voice
from engine.speech.diarize.windows import analyze_windows

_HOW = ClusterThresholds()
_SCALES = HmmScales()

# The share of the time that the windows take; the embeddings take the rest.
_WINDOWS_SHARE = 0.6

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
        share = progress or (lambda _: None)
        heard = analyze_windows(samples, self._segmentation, lambda done: share(_WINDOWS_SHARE * done), cancelled)
        audible = audible_frames(samples, heard.length)
        pieces = pieces_of(heard, audible)
        evidence = embed(
            samples,
            pieces,
            self._embedding,
            lambda done: share(_WINDOWS_SHARE + (1 - _WINDOWS_SHARE) * done),
            cancelled,
        )
        found = find_speakers(pieces, evidence, _HOW, _SCALES, speakers)
        turns = _turns(at_sound_edges(speaking(heard, pieces, found), heard, audible), Fraction(len(samples), RATE))
        share(1.0)
        # Ids in order of the first turn.
        names = {one: f"S{number}" for number, one in enumerate(dict.fromkeys(one for _, _, one in turns), 1)}
        parameters: dict[str, str | int | float | bool] = {**asdict(_HOW), **asdict(_SCALES)}
        return Diarization(
            model=self._model.id,
            model_digest=self._model.digest,
            parameters=parameters if speakers is None else {**parameters, "speakers": speakers},
            turns=tuple(SpeakerTurn(start=start, end=end, speaker=names[one]) for start, end, one in turns),
            voices=tuple(
                Voice(
                    id=name,
                    seconds=Fraction(round(found.seconds[one] * 100), 100),
                    embedding=tuple(round(float(x), 6) for x in found.means[one]),
                )
                for one, name in names.items()
            ),
        )


@lru_cache(maxsize=1)
def _networks(model: DiarizerModel, digest: str) -> tuple[Segmentation, Embedding]:
    """Loads the networks; the digest in the cache key detects changed files."""
    return Segmentation(read_checkpoint(model.segmentation)), Embedding(read_checkpoint(model.embedding))


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
