"""The stage protocol of the chain: equally many samples in and out, and an outcome with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.filters import RATE, Mono, decibels
from engine.sound.dialog.preset import StageName

CELL = RATE // 10
"""Samples per curve value: 100 ms."""

State = Literal["applied", "skipped", "bypassed"]


class Stage(Protocol):
    """Processes mono blocks of any length; the total output after `finish` is as long as the input."""

    def process(self, block: Mono) -> Mono:
        """Processes the next samples; the output may be delayed."""

    def finish(self) -> Mono:
        """The remaining samples."""


@dataclass(slots=True)
class StageOutcome:
    """The outcome of a stage: state, reason, measurements, and its gain in dB every 100 ms."""

    stage: StageName
    state: State
    why: str
    measured: dict[str, float] = field(default_factory=dict)
    curve: list[float] = field(default_factory=list)


class MeteredStage:
    """A stage whose gain curve is recorded in its outcome."""

    def __init__(self, stage: Stage, outcome: StageOutcome) -> None:
        self._stage, self._outcome = stage, outcome
        self._before, self._after = _Cells(), _Cells()

    def process(self, block: Mono) -> Mono:
        """Processes the next samples."""
        self._before.add(block)
        made = self._stage.process(block)
        self._after.add(made)
        return made

    def finish(self) -> Mono:
        """The remaining samples; also records the gain curve."""
        made = self._stage.finish()
        self._after.add(made)
        self._outcome.curve = _gains(self._before.powers(), self._after.powers())
        return made


def gain_curve(before: NDArray[np.float64], after: NDArray[np.float64]) -> list[float]:
    """The gain in dB every 100 ms from the powers of 10 ms frames before and after."""
    count = -(-len(before) // 10)
    short = count * 10 - len(before)
    cells = [np.pad(power, (0, short), "edge").reshape(count, 10).mean(axis=1) for power in (before, after)]
    return _gains(*cells)


def _gains(before: NDArray[np.float64], after: NDArray[np.float64]) -> list[float]:
    gains = np.where(before > 1e-12, decibels(after) - decibels(before), 0.0)
    found: list[float] = np.clip(gains, -60, 60).round(2).tolist()
    return found


class _Cells:
    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)
        self._powers: list[NDArray[np.float64]] = []

    def add(self, block: Mono) -> None:
        whole = np.concatenate([self._rest, block])
        count = len(whole) // CELL
        self._rest = whole[count * CELL :]
        self._powers.append(np.square(whole[: count * CELL].reshape(-1, CELL), dtype=np.float64).mean(axis=1))

    def powers(self) -> NDArray[np.float64]:
        last = np.square(self._rest, dtype=np.float64).mean(keepdims=True) if len(self._rest) else self._rest
        return np.concatenate([*self._powers, last])


def run_stages(stages: Sequence[Stage], blocks: Iterable[Mono]) -> Iterator[Mono]:
    """Runs blocks through the stages in order and flushes them."""
    for block in blocks:
        for stage in stages:
            block = stage.process(block)
        yield block
    for number, stage in enumerate(stages):
        block = stage.finish()
        for later in stages[number + 1 :]:
            block = later.process(block)
        yield block
