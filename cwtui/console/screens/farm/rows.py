"""Machines and leases as rows of Farm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from rich.segment import Segment

from cwtui.console.farm_view import FarmView
from cwtui.console.screens.row_style import RowStyle
from cwtui.console.widgets.columns import Cell, Column, lay_out
from cwtui.console.widgets.progress_bar import progress_segments
from cwtui.farm_text import machine_heat
from cwtui.formatting import plural, recent_age
from engine.catalog import FarmLease, FarmMachine
from engine.units import format_bytes

_SILENT_S = 30.0
_BAR = 10
_MARKS = {"active": ("●", "accent"), "draining": ("◌", "amber"), "quarantined": ("!", "red"), "revoked": ("✗", "faint")}
_LEASE_MARKS = {
    "offered": ("·", "faint"),
    "claimed": ("▸", "accent"),
    "answered": ("✓", "accent"),
    "ended": ("–", "faint"),
}


def machine_row(machine: FarmMachine, view: FarmView, now: datetime, row: RowStyle) -> Iterator[Segment]:
    """The state of a machine, its name, what it does, its resources and its load."""
    styles = row.styles
    mark, kind = _MARKS[machine.state]
    facts = machine.facts or {}
    story, tone = machine_status(machine, view, now)
    columns = (
        Column(2),
        Column(18, gap=1),
        Column(12, grow=1),
        Column(19, right=True, rank=2),
        Column(10, right=True, rank=3),
    )
    cells: list[Cell] = [
        (f" {mark}", styles[kind]),
        (machine.label, row.name),
        (story, styles[tone]),
        (_resources(facts), styles["faint"]),
        (_load(facts), styles["quiet"]),
    ]
    yield from lay_out(columns, cells, row.width)


def machine_status(machine: FarmMachine, view: FarmView, now: datetime) -> tuple[str, str]:
    """What a machine does, or why it does nothing, and the kind of style."""
    facts = machine.facts or {}
    if machine.state == "revoked":
        return "removed", "faint"
    if machine.state == "quarantined":
        return f"gets no work: {machine.reason}", "red"
    if machine.seen_at is None:
        return "has not reported yet", "quiet"
    if (now - machine.seen_at).total_seconds() > _SILENT_S:
        return f"silent, last seen {recent_age(machine.seen_at, now)}", "amber"
    if work := view.work_of(machine):
        title = str(work[0].task.get("title", "a job"))
        return f"{title}{f' and {len(work) - 1} more' if len(work) > 1 else ''}", "text"
    if machine.state == "draining":
        return "gets no more work", "amber"
    if paused := str(facts.get("paused") or ""):
        return f"pauses: {paused}", "amber"
    return "ready", "quiet"


def lease_row(lease: FarmLease, view: FarmView, now: datetime, row: RowStyle) -> Iterator[Segment]:
    """The state of a lease, its job, its machine, and its progress or the reason why it ended."""
    styles = row.styles
    mark, kind = _LEASE_MARKS[lease.state]
    machine = view.machine(lease.machine)
    where = machine.label if machine else lease.machine or "any machine"
    columns = (
        Column(2),
        Column(24, gap=1, grow=1),
        Column(18, rank=2),
        Column(24, grow=1),
        Column(11, right=True, rank=3),
    )
    cells: list[Cell] = [
        (f" {mark}", styles[kind]),
        (str(lease.task.get("title", lease.job_id[:8])), row.name),
        (where, styles["quiet"]),
        (lease_status(lease), styles["quiet"]),
        (recent_age(lease.ended_at or lease.claimed_at or lease.offered_at, now), styles["faint"]),
    ]
    if lease.state == "claimed" and lease.total:
        bar = progress_segments(min(lease.done / lease.total, 0.99), _BAR, row.palette, row.plain)
        cells[3] = [*bar, Segment(f"  {lease.done:,} of {lease.total:,} {lease.unit}", styles["quiet"])]
    yield from lay_out(columns, cells, row.width)


def lease_status(lease: FarmLease) -> str:
    """Why a lease is where it is."""
    if lease.state == "offered":
        return lease.note or "waits for a free machine"
    if lease.state == "claimed":
        return lease.message or "in progress"
    if lease.state == "ended":
        return lease.note
    answer = lease.answer or {}
    seconds = float(answer.get("seconds") or 0)
    return f"{answer.get('status', 'done')} in {seconds:.0f} s" if seconds else str(answer.get("status", "done"))


def _resources(facts: dict[str, Any]) -> str:
    if not facts:
        return ""
    return f"{plural(int(facts.get('cores', 0)), 'core')} · {format_bytes(int(facts.get('memory', 0)))}"


def _load(facts: dict[str, Any]) -> str:
    load, heat = facts.get("load"), machine_heat(facts)
    return " ".join([*([f"{float(load):.0%}"] if load is not None else []), *([heat] if heat else [])])
