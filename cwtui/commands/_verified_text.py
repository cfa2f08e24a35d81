"""Texts of a verification: each file that is not as it was sealed, by name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from cwtui.formatting import plural
from engine.slug import printable

if TYPE_CHECKING:
    from engine.studio import ScheduledFolder
    from engine.transfer import FileVerification


_RESTORE = "    cwtui verify --restore copies intact copies to the originals."
_OFFLOAD_AGAIN = "    cwtui offload copies files to a backup disk again, as long as the card has them."


def show_verified(
    console: Console,
    verdicts: Sequence[FileVerification],
    restored: Sequence[Path] = (),
    *,
    originals: bool = True,
) -> None:
    """Prints each file that is not intact, with its intact copy, and the number of intact files.

    `originals`: the files are in the project, and not on a backup disk.
    """
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
        console.print(f"{marks[one.verdict]}  {_text(f'{one.path}{before}{detail}')}", soft_wrap=True)
        if one.path in restored:
            console.print(f"    [green]✓[/] restored from {_text(str(one.intact_copy))}", soft_wrap=True)
        elif one.intact_copy:
            offered = True
            console.print(f"    an intact copy is {_text(str(one.intact_copy))}", soft_wrap=True)
    if offered:
        console.print(_RESTORE if originals else _OFFLOAD_AGAIN, soft_wrap=True)
    intact = sum(one.verdict is SealStatus.INTACT for one in verdicts)
    console.print(f"[green]✓[/] {intact} of {len(verdicts)} files are unchanged since ingest")


def show_schedule(console: Console, every_days: int, folders: Sequence[ScheduledFolder]) -> None:
    """Prints each sealed folder with its last and next verification and its problems, and the schedule last."""
    restorable = damaged_copies = False
    for one in folders:
        sealed = one.sealed
        mark = "[red]✗[/]" if sealed.problems else "[green]✓[/]"
        since = f"{'in place since' if sealed.in_place else 'sealed'} {_day(sealed.sealed_at)}"
        last = f"verified {_day(sealed.verified_at)}" if sealed.verified_at else since
        due = f", next {_day(one.due_at)}" if one.due_at else ""
        away = ", not connected" if not one.connected else ""
        console.print(f"{mark} {_text(sealed.folder)}  {last}{due}{away}", soft_wrap=True)
        for problem in sealed.problems:
            detail = f"  {problem.detail}" if problem.detail else ""
            console.print(f"    [red]{problem.verdict}[/]  {_text(f'{problem.path}{detail}')}", soft_wrap=True)
            if problem.intact_copy:
                restorable |= sealed.is_original
                damaged_copies |= not sealed.is_original
                console.print(f"    an intact copy is {_text(problem.intact_copy)}", soft_wrap=True)
    if restorable:
        console.print(_RESTORE)
    if damaged_copies:
        console.print(_OFFLOAD_AGAIN, soft_wrap=True)
    if every_days:
        console.print(f"They are verified again after {plural(every_days, 'day')}, in idle time.")
    else:
        console.print("They are not verified again. cwtui verify --every 7 changes it.")


def _text(text: str) -> str:
    """Text for Rich's markup without what a terminal would interpret: another tool may have sealed any name."""
    return escape(printable(text))


def _day(at: datetime) -> str:
    return f"{at.astimezone():%d %B %Y}".lstrip("0")
