"""Speech to words: one protocol, the same care around every back end."""

from __future__ import annotations

import importlib.util
import platform
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import Cancelled, RequestError
from engine.speech.activity import RATE, Window, speech_windows, without_pause
from engine.speech.models import SpeechModel, locate_model
from engine.speech.transcript import Segment, Transcript, Word, milliseconds

Backend = Literal["auto", "faster-whisper", "mlx-whisper"]

# Whisper's own thresholds for text it invented: improbable where it doubts that anybody spoke, or
# a loop, which compresses far better than speech does.
_NO_SPEECH = 0.6
_IMPROBABLE = -1.0
_REPETITIVE = 2.4

# Whisper's alignment leaves some words no time at all.
_SHORTEST = Fraction(1, 25)


@dataclass(frozen=True, slots=True)
class Heard:
    """A stretch of words as a back end heard it: (text, start, end, probability), seconds in the window."""

    words: Sequence[tuple[str, float, float, float]]
    no_speech: float
    log_probability: float


class Hearing(Protocol):
    """A loaded model of one back end."""

    name: str
    parameters: Mapping[str, str | int | float | bool]
    multilingual: bool

    def language_of(self, samples: NDArray[np.float32]) -> str:
        """The language spoken in up to 30 s of sound, as an ISO 639-1 code."""

    def hear(self, samples: NDArray[np.float32], language: str) -> Iterator[Heard]:
        """What is said in up to 30 s of sound."""


class Transcriber(Protocol):
    """Anything that turns speech into words."""

    def transcribe(
        self,
        samples_16k_mono: NDArray[np.float32],
        *,
        language: str | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        """The words in (samples,) float32 mono at 16 kHz; none where nobody speaks.

        `progress` gets 0 to 1. Raises Cancelled when told to stop: between the stretches of at most
        half a minute that are heard at once. Raises RequestError for a language that the model
        does not know.
        """


def open_transcriber(model: Path | str | None = None, backend: Backend = "auto") -> Transcriber:
    """A transcriber over the model that `locate_model` finds.

    `auto` is MLX on a Mac with Apple silicon where mlx-whisper is installed, faster-whisper
    elsewhere; a model in MLX's own layout is heard by MLX everywhere. Loads nothing until used.
    """
    found = locate_model(model)
    if backend == "auto":
        apple = sys.platform == "darwin" and platform.machine() == "arm64"
        prefers_mlx = apple and importlib.util.find_spec("mlx_whisper") is not None
        backend = "mlx-whisper" if prefers_mlx or found.layout == "mlx" else "faster-whisper"
    if backend == "faster-whisper" and found.layout == "mlx":
        raise RequestError(
            f"The model {found.id} is laid out for MLX; faster-whisper cannot read it.",
            "Choose the mlx-whisper back end, or a model in CTranslate2's layout (model.bin).",
        )
    if backend == "mlx-whisper" and importlib.util.find_spec("mlx_whisper") is None:
        raise RequestError("mlx-whisper is not installed here.", "pip install mlx-whisper, or use faster-whisper.")
    return _Whisper(found, backend)


class _Whisper:
    def __init__(self, model: SpeechModel, backend: Literal["faster-whisper", "mlx-whisper"]) -> None:
        self._model = model
        self._backend = backend
        self._loaded: Hearing | None = None

    def transcribe(
        self,
        samples_16k_mono: NDArray[np.float32],
        *,
        language: str | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        windows = speech_windows(samples_16k_mono)
        hearing = self._hearing()
        if language and not hearing.multilingual and language != "en":
            raise RequestError(
                f"The model {self._model.id} knows English only, not “{language}”.", "Choose a multilingual model."
            )
        if not language:
            language = hearing.language_of(windows[0].samples) if windows and hearing.multilingual else "en"
        words: list[Word] = []
        segments: list[Segment] = []
        for window in windows:
            for heard in hearing.hear(window.samples, language):
                if cancelled and cancelled():
                    raise Cancelled("Transcribing was stopped.")
                spoken = _placed(window, heard, words[-1].end if words else Fraction(0))
                if spoken:
                    segments.append(_segment(spoken, len(words), language))
                    words += spoken
                    if progress:
                        progress(min(1.0, float(words[-1].end) * RATE / len(samples_16k_mono)))
        if progress:
            progress(1.0)
        return Transcript(
            language=language,
            model=self._model.id,
            model_digest=self._model.digest,
            backend=hearing.name,
            parameters=dict(hearing.parameters),
            words=tuple(words),
            segments=tuple(segments),
        )

    def _hearing(self) -> Hearing:
        if self._loaded is None:
            if self._backend == "mlx-whisper":
                from engine.speech.backend_mlx import MlxHearing

                self._loaded = MlxHearing(self._model)
            else:
                from engine.speech.backend_faster import FasterHearing

                self._loaded = FasterHearing(self._model)
        return self._loaded


def _placed(window: Window, heard: Heard, earliest: Fraction) -> list[Word]:
    """The words at their times in the recording, in order; none where the text is an invention."""
    text = "".join(word for word, *_ in heard.words)
    doubtful = heard.no_speech > _NO_SPEECH and heard.log_probability < _IMPROBABLE
    if doubtful or _repetitive(text):
        return []
    placed = []
    for word, start, end, probability in heard.words:
        spoken = word.strip()
        if not spoken:
            continue
        sounding = without_pause(window.samples, start, end)
        began, ended = (milliseconds(seconds) for seconds in window.spoken_at(*sounding))
        began = max(began, earliest)
        earliest = max(ended, began + _SHORTEST)
        placed.append(Word(text=spoken, start=began, end=earliest, confidence=round(probability, 4)))
    return placed


def _repetitive(text: str) -> bool:
    raw = text.encode()
    return bool(raw) and len(raw) / len(zlib.compress(raw)) > _REPETITIVE


def _segment(words: Sequence[Word], first: int, language: str) -> Segment:
    return Segment(
        start=words[0].start,
        end=words[-1].end,
        text=joined([word.text for word in words], language),
        first=first,
        last=first + len(words),
    )


def joined(texts: Sequence[str], language: str) -> str:
    """Words as running text; some scripts put no spaces between them."""
    return ("" if language in {"zh", "yue", "ja", "th", "lo", "my", "km"} else " ").join(texts)
