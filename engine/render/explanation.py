"""The work of a plan in a frame: its groups, what they read and make, and the bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine.render.graph import Schedule
from engine.render.runner import Runner
from engine.render.spec import Bytes, Spec

Work = Literal["draw", "compute"]


@dataclass(frozen=True, slots=True)
class ResultExplanation:
    """A picture or buffer that a group makes. `width` and `height` are 0 and `format` is "bytes" for a buffer.

    A `transient` one stays in tile memory where the GPU has such memory.
    """

    name: str
    width: int
    height: int
    format: str
    size: int
    transient: bool


@dataclass(frozen=True, slots=True)
class GroupExplanation:
    """Passes that run as one: the first, and those fused to it. Sizes are bytes.

    `workgroup` is the size of the workgroups of a computed pass that the device chose, else None. `samples` is the size
    of a transient attachment with several samples.
    """

    passes: tuple[str, ...]
    work: Work
    reads: tuple[str, ...]
    makes: tuple[ResultExplanation, ...]
    uniforms: int
    tables: int
    samples: int
    workgroup: tuple[int, int] | None

    @property
    def attachment_bytes(self) -> int:
        """The bytes of the pictures and buffers that the group writes to memory."""
        return sum(made.size for made in self.makes if not made.transient)


@dataclass(frozen=True, slots=True)
class PlanExplanation:
    """The groups of a plan in execution order.

    `peak_bytes` is the most that results need at the same time, without sources; `history_bytes` are those of results
    that later frames read.
    """

    groups: tuple[GroupExplanation, ...]
    peak_bytes: int
    history_bytes: int

    @property
    def attachment_bytes(self) -> int:
        """The bytes of pictures and buffers that a frame writes to memory."""
        return sum(group.attachment_bytes for group in self.groups)


def explain_groups(
    runners: Sequence[Runner], schedule: Schedule, last_use: Sequence[Sequence[str]], history_bytes: int
) -> PlanExplanation:
    """The explanation of a plan; `last_use` has the names that are released after each group."""
    groups, live, peak = [], 0, 0
    for runner, released in zip(runners, last_use, strict=True):
        group = _explain(runner, schedule)
        groups.append(group)
        live += sum(made.size for made in group.makes)
        peak = max(peak, live + group.samples)
        live -= sum(schedule.specs[name].size for name in released)
    return PlanExplanation(tuple(groups), peak, history_bytes)


def _explain(runner: Runner, schedule: Schedule) -> GroupExplanation:
    group, assembled = runner.group, runner.assembled
    nodes = group.nodes
    own = {name for node in nodes for name in node.makes.values()}
    reads = dict.fromkeys(name for node in nodes for name in node.reads.values() if name not in own)
    declared = any("@compute @workgroup_size" in line and not name for line, (name, _) in _lines(runner))
    return GroupExplanation(
        passes=tuple(node.name for node in nodes),
        work="draw" if assembled.targets else "compute",
        reads=tuple(reads),
        makes=tuple(_result(name, schedule.specs[name], name in runner.unseen) for name in runner.makes),
        uniforms=sum(len(node.work.values.packed()) for node in assembled.uniforms if node.work.values),
        tables=sum(table.values.nbytes for node in nodes for table in node.work.tables().values()),
        samples=runner.scratch.size if runner.scratch else 0,
        workgroup=assembled.tile if declared else None,
    )


def _lines(runner: Runner) -> Sequence[tuple[str, tuple[str, int]]]:
    module = runner.assembled.module
    return list(zip(module.lines, module.origins, strict=True))


def _result(name: str, spec: Spec, transient: bool) -> ResultExplanation:
    if isinstance(spec, Bytes):
        return ResultExplanation(name, 0, 0, "bytes", spec.size, False)
    return ResultExplanation(name, spec.width, spec.height, spec.format, spec.size, transient)
