"""A compiled graph: compiled once, then run for each frame with pooled resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import wgpu

from engine.errors import EngineError
from engine.render.assemble import assemble
from engine.render.device import Device
from engine.render.explanation import PlanExplanation, explain_groups
from engine.render.graph import Graph, Schedule
from engine.render.history_store import HistoryStore
from engine.render.pool import Lease
from engine.render.runner import PassEncoder, Runner
from engine.render.timer import GpuTimer
from engine.render.uniforms import Uniforms
from engine.resources import stamp


@dataclass(slots=True)
class _Frame:
    """The resources of a run by name, and the unreleased leases among them."""

    resources: dict[str, Any]
    leases: dict[str, Lease] = field(default_factory=dict)


class Plan:
    """A graph compiled for a device: `wanted` names the results to keep.

    Raises GraphError where the graph cannot run, EngineError with file and line where WGSL is wrong.
    """

    def __init__(self, device: Device, graph: Graph, wanted: Sequence[str]) -> None:
        self._device = device
        self.schedule: Schedule = graph.schedule(wanted)
        nodes = [node for group in self.schedule.groups for node in group.nodes]
        self._values = {node.name: node.work.values for node in nodes if node.work.uniforms}
        self._packed = {name: _packed(name, values) for name, values in self._values.items()}
        self._tables = {
            (node.name, name): device.table(table) for node in nodes for name, table in node.work.tables().items()
        }
        self._last_use = last_use(self.schedule)
        self._history = HistoryStore(device, self.schedule.history, self.schedule.specs)
        self._counts: dict[str, int] = {}
        self._stamps: dict[str, tuple[int, int]] = {}
        self._runners: list[Runner] = []
        self._compile()

    @property
    def groups(self) -> list[str]:
        """The names of the groups in execution order; fused passes are joined by “+”."""
        return [group.name for group in self.schedule.groups]

    def set(self, node: str, **changes: Any) -> None:
        """Change uniforms of a pass from the next run on. Raises KeyError (pass) or TypeError (uniform) if unknown."""
        values = self._values[node]
        assert values is not None
        self.set_values(node, replace(values, **changes))

    def set_values(self, node: str, values: Uniforms) -> None:
        """Replace all uniforms of a pass from the next run on. Raises KeyError for an unknown pass.

        Runs that are already encoded keep their values, also if they are submitted together with the next one.
        """
        if self._values[node] != values:
            self._values[node] = values
            self._packed[node] = values.packed()

    def set_count(self, node: str, count: int) -> None:
        """Draw only the first `count` vertices, or instances, of a draw pass from the next run on.

        Raises KeyError if there is no draw pass of this name.
        """
        runner = {one.group.leader.name: one for one in self._runners if one.draw}[node]
        self._counts[node] = runner.count = count

    def reset_history(self) -> None:
        """Forget the results of earlier runs, at a cut: the next run reads zeros."""
        self._history.reset()

    def run(
        self, sources: Mapping[str, Any], timer: GpuTimer | None = None, *, into: wgpu.GPUCommandEncoder | None = None
    ) -> dict[str, Lease]:
        """Submit one frame to the GPU and return the wanted results, which the caller must release.

        `sources` are buffers or textures by name (a lease's `resource`). Intermediate resources are back in the pool
        when this returns. `into` adds the work to other `Device.commands`.
        """
        if self._device.observer:
            self._device.observer(self, sources)
        with self._device.commands(into) as encoder, self._frame(sources) as frame:
            passes = PassEncoder(encoder)
            for number in range(len(self._runners)):
                self._encode(number, frame, passes, timer)
            passes.end()
            return self._results(frame)

    def run_stepwise(self, sources: Mapping[str, Any]) -> Iterator[int]:
        """Submit one frame group by group, to measure them; yields the number of each group after its submission."""
        with self._frame(sources) as frame:
            for number in range(len(self._runners)):
                with self._device.commands() as encoder:
                    passes = PassEncoder(encoder)
                    self._encode(number, frame, passes, None)
                    passes.end()
                yield number
            for lease in self._results(frame).values():
                lease.release()

    def timer(self) -> GpuTimer | None:
        """A timer for `run`, None if this GPU has no timestamp queries."""
        return self._device.timer(len(self._runners))

    def explain(self) -> PlanExplanation:
        """The groups of this plan, with what they read and make, and the bytes of a frame."""
        return explain_groups(self._runners, self.schedule, self._last_use, self._history.size)

    def reload(self) -> bool:
        """Recompile if a file below `shaders/` has changed; returns whether it did.

        Raises EngineError if it does not compile. The previous pipelines stay active, and the next attempt follows the
        next change.
        """
        stamps = {name: stamp(name) for name in self._stamps}
        if stamps == self._stamps:
            return False
        self._stamps = stamps
        self._compile()
        return True

    def _encode(self, number: int, frame: _Frame, passes: PassEncoder, timer: GpuTimer | None) -> None:
        runner, pool = self._runners[number], self._device.pool
        for name, usage in runner.makes.items():
            frame.leases[name] = pool.lend(self.schedule.specs[name], usage)
            frame.resources[name] = frame.leases[name].resource
        uniforms = b"".join(self._packed[node.name] for node in runner.assembled.uniforms)
        timestamps = timer.writes(number) if timer else None
        if key := runner.scratch:
            with pool.lend(key.spec, key.usage, key.samples) as scratch:
                runner.encode(passes, frame.resources, scratch.resource, uniforms, timestamps)
        else:
            runner.encode(passes, frame.resources, None, uniforms, timestamps)
        for name in self._last_use[number]:
            frame.leases.pop(name).release()

    @contextmanager
    def _frame(self, sources: Mapping[str, Any]) -> Iterator[_Frame]:
        """The resources of a run. Releases all of them if it fails."""
        given = {name: sources[name] for name in self.schedule.sources}
        frame = _Frame(given | self._history.resources())
        try:
            yield frame
        except BaseException:
            for lease in frame.leases.values():
                lease.release()
            raise

    def _results(self, frame: _Frame) -> dict[str, Lease]:
        """The wanted results. Those that later runs read are also kept here."""
        self._history.push(frame.leases)
        for name in self._history.names - set(self.schedule.wanted):
            frame.leases.pop(name).release()
        return frame.leases

    def _compile(self) -> None:
        built = [
            Runner(self._device, group, assembled, self.schedule, self._tables)
            for group in self.schedule.groups
            for assembled in (assemble(group, self.schedule, self._device.software),)
        ]
        self._stamps = {name: stamp(name) for runner in built for name in runner.assembled.module.files}
        for runner in built:
            runner.count = self._counts.get(runner.group.leader.name)
        self._runners = built


def last_use(schedule: Schedule) -> list[list[str]]:
    """Per group: the names that no later group reads and that are not kept."""
    last: dict[str, int] = {}
    for number, group in enumerate(schedule.groups):
        for name in map(group.made, group.chains):
            last[name] = number
        for node in group.nodes:
            for name in node.reads.values():
                if name in last:
                    last[name] = number
    kept = {*schedule.wanted, *(past.name for past in schedule.history.values())}
    done: list[list[str]] = [[] for _ in schedule.groups]
    for name, number in last.items():
        if name not in kept:
            done[number].append(name)
    return done


def _packed(name: str, values: Uniforms | None) -> bytes:
    if values is None:
        raise EngineError(f"Pass “{name}” was created without uniform values.", "Pass values to its constructor.")
    return values.packed()
