"""Texts of an ingest's plan, for the command line and the console."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cwtui.formatting import format_duration, plural
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.transfer import ImportPlan, PlannedDuplicate, PlannedTake

_REASONS = {"sidecar without its clip": "sidecars without their clip", "link to a folder": "links to folders"}


def plan_summary(plan: ImportPlan) -> str:
    """The new footage: 12 takes, 4.1 GB, in 3 sessions; 2 Live Photos, 1 sequence; 2 in log."""
    if not plan.takes:
        return "Nothing new."
    parts = [f"{plural(len(plan.takes), 'take')}, {format_bytes(plan.bytes)}, in {plural(plan.sessions, 'session')}"]
    kinds = (
        (sum(take.live_photo for take in plan.takes), "Live Photo"),
        (sum(take.frames is not None for take in plan.takes), "sequence"),
        (sum(len(take.sidecars) for take in plan.takes), "file beside its clip", "files beside their clips"),
        (sum(take.copy_again for take in plan.takes), "copied again", "copied again"),
    )
    parts += [", ".join(plural(count, *names) for count, *names in kinds if count)]
    asking = sum(take.needs_answer for take in plan.takes)
    parts += [f"{asking} in log: confirm the colour afterwards"] if asking else []
    return "; ".join(part for part in parts if part)


def known_summary(plan: ImportPlan) -> str:
    """The footage that is not copied: 3 already here, 1 twice in this footage, 1 by name and size only."""
    here = sum(one.in_project for one in plan.already_here)
    twice, unsure = len(plan.already_here) - here, sum(not one.compared for one in plan.already_here)
    parts = ((here, "already here"), (twice, "twice in this footage"), (unsure, "of them by name and size only"))
    return ", ".join(f"{count:,} {text}" for count, text in parts if count)


def skipped_summary(plan: ImportPlan) -> str:
    """The files that are skipped, by reason: 6 photos, 1 not media; empty if nothing is."""
    counts = Counter(one.reason for one in plan.skipped)
    return ", ".join(_reason(count, reason) for reason, count in counts.most_common())


def space_summary(plan: ImportPlan) -> str:
    """The space that the copies need, and the free space."""
    if not plan.needed:
        return f"no space needed, {format_bytes(plan.free)} free"
    if plan.fits:
        return f"needs {format_bytes(plan.needed)} of {format_bytes(plan.free)} free"
    return f"needs {format_bytes(plan.needed)}, only {format_bytes(plan.free)} free: free some space first"


def take_facts(take: PlannedTake) -> Iterator[str]:
    """Length, frames of a sequence, and remarks about a take that would be added."""
    if take.frames is not None:
        yield plural(take.frames, "frame")
    elif take.duration:
        yield format_duration(float(take.duration))
    if take.live_photo:
        yield "Live Photo"
    if take.needs_answer:
        yield "log"
    if take.copy_reason:
        yield "edited or exported copy"
    if take.copy_again:
        yield "its copy is missing"


def duplicate_reason(one: PlannedDuplicate) -> str:
    """Why a recording is not copied."""
    return f"is the same as {one.take}" if one.compared else f"has the name and size of {one.take}; not compared"


def _reason(count: int, reason: str) -> str:
    if reason == "photo":
        return plural(count, reason)
    return f"{count:,} {_REASONS.get(reason, reason) if count > 1 else reason}"
