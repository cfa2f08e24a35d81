"""Whisper by faster-whisper (CTranslate2), on any CPU."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError, RequestError
from engine.speech.asr_backend import AsrSegment, AsrTask, is_trained_to_translate
from engine.speech.models import SpeechModel
from engine.speech.openmp import sleep_while_waiting

# 8-bit weights cost small models accuracy; large models tolerate them and need the memory.
_SMALL = 1 << 30
_BEAM = 5
_LARGE_LAYERS = 32


class FasterWhisperBackend:
    """A Whisper model in CTranslate2's layout. Beam search without sampling is deterministic."""

    name = "faster-whisper"

    def __init__(self, model: SpeechModel, beam: int | None = None, threads: int = 0) -> None:
        if not (model.path / "tokenizer.json").is_file():
            # Without it, faster-whisper would download one.
            raise RequestError(
                f"The model {model.id} has no tokenizer.json.", f"Copy the published tokenizer.json to {model.path}."
            )
        os.environ["HF_HUB_OFFLINE"] = "1"
        sleep_while_waiting()
        from faster_whisper import WhisperModel

        compute = "float32" if model.weights.stat().st_size < _SMALL else "int8"
        try:
            self._model: Any = WhisperModel(
                str(model.path), device="cpu", compute_type=compute, cpu_threads=threads, local_files_only=True
            )
        except (RuntimeError, ValueError) as error:
            raise EngineError(
                f"The speech model in {model.path} cannot be loaded: {error}", "Copy the model again."
            ) from error
        self._beam = beam or _BEAM
        self.multilingual = bool(self._model.model.is_multilingual)
        self.translates = self.multilingual and is_trained_to_translate(
            int(self._model.model.n_mels), _decoder_layers(model.path)
        )
        self.parameters: Mapping[str, str | int | float | bool] = {
            "beam_size": self._beam,
            "temperature": 0,
            "compute_type": compute,
        }

    def languages_of(self, samples: NDArray[np.float32]) -> Mapping[str, float]:
        """See `AsrBackend.languages_of`."""
        return {str(code): float(probability) for code, probability in self._model.detect_language(samples)[2]}

    def hear(
        self, samples: NDArray[np.float32], language: str, glossary: Sequence[str], task: AsrTask = "transcribe"
    ) -> Iterator[AsrSegment]:
        """See `AsrBackend.hear`; yields each segment as soon as it is decoded."""
        segments, _ = self._model.transcribe(
            samples,
            language=language,
            task=task,
            beam_size=self._beam,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
            hotwords=", ".join(glossary) or None,
        )
        for segment in segments:
            yield AsrSegment(
                words=[(w.word, float(w.start), float(w.end), float(w.probability)) for w in segment.words or ()],
                no_speech=float(segment.no_speech_prob),
                log_probability=float(segment.avg_logprob),
            )


def _decoder_layers(folder: Path) -> int:
    """A lower bound of a model's decoder layers: its last layer with an alignment head.

    A model without published heads counts as a large one.
    """
    try:
        heads = json.loads((folder / "config.json").read_text())["alignment_heads"]
        return 1 + max(int(layer) for layer, _ in heads)
    except (OSError, ValueError, KeyError, TypeError):
        return _LARGE_LAYERS
