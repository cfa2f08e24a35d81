"""Prints the plan of an ingest, and the places where footage may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from cwtui.commands._tables import ACCENT, QUIET, plain_table, show_failures
from cwtui.formatting import plural
from cwtui.path_text import shown_path
from cwtui.plan_text import (
    duplicate_reason,
    known_summary,
    plan_summary,
    skipped_summary,
    space_summary,
    take_facts,
)
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.ingest import MediaCount, Place
    from engine.transfer import ImportPlan

_MOST_SKIPPED = 20


def show_plan(console: Console, plan: ImportPlan) -> None:
    """Prints the footage that would be added, known footage, what is left out and why, and the space."""
    for take in plan.takes:
        facts = ", ".join((format_bytes(take.bytes), *take_facts(take)))
        console.print(f"[green]+[/] {escape(str(take.path))}  [{QUIET}]{escape(facts)}[/]", soft_wrap=True)
    for one in plan.already_here:
        console.print(f"[{QUIET}]· {escape(str(one.path))} {escape(duplicate_reason(one))}[/]", soft_wrap=True)
    show_failures(console, [failure.model_dump(mode="json") for failure in plan.failed])
    for skipped in plan.skipped[:_MOST_SKIPPED]:
        console.print(f"[{QUIET}]· skipped ({escape(skipped.reason)}): {escape(str(skipped.path))}[/]", soft_wrap=True)
    if (more := len(plan.skipped) - _MOST_SKIPPED) > 0:
        console.print(f"[{QUIET}]· and {plural(more, 'more skipped file')}[/]")
    rows = (
        ("would add", plan_summary(plan)),
        ("known", known_summary(plan)),
        ("cannot add", plural(len(plan.failed), "file") if plan.failed else ""),
        ("skipped", skipped_summary(plan)),
    )
    for label, text in rows:
        if text:
            console.print(f"[{ACCENT}]{label:12}[/]{escape(text)}", soft_wrap=True)
    space = space_summary(plan) if plan.fits else f"[red]{space_summary(plan)}[/]"
    console.print(f"[{ACCENT}]{'space':12}[/]{space}", soft_wrap=True)
    console.print(f"[{QUIET}]Nothing was written. Run it without --dry-run to add this footage.[/]", soft_wrap=True)


def show_places(console: Console, found: Sequence[tuple[Place, MediaCount | None]]) -> None:
    """Prints places with what looks like a card, and the footage on it."""
    table = plain_table("place", "card", "footage", "path")
    for place, count in found:
        footage = f"{plural(count.files, 'file')}, {format_bytes(count.bytes)}" if count else ""
        mark = f"[{ACCENT}]{place.card}[/]" if place.card else ""
        table.add_row(escape(place.name), mark, footage, escape(shown_path(place.path)))
    console.print(table)
