"""Speech transcription: one protocol, with the same checks for every back end."""

from __future__ import annotations

import importlib.util
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import Cancelled, RequestError
from engine.speech.activity import RATE, Window, speech_windows, without_pause
from engine.speech.asr_backend import AsrBackend, AsrSegment, AsrTask
from engine.speech.glossary import glossary as checked
from engine.speech.hallucination_filter import compression, hallucination_reason
from engine.speech.languages import in_one_language, spoken_languages
from engine.speech.loop_check import check_repetition, false_repeats
from engine.speech.models import SpeechModel, locate_model, translation_error
from engine.speech.sentence_ends import end_sentences
from engine.speech.spacing import Token, spaced, words_of
from engine.speech.transcript import Doubt, DroppedSegment, Transcript, Word, in_order, milliseconds, segments
from engine.speech.window_merge import TimedWord, merge_windows

Backend = Literal["auto", "faster-whisper", "mlx-whisper"]

# The share of the progress that the detection of languages takes.
_DETECTION = 0.2


class Transcriber(Protocol):
    """Protocol for speech transcription."""

    def transcribe(
        self,
        samples_16k_mono: NDArray[np.float32],
        *,
        language: str | None = None,
        glossary: Sequence[str] = (),
        task: AsrTask = "transcribe",
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        """Transcribes (samples,) float32 mono at 16 kHz; without speech, the transcript has no words.

        `language` applies to all of the speech; without it, each stretch has the language that the model detects.
        `glossary` lists spellings of names for the model. The task `translate` translates the speech to English.
        `progress` gets 0 to 1. Raises Cancelled; cancellation is checked between segments of at most half a minute.
        Raises RequestError for a language or task that the model does not support, or a glossary that is too long.
        """


def open_transcriber(
    model: Path | str | None = None, backend: Backend = "auto", beam: int | None = None, threads: int = 0
) -> Transcriber:
    """A transcriber with the model from `locate_model`.

    `beam` is the size of faster-whisper's beam, if not the default, and `threads` the number of its threads, if not one
    for each processor.

    `auto` selects MLX on a Mac with Apple silicon if mlx-whisper is installed, faster-whisper
    elsewhere; a model in MLX's layout always uses MLX. The model is loaded on first use.
    """
    found = locate_model(model)
    if backend == "auto":
        apple = sys.platform == "darwin" and platform.machine() == "arm64"
        prefers_mlx = apple and importlib.util.find_spec("mlx_whisper") is not None
        backend = "mlx-whisper" if prefers_mlx or found.layout == "mlx" else "faster-whisper"
    if backend == "faster-whisper" and found.layout == "mlx":
        raise RequestError(
            f"The model {found.id} is in MLX's layout, which faster-whisper cannot read.",
            "Choose the mlx-whisper back end, or a model in CTranslate2's layout (model.bin).",
        )
    if backend == "mlx-whisper" and importlib.util.find_spec("mlx_whisper") is None:
        raise RequestError("mlx-whisper is not installed.", "Run pip install mlx-whisper, or use faster-whisper.")
    return _Whisper(found, backend, beam, threads)


@dataclass(frozen=True, slots=True)
class _Breath:
    """An accepted segment, its window, and the language of its words."""

    window: Window
    heard: AsrSegment
    language: str


class _Whisper:
    def __init__(
        self,
        model: SpeechModel,
        backend: Literal["faster-whisper", "mlx-whisper"],
        beam: int | None = None,
        threads: int = 0,
    ) -> None:
        self._model = model
        self._backend = backend
        self._beam, self._threads = beam, threads
        self._loaded: AsrBackend | None = None

    def transcribe(
        self,
        samples_16k_mono: NDArray[np.float32],
        *,
        language: str | None = None,
        glossary: Sequence[str] = (),
        task: AsrTask = "transcribe",
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        known = checked(glossary)
        windows = speech_windows(samples_16k_mono)
        hearing = self._hearing()
        self._refuse(hearing, language, task)

        def stop() -> None:
            if cancelled and cancelled():
                raise Cancelled("Transcription was cancelled.")

        detects = hearing.multilingual and not language
        begins = _DETECTION if detects else 0.0

        def reached(share: float, first: float = 0.0, last: float = 1.0) -> None:
            if progress:
                progress(first + (last - first) * min(1.0, max(0.0, share)))

        def detected(share: float) -> None:
            stop()
            reached(share, 0.0, begins)

        if detects:
            spoken = spoken_languages(hearing, windows, detected)
        else:
            spoken = in_one_language(windows, language or "en", 1.0 if language else None)
        said: list[TimedWord] = []
        dropped: list[DroppedSegment] = []
        breaths: list[_Breath] = []
        for part in spoken.windows:
            window = part.window
            # English needs no translation, and the model was not trained to translate it.
            wanted: AsrTask = "transcribe" if part.language == "en" else task
            hear = partial(_hear, hearing, part.language, wanted)
            stretches: list[AsrSegment] = []
            for heard in hear(window.samples, known):
                stop()
                if doubted := _doubted(window, heard, "no speech"):
                    dropped.append(doubted)
                elif heard.words:
                    stretches.append(heard)
                if heard.words:
                    _, end = window.spoken_at(*heard.words[-1][1:3])
                    reached(end * RATE / len(samples_16k_mono), begins)
            believed, refused = check_repetition(hear, window.samples, stretches, known, stop)
            dropped += [one for heard in refused if (one := _dropped(window, heard, "repeats itself"))]
            new: list[TimedWord] = []
            for heard in believed:
                if doubted := _doubted(window, heard, "no speech"):
                    dropped.append(doubted)
                    continue
                new += [TimedWord(word, len(breaths)) for word in _placed(window, heard)]
                breaths.append(_Breath(window, heard, "en" if task == "translate" else part.language))
            if window.shared:
                begin = Fraction(window.sources[0], RATE)
                said = merge_windows(said, new, begin, begin + Fraction(window.shared, RATE))
            else:
                said += new
        false = false_repeats([(one.heard, one.window.samples) for one in breaths])
        loops = [(breaths[n].window, breaths[n].heard) for n in sorted(false)]
        dropped += [one for place in loops if (one := _dropped(*place, "repeats itself"))]
        said = [one for one in said if one.breath not in false]
        reached(1.0)
        duration = Fraction(len(samples_16k_mono), RATE)
        numbers = [one.breath for one in said]
        words = in_order(_begun([one.word for one in said], numbers), duration)
        languages = {n: one.language for n, one in enumerate(breaths)}
        translated = task == "translate"
        return end_sentences(
            Transcript(
                language="en" if translated else spoken.main,
                language_probability=None if spoken.probability is None else round(spoken.probability, 4),
                translated_from=spoken.main if translated else None,
                duration=duration,
                model=self._model.id,
                model_digest=self._model.digest,
                backend=hearing.name,
                parameters=dict(hearing.parameters),
                glossary=known,
                words=words,
                segments=segments(words, numbers, languages),
                dropped=tuple(sorted(dropped, key=lambda one: one.start)),
                notes=()
                if spoken.probability is not None or hearing.multilingual
                else (_one_language(self._model.id),),
            )
        )

    def _refuse(self, hearing: AsrBackend, language: str | None, task: AsrTask) -> None:
        """Raises RequestError if the model does not support the language or the task."""
        model = self._model.id
        if task == "translate" and not hearing.translates:
            reason = "was trained to transcribe only" if hearing.multilingual else "supports only English"
            raise translation_error(model, reason)
        if language and not hearing.multilingual and language != "en":
            raise RequestError(
                f"The model {model} supports only English, not “{language}”.", "Choose a multilingual model."
            )

    def _hearing(self) -> AsrBackend:
        if self._loaded is None:
            if self._backend == "mlx-whisper":
                from engine.speech.backend_mlx import MlxWhisperBackend

                self._loaded = MlxWhisperBackend(self._model)
            else:
                from engine.speech.backend_faster import FasterWhisperBackend

                self._loaded = FasterWhisperBackend(self._model, self._beam, self._threads)
        return self._loaded


def _hear(
    hearing: AsrBackend, language: str, task: AsrTask, samples: NDArray[np.float32], glossary: Sequence[str]
) -> Iterator[AsrSegment]:
    return hearing.hear(samples, language, glossary, task)


def _one_language(model: str) -> str:
    return (
        f"The model {model} supports only English: it cannot detect the language and writes English words for any "
        "language. For another language, choose a multilingual model (--model)."
    )


def _begun(words: Sequence[Word], breaths: Sequence[int]) -> list[Word]:
    """The words with a space before the first word of each breath, if the script uses spaces; models omit it."""
    return [
        word
        if n and breaths[n] == breaths[n - 1]
        else word.model_copy(update={"space_before": spaced(words[n - 1].text if n else "", word.text)})
        for n, word in enumerate(words)
    ]


def _doubted(window: Window, heard: AsrSegment, why: Doubt) -> DroppedSegment | None:
    """The record of a segment that is dropped for this reason; None if it is not."""
    text = _text(heard)
    return (
        _dropped(window, heard, why)
        if hallucination_reason(text, heard.no_speech, heard.log_probability) == why
        else None
    )


def _dropped(window: Window, heard: AsrSegment, why: Doubt) -> DroppedSegment | None:
    """The record of a dropped segment; None if it has no text."""
    text = _text(heard)
    if not text:
        return None
    start, end = window.spoken_at(heard.words[0][1], heard.words[-1][2])
    return DroppedSegment(
        start=milliseconds(start),
        end=milliseconds(end),
        text=text,
        doubt=why,
        no_speech=round(heard.no_speech, 4),
        log_probability=round(heard.log_probability, 4),
        compression=round(compression(text), 4),
    )


def _text(heard: AsrSegment) -> str:
    return "".join(text for text, *_ in heard.words).strip()


def _placed(window: Window, heard: AsrSegment) -> Iterator[Word]:
    """The segment's words with their times in the recording and the model's spacing."""
    tokens = []
    for text, start, end, probability in heard.words:
        sounding = without_pause(window.samples, start, end)
        began, ended = (milliseconds(seconds) for seconds in window.spoken_at(*sounding))
        tokens.append(Token(text, began, ended, probability))
    for word in words_of(tokens):
        yield Word(
            text=word.text,
            start=word.start,
            end=word.end,
            confidence=round(word.probability, 4),
            space_before=word.space_before,
        )
