"""Prints what a delivery made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from cwtui.commands._tables import QUIET
from cwtui.formatting import format_limiter
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.deliver import PlatformVerdict


def show_delivery(console: Console, delivered: Sequence[Mapping[str, Any]]) -> None:
    """Prints the files, the checks that failed or warn, the limiter's work and the verdict on the platform's rules."""
    from engine.deliver import PlatformVerdict
    from engine.sound import LimiterWork

    for entry in delivered:
        passed = sum(check["passed"] for check in entry["checks"])
        failed = any(not (check["passed"] or check["accepted"] or check.get("warning")) for check in entry["checks"])
        whole = passed == len(entry["checks"])
        mark = "[red]✗[/]" if failed else "[green]✓[/]" if whole else "[yellow]![/]"
        files = "  ".join(
            f"{escape(file['path'])} [{QUIET}]{format_bytes(file['bytes'])}[/]" for file in entry["files"]
        )
        console.print(f"{mark} {files}  [{QUIET}]{passed} of {len(entry['checks'])} checks[/]", soft_wrap=True)
        for check in entry["checks"]:
            if not check["passed"]:
                measured = check["measured"]
                measured = "; ".join(map(str, measured)) if check["accepted"] else measured
                summary = f"{check['name']}: {measured}, expected {check['wanted']}"
                sign = "[yellow]! warning[/]" if check.get("warning") else "[red]✗[/]"
                sign = "[yellow]! accepted[/]" if check["accepted"] else sign
                console.print(f"    {sign} {escape(summary)}", soft_wrap=True)
        if (limiter := entry.get("limiter")) and limiter["most_db"]:
            text = format_limiter(LimiterWork.model_validate(limiter))
            console.print(f"    [{QUIET}]limiter {text}[/]", soft_wrap=True)
        if not entry["complete"]:
            console.print("    [yellow]![/] incomplete: source damaged (recorded in the receipt)", soft_wrap=True)
        if platform := entry.get("platform"):
            show_verdict(console, PlatformVerdict.model_validate(platform))
        for note in entry["notes"]:
            console.print(f"    [yellow]![/] {escape(note)}", soft_wrap=True)


def show_verdict(console: Console, verdict: PlatformVerdict) -> None:
    """Prints whether a deliverable is ready for its platform, by which rules it is not, and what to know beside."""
    console.print(f"    {'[green]✓[/]' if verdict.ready else '[yellow]![/]'} {escape(verdict.summary)}", soft_wrap=True)
    for remark in verdict.remarks:
        console.print(f"      [{QUIET}]{escape(remark)}[/]", soft_wrap=True)
