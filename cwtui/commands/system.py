"""Commands about this machine: doctor, demo."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from cwtui.options import StudioOption, studio_folder
from cwtui.output import JsonOption, quoted, show_json, told


def use_studio(folder: Path) -> None:
    """Makes a studio the one that commands use unless told otherwise."""
    os.environ["CWTUI_STUDIO"] = str(folder)


def doctor(studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Say what works on this machine, and how to mend what does not."""
    from engine.doctor import examine

    console = told()
    findings = []
    for finding in examine(studio_folder(studio)):
        findings.append(finding)
        if not as_json:
            mark = "[green]✓[/]" if finding.ok else ("[red]✗[/]" if finding.needed else "[yellow]![/]")
            console.print(f"{mark} {finding.name:13} {quoted(finding.found)}", soft_wrap=True)
            if finding.mend:
                console.print(f"                [yellow]→[/] {quoted(finding.mend)}", soft_wrap=True)
    if as_json:
        show_json({"findings": [finding.model_dump() for finding in findings]})
    if any(finding.needed and not finding.ok for finding in findings):
        raise typer.Exit(1)


def demo(
    studio: Annotated[Path, typer.Option("--studio", help="The folder for the demonstration's studio.")] = Path("demo"),
    as_json: JsonOption = False,
) -> None:
    """Build a sample shoot and run the main job on it."""
    from cwtui.demo import run_demo

    result = run_demo(studio)
    if as_json:
        show_json(result)
    if not result["passed"]:
        raise typer.Exit(1)


COMMANDS = (doctor, demo)
