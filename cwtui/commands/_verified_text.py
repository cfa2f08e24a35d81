"""Texts of a verification: each file that is not as it was sealed, by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from engine.transfer import FileVerification


def show_verified(console: Console, verdicts: Sequence[FileVerification], restored: Sequence[Path] = ()) -> None:
    """Prints each file that is not intact, with its intact copy, and the number of intact files."""
    from engine.transfer import SealStatus

    marks = {
        SealStatus.CHANGED: "[red]✗ changed[/]",
        SealStatus.MISSING: "[red]✗ missing[/]",
        SealStatus.NEW: "[yellow]! new, not in the seal[/]",
        SealStatus.RENAMED: "[yellow]! renamed[/]",
        SealStatus.MOVED: "[yellow]! moved[/]",
    }
    offered = False
    for one in verdicts:
        if one.verdict is SealStatus.INTACT:
            continue
        before = f", sealed as {one.previous}" if one.previous else ""
        detail = f"  {one.detail}" if one.detail else ""
        console.print(f"{marks[one.verdict]}  {escape(f'{one.path}{before}{detail}')}", soft_wrap=True)
        if one.path in restored:
            console.print(f"    [green]✓[/] restored from {escape(str(one.intact_copy))}", soft_wrap=True)
        elif one.intact_copy:
            offered = True
            console.print(f"    an intact copy is {escape(str(one.intact_copy))}", soft_wrap=True)
    if offered:
        console.print("    cwtui verify --restore copies intact copies to the originals.")
    intact = sum(one.verdict is SealStatus.INTACT for one in verdicts)
    console.print(f"[green]✓[/] {intact} of {len(verdicts)} files are unchanged since ingest")
