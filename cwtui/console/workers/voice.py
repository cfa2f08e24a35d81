"""Recognises what is spoken into the microphone of this machine, in a thread. Off until it is started."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event, Thread

from textual.message import Message

from cwtui.console.workers.error_report import to_engine_error
from engine.errors import Cancelled, EngineError

# Seconds of sound between two recognitions, and of sound that each one reads.
_EVERY_S, _SPAN_S = 1.5, 5.0


class VoiceHeard(Message):
    """The words of the last seconds, in order."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__()
        self.words = words


class VoiceEnded(Message):
    """The microphone is off, because it was stopped, its file has ended, or with an error."""

    def __init__(self, error: EngineError | None = None) -> None:
        super().__init__()
        self.error = error


class VoiceListener:
    """The microphone. Its sound is recognised and forgotten; it is not stored."""

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self._stopped: Event | None = None

    @property
    def on(self) -> bool:
        """Whether the microphone is on."""
        return self._stopped is not None

    def start(self) -> None:
        """Turns the microphone on."""
        self._stopped = Event()
        Thread(target=self._run, args=(self._stopped,), name="voice", daemon=True).start()

    def stop(self) -> None:
        """Turns the microphone off."""
        if self._stopped:
            self._stopped.set()
        self._stopped = None

    def _run(self, stopped: Event) -> None:
        error = None
        try:
            self._recognise(stopped)
        except Cancelled:
            pass
        except Exception as caught:
            error = to_engine_error(caught)
        if not stopped.is_set():
            self._post(VoiceEnded(error))

    def _recognise(self, stopped: Event) -> None:
        import numpy as np

        from engine.sound import SPEECH_RATE, microphone_blocks
        from engine.speech import open_transcriber

        transcriber = open_transcriber()
        heard, new = np.zeros(0, np.float32), 0
        language: str | None = None

        def recognise() -> None:
            nonlocal language
            found = transcriber.transcribe(heard, language=language, cancelled=stopped.is_set)
            if found.words and not stopped.is_set():
                language = found.language
                self._post(VoiceHeard([word.text for word in found.words]))

        for block in microphone_blocks(stopped.is_set):
            heard = np.concatenate([heard, block])[-round(_SPAN_S * SPEECH_RATE) :]
            new += len(block)
            if new >= _EVERY_S * SPEECH_RATE:
                new = 0
                recognise()
        if new and not stopped.is_set():
            recognise()
