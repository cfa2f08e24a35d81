"""Whisper by mlx-whisper, on the GPU of a Mac with Apple silicon (or slowly on a CPU elsewhere)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.speech.asr_backend import AsrSegment, AsrTask, is_trained_to_translate
from engine.speech.mlx_weights import mlx_folder
from engine.speech.models import SpeechModel


class MlxWhisperBackend:
    """A Whisper model under MLX. Greedy decoding without sampling is deterministic.

    Half precision on a GPU, single precision on a CPU, which has no fast half-precision arithmetic.
    """

    name = "mlx-whisper"

    def __init__(self, model: SpeechModel) -> None:
        os.environ["HF_HUB_OFFLINE"] = "1"
        import mlx.core as mx
        from mlx_whisper.transcribe import ModelHolder

        half = mx.default_device() == mx.Device(mx.gpu)
        self._folder = str(mlx_folder(model, "float16" if half else "float32"))
        loaded = ModelHolder.get_model(self._folder, mx.float16 if half else mx.float32)
        self._half = half
        self.multilingual = bool(loaded.is_multilingual)
        self.translates = self.multilingual and is_trained_to_translate(
            int(loaded.dims.n_mels), int(loaded.dims.n_text_layer)
        )
        self.parameters: Mapping[str, str | int | float | bool] = {
            "beam_size": 1,
            "temperature": 0,
            "compute_type": "float16" if half else "float32",
        }

    def languages_of(self, samples: NDArray[np.float32]) -> Mapping[str, float]:
        """See `AsrBackend.languages_of`."""
        import mlx.core as mx
        from mlx_whisper.audio import N_FRAMES, log_mel_spectrogram, pad_or_trim
        from mlx_whisper.transcribe import ModelHolder

        model = ModelHolder.get_model(self._folder, mx.float16 if self._half else mx.float32)
        mel = pad_or_trim(log_mel_spectrogram(samples, n_mels=model.dims.n_mels), N_FRAMES, axis=-2)
        _, likely = model.detect_language(mel.astype(mx.float16 if self._half else mx.float32))
        return {str(code): float(probability) for code, probability in likely.items()}

    def hear(
        self, samples: NDArray[np.float32], language: str, glossary: Sequence[str], task: AsrTask = "transcribe"
    ) -> Iterator[AsrSegment]:
        """See `AsrBackend.hear`; decodes the whole window before yielding its segments."""
        import mlx_whisper

        found = mlx_whisper.transcribe(
            samples,
            path_or_hf_repo=self._folder,
            language=language,
            task=task,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
            initial_prompt=", ".join(glossary) or None,
            fp16=self._half,
        )
        for segment in found["segments"]:
            yield AsrSegment(
                words=[
                    (w["word"], float(w["start"]), float(w["end"]), float(w["probability"])) for w in segment["words"]
                ],
                no_speech=float(segment["no_speech_prob"]),
                log_probability=float(segment["avg_logprob"]),
            )
