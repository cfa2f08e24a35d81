"""Measures the groups of the plans that render a frame."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.render.device import Device
from engine.render.explanation import PlanExplanation
from engine.render.plan import Plan

_RUNS = 5

Clock = Literal["timestamps", "processor"]


@dataclass(frozen=True, slots=True)
class MeasuredPlan:
    """A plan that ran for a frame, with the seconds of each of its groups, the median of several runs.

    They are those of the GPU's timestamps. A software device has no useful ones: there they are the processor's time,
    with what a submission costs.
    """

    explanation: PlanExplanation
    seconds: tuple[float, ...]
    clock: Clock


@dataclass(slots=True)
class RecordedRuns:
    """The plans that ran, with the sources of their first run."""

    device: Device
    _runs: dict[int, tuple[Plan, Mapping[str, Any]]] = field(default_factory=dict)

    def record(self, plan: Plan, sources: Mapping[str, Any]) -> None:
        """Add a run."""
        self._runs.setdefault(id(plan), (plan, dict(sources)))

    def measure(self) -> list[MeasuredPlan]:
        """Run each plan again, in the order of their first runs, and measure its groups.

        The sources may have other contents by now, and histories advance, so that only times are useful.
        """
        # Most sources are results of other plans, and back in the pool.
        resources = [resource for _, sources in self._runs.values() for resource in sources.values()]
        with self.device.pool.reserve(resources):
            return [_measure(self.device, plan, sources) for plan, sources in self._runs.values()]


@contextmanager
def record_runs(device: Device) -> Iterator[RecordedRuns]:
    """Records the plans that run in this context, whatever compiled them."""
    recorded = RecordedRuns(device)
    before, device.observer = device.observer, recorded.record
    try:
        yield recorded
    finally:
        device.observer = before


def _measure(device: Device, plan: Plan, sources: Mapping[str, Any]) -> MeasuredPlan:
    timer = None if device.software else plan.timer()
    runs: list[list[float]] = []
    for _ in range(_RUNS):
        if timer:
            for lease in plan.run(sources, timer).values():
                lease.release()
            runs.append(timer.group_seconds())
        else:
            runs.append(_processor_seconds(device, plan, sources))
    seconds = tuple(statistics.median(times) for times in zip(*runs, strict=True))
    return MeasuredPlan(plan.explain(), seconds, "timestamps" if timer else "processor")


def _processor_seconds(device: Device, plan: Plan, sources: Mapping[str, Any]) -> list[float]:
    device.wait()
    seconds, begin = [], time.process_time()
    for _ in plan.run_stepwise(sources):
        device.wait()
        end = time.process_time()
        seconds.append(end - begin)
        begin = end
    return seconds
