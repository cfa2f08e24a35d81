"""A compiled graph: compiled once, then run for each frame with pooled resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import wgpu

from engine.errors import EngineError
from engine.render.assemble import TILE, Assembled, Binding, assemble
from engine.render.device import Device
from engine.render.graph import Graph, Group, Schedule
from engine.render.passes import ComputePass
from engine.render.pool import Lease
from engine.render.spec import Bytes, Image, Spec
from engine.render.uniforms import Uniforms
from engine.resources import stamp

_STORAGE: int = wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_DST | wgpu.BufferUsage.COPY_SRC
_SEEN: int = wgpu.TextureUsage.TEXTURE_BINDING | wgpu.TextureUsage.COPY_SRC
_STORED: int = _SEEN | wgpu.TextureUsage.STORAGE_BINDING
_DRAWN: int = _STORED | wgpu.TextureUsage.RENDER_ATTACHMENT

# Cached bind groups. The pool reuses a few resources, so a steady state needs no more combinations than this.
_REMEMBERED = 8


class Plan:
    """A graph compiled for a device: `wanted` names the results to keep.

    Raises GraphError where the graph cannot run, EngineError with file and line where WGSL is wrong.
    """

    def __init__(self, device: Device, graph: Graph, wanted: Sequence[str]) -> None:
        self._device = device
        self.schedule: Schedule = graph.schedule(wanted)
        self._values = {
            node.name: node.work.values for group in self.schedule.groups for node in group.nodes if node.work.uniforms
        }
        self._blocks = {name: device.uniform_buffer(_held(name, values)) for name, values in self._values.items()}
        self._tables = {
            (node.name, name): device.table(table)
            for group in self.schedule.groups
            for node in group.nodes
            for name, table in node.work.tables().items()
        }
        self._last_use = _last_use(self.schedule)
        self._stamps: dict[str, tuple[int, int]] = {}
        self._runners: list[_Runner] = []
        self._compile()

    @property
    def groups(self) -> list[str]:
        """The names of the groups in execution order; fused passes are joined by “+”."""
        return [group.name for group in self.schedule.groups]

    def set(self, node: str, **changes: Any) -> None:
        """Change uniforms of a pass from the next run on. Raises KeyError (pass) or TypeError (uniform) if unknown."""
        values = self._values[node]
        assert values is not None
        self._values[node] = changed = replace(values, **changes)
        self._device.write(self._blocks[node], changed.packed())

    def set_values(self, node: str, values: Uniforms) -> None:
        """Replace all uniforms of a pass from the next run on. Raises KeyError for an unknown pass."""
        if self._values[node] != values:
            self._values[node] = values
            self._device.write(self._blocks[node], values.packed())

    def run(
        self, sources: Mapping[str, Any], times: Any = None, *, into: wgpu.GPUCommandEncoder | None = None
    ) -> dict[str, Lease]:
        """Submit one frame to the GPU and return the wanted results, which the caller must release.

        `sources` are buffers or textures by name (a lease's `resource`). Intermediate resources are back in the pool
        when this returns. `times` is a query set for the timestamps of the first and last pass. `into` adds the work
        to other `Device.commands`.
        """
        resources = {name: sources[name] for name in self.schedule.sources}
        leases: dict[str, Lease] = {}
        with self._device.commands(into) as encoder:
            for number, runner in enumerate(self._runners):
                for name, usage in runner.makes.items():
                    leases[name] = self._device.pool.lend(self.schedule.specs[name], usage)
                    resources[name] = leases[name].resource
                runner.encode(encoder, resources, _clock(times, number, len(self._runners)))
                for name in self._last_use[number]:
                    leases.pop(name).release()
        return leases

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

    def _compile(self) -> None:
        built = [
            (group, assembled, self._device.pipeline(group.name, assembled))
            for group in self.schedule.groups
            for assembled in (assemble(group, self.schedule.specs),)
        ]
        self._stamps = {name: stamp(name) for _, assembled, _ in built for name in assembled.module.files}
        self._runners = [
            _Runner(self._device, group, assembled, pipeline, self.schedule, self._blocks, self._tables)
            for group, assembled, pipeline in built
        ]


class _Runner:
    """A compiled group."""

    def __init__(
        self,
        device: Device,
        group: Group,
        assembled: Assembled,
        pipeline: Any,
        schedule: Schedule,
        blocks: Mapping[str, wgpu.GPUBuffer],
        tables: Mapping[tuple[str, str], Any],
    ) -> None:
        self._device = device
        self._group = group
        self._assembled = assembled
        self._pipeline = pipeline
        self._blocks = blocks
        self._tables = tables
        self._bound: dict[tuple[int, ...], tuple[Any, list[Any]]] = {}
        self._specs: Mapping[str, Spec] = schedule.specs
        seen = {
            *schedule.wanted,
            *(n for other in schedule.groups for node in other.nodes for n in node.reads.values()),
        }
        self._unseen = {name for name in map(group.made, group.chains) if name not in seen}
        self.makes = {name: self._usage(name) for name in map(group.made, group.chains)}

    def encode(self, encoder: wgpu.GPUCommandEncoder, resources: Mapping[str, Any], clock: Any) -> None:
        bind_group = self._bind(resources)
        if not self._assembled.targets:
            run = encoder.begin_compute_pass(label=self._group.name, timestamp_writes=clock)
            run.set_pipeline(self._pipeline)
            run.set_bind_group(0, bind_group)
            run.dispatch_workgroups(*self._groups())
        else:
            run = encoder.begin_render_pass(
                label=self._group.name,
                color_attachments=[
                    {
                        "view": resources[name].create_view(),
                        "load_op": "clear",
                        "store_op": "discard" if name in self._unseen else "store",
                        "clear_value": (0, 0, 0, 0),
                    }
                    for name in self.makes
                ],
                timestamp_writes=clock,
            )
            run.set_pipeline(self._pipeline)
            run.set_bind_group(0, bind_group)
            run.draw(3)
        run.end()

    def _groups(self) -> tuple[int, int, int]:
        made = {slot: self._specs[self._group.made(slot)] for slot in self._group.chains}
        work = self._group.leader.work
        if isinstance(work, ComputePass):
            return work.groups(made)
        first = next(spec for spec in made.values() if isinstance(spec, Image))
        return -(-first.width // TILE), -(-first.height // TILE), 1

    def _usage(self, name: str) -> int:
        if isinstance(self._specs[name], Bytes):
            return _STORAGE
        if not self._assembled.targets:
            return _STORED
        if name in self._unseen and self._device.transient_usage:
            return self._device.transient_usage
        return _DRAWN

    def _bind(self, resources: Mapping[str, Any]) -> Any:
        bound = [self._resource(binding, resources) for binding in self._assembled.bindings]
        key = tuple(id(resource) for resource in bound)
        if key not in self._bound:
            if len(self._bound) >= _REMEMBERED:
                self._bound.pop(next(iter(self._bound)))
            entries = [
                {"binding": n, "resource": {"buffer": r} if isinstance(r, wgpu.GPUBuffer) else r.create_view()}
                for n, r in enumerate(bound)
            ]
            group = self._device.gpu.create_bind_group(layout=self._pipeline.get_bind_group_layout(0), entries=entries)
            # Keep the resources alive, so that their id() is not reused.
            self._bound[key] = (group, bound)
        return self._bound[key][0]

    def _resource(self, binding: Binding, resources: Mapping[str, Any]) -> Any:
        if binding.role == "uniforms":
            return self._blocks[binding.name]
        if binding.role == "table":
            assert binding.node is not None
            return self._tables[binding.node.name, binding.name]
        return resources[binding.name]


def _last_use(schedule: Schedule) -> list[list[str]]:
    """Per group: the names that no later group reads and that are not wanted."""
    last: dict[str, int] = {}
    for number, group in enumerate(schedule.groups):
        for name in map(group.made, group.chains):
            last[name] = number
        for node in group.nodes:
            for name in node.reads.values():
                if name in last:
                    last[name] = number
    done: list[list[str]] = [[] for _ in schedule.groups]
    for name, number in last.items():
        if name not in schedule.wanted:
            done[number].append(name)
    return done


def _held(name: str, values: Uniforms | None) -> bytes:
    if values is None:
        raise EngineError(f"Pass “{name}” was created without uniform values.", "Pass values to its constructor.")
    return values.packed()


def _clock(times: Any, number: int, count: int) -> Any:
    if times is None or number not in (0, count - 1):
        return None
    clock = {"query_set": times}
    if number == 0:
        clock["beginning_of_pass_write_index"] = 0
    if number == count - 1:
        clock["end_of_pass_write_index"] = 1
    return clock
