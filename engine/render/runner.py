"""Encodes a compiled group of passes: its bindings, attachments and commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import wgpu

from engine.render.assemble import Assembled, Binding
from engine.render.cache import BoundedCache
from engine.render.device import BUFFER_USAGE, Device
from engine.render.graph import Group, Schedule
from engine.render.passes import ComputePass, DrawPass, TilePass
from engine.render.pipelines import vertex_stride
from engine.render.pool import Key
from engine.render.spec import Bytes, Image, Spec
from engine.render.workgroups import count_tiles

# Cached bind groups and views. The pool, the history and the uniform pages reuse a few resources, so a steady state
# needs no more combinations than this.
_KEPT_BINDINGS = 32


class PassEncoder:
    """Begins the passes of a command encoder. Compute passes in a row are one, which takes less time to encode."""

    def __init__(self, encoder: wgpu.GPUCommandEncoder) -> None:
        self.encoder = encoder
        self._computing: Any = None

    def compute(self, label: str, timestamps: dict[str, Any] | None) -> Any:
        """The compute pass to add to: the open one, unless this one is measured."""
        if timestamps is not None:
            self.end()
        if self._computing is None:
            self._computing = self.encoder.begin_compute_pass(label=label, timestamp_writes=timestamps)
        return self._computing

    def end(self) -> None:
        """Ends the open compute pass: before any other command, and before the commands are submitted."""
        if self._computing is not None:
            self._computing.end()
            self._computing = None


class Runner:
    """A compiled group. `makes` maps the names of its results to the usages of their resources.

    `scratch` is the resource that it only needs while it runs, if there is one. `count` limits the vertices or
    instances of a draw pass; None draws the whole buffer.
    """

    def __init__(
        self,
        device: Device,
        group: Group,
        assembled: Assembled,
        schedule: Schedule,
        tables: Mapping[tuple[str, str], Any],
    ) -> None:
        work = group.leader.work
        self.group = group
        self.assembled = assembled
        self.draw = work if isinstance(work, DrawPass) else None
        self.count: int | None = None
        self._device = device
        self._pipeline = device.pipeline(group.name, assembled, self.draw)
        self._tables = tables
        self._specs: Mapping[str, Spec] = schedule.specs
        self.unseen = schedule.unseen.intersection(map(group.made, group.chains))
        self.makes = {name: self._usage(name) for name in map(group.made, group.chains)}
        self.scratch = self._samples()
        self._bound: BoundedCache[tuple[Any, list[Any], list[Any]]] = BoundedCache(_KEPT_BINDINGS)

    def encode(
        self,
        passes: PassEncoder,
        resources: Mapping[str, Any],
        scratch: Any,
        uniforms: bytes,
        timestamps: dict[str, Any] | None,
    ) -> None:
        """Add the commands of one run. `uniforms` are the packed values of its passes, one after the other."""
        encoder = passes.encoder
        page, offset = self._device.uniforms.place(encoder, uniforms) if uniforms else (None, 0)
        bind_group, views = self._bind(resources, scratch, page, len(uniforms))
        offsets = [offset] if uniforms else []
        if not self.assembled.targets:
            run = passes.compute(self.group.name, timestamps)
            run.set_pipeline(self._pipeline)
            run.set_bind_group(0, bind_group, offsets)
            run.dispatch_workgroups(*self.workgroups())
        else:
            passes.end()
            attachments = self._attachments(views)
            run = encoder.begin_render_pass(
                label=self.group.name, color_attachments=attachments, timestamp_writes=timestamps
            )
            run.set_pipeline(self._pipeline)
            run.set_bind_group(0, bind_group, offsets)
            if self.draw:
                self._draw(run, resources)
            else:
                run.draw(3)
            run.end()

    def workgroups(self) -> tuple[int, int, int]:
        """The number of workgroups of a pass that is not drawn."""
        made = {slot: self._specs[self.group.made(slot)] for slot in self.group.chains}
        work = self.group.leader.work
        if isinstance(work, ComputePass) and not isinstance(work, TilePass):
            return work.groups(made)
        first = next(spec for spec in made.values() if isinstance(spec, Image))
        return count_tiles((first.width, first.height), self.assembled.tile)

    def _draw(self, run: Any, resources: Mapping[str, Any]) -> None:
        work, vertices = self.draw, self.assembled.vertices
        assert work is not None
        count = self.count
        if vertices is not None:
            buffer = resources[vertices]
            held = buffer.size // vertex_stride(work)
            count = held if count is None else min(count, held)
            run.set_vertex_buffer(0, buffer)
        count = 1 if count is None else count
        if work.corners:
            run.draw(work.corners, count)
        else:
            run.draw(count)

    def _attachments(self, views: list[Any]) -> list[dict[str, Any]]:
        if self.scratch:
            samples, resolved = views
            attachment = {"view": samples, "resolve_target": resolved, "load_op": "clear", "store_op": "discard"}
            return [{**attachment, "clear_value": (0, 0, 0, 0)}]
        return [
            {
                "view": view,
                "load_op": "clear",
                "store_op": "discard" if name in self.unseen else "store",
                "clear_value": (0, 0, 0, 0),
            }
            for view, name in zip(views, self.makes, strict=True)
        ]

    def _usage(self, name: str) -> int:
        spec = self._specs[name]
        if isinstance(spec, Bytes):
            return BUFFER_USAGE
        seen = self._device.picture_usage(spec.format) | int(wgpu.TextureUsage.COPY_SRC)
        if not self.assembled.targets:
            return seen | int(wgpu.TextureUsage.STORAGE_BINDING)
        # An attachment that is resolved to cannot be transient.
        if name in self.unseen and self._device.transient_usage and not self.draw:
            return self._device.transient_usage
        return seen | int(wgpu.TextureUsage.RENDER_ATTACHMENT)

    def _samples(self) -> Key | None:
        """The attachment of a draw pass with several samples. Nothing reads it, so it can be transient."""
        if self.draw is None or self.draw.samples == 1:
            return None
        usage = self._device.transient_usage or int(wgpu.TextureUsage.RENDER_ATTACHMENT)
        (name,) = self.makes
        return Key(self._specs[name], usage, self.draw.samples)

    def _bind(self, resources: Mapping[str, Any], scratch: Any, page: Any, size: int) -> tuple[Any, list[Any]]:
        bound = [self._resource(binding, resources, page) for binding in self.assembled.bindings]
        targets = [resources[name] for name in self.makes] if self.assembled.targets else []
        if scratch is not None:
            targets.insert(0, scratch)
        used = [*bound, *targets]

        def make() -> tuple[Any, list[Any], list[Any]]:
            entries = [
                {"binding": number, "resource": _binding(resource, size if resource is page else None)}
                for number, resource in enumerate(bound)
            ]
            layout = self._pipeline.get_bind_group_layout(0)
            group = self._device.gpu.create_bind_group(layout=layout, entries=entries)
            # The resources are kept alive, so that their id() is not reused.
            return group, [target.create_view() for target in targets], used

        group, views, _ = self._bound.get(tuple(map(id, used)), make)
        return group, views

    def _resource(self, binding: Binding, resources: Mapping[str, Any], page: Any) -> Any:
        if binding.role == "uniforms":
            return page
        if binding.role == "table":
            assert binding.node is not None
            return self._tables[binding.node.name, binding.name]
        return resources[binding.name]


def _binding(resource: Any, size: int | None) -> Any:
    if not isinstance(resource, wgpu.GPUBuffer):
        return resource.create_view()
    # The size of a uniform block, whose offset follows with each run.
    return {"buffer": resource} if size is None else {"buffer": resource, "offset": 0, "size": size}
