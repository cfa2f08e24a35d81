"""Commands for the console and this machine: console, keys, doctor, demo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cwtui.commands._options import ProjectOption, StudioOption, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json


def console(
    project: ProjectOption = None,
    studio: StudioOption = None,
) -> None:
    """Open the console in this terminal."""
    from engine.errors import RequestError

    # Textual draws the screen on standard error.
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise RequestError("The console needs a terminal.", "cwtui --help lists the commands that work without one.")
    from cwtui.console import open_console

    raise typer.Exit(open_console(studio_folder(studio), project))


def keys(as_json: JsonOption = False) -> None:
    """List the console's actions and their current keys. docs/keys.md lists the defaults."""
    from cwtui.console.actions import ACTIONS
    from cwtui.console.keymap import key_label, keymap_path, keys_of, read_keymap, taken_keys_message

    keymap = read_keymap(keymap_path())
    if as_json:
        show_json(
            {
                "path": str(keymap_path()),
                "actions": [
                    {"id": one.id, "keys": keys_of(one, keymap), "title": one.title, "screens": one.screens}
                    for one in ACTIONS
                ],
            }
        )
        return
    for one in ACTIONS:
        listed = " ".join(key_label(key) for key in keys_of(one, keymap)) or "(none)"
        human_console().print(f"[cyan]{quoted(listed):14}[/] {quoted(one.title)}  [grey62]{one.id}[/]", soft_wrap=True)
    human_console().print(f"[grey62]your keys: {quoted(keymap_path())}[/]", soft_wrap=True)
    if text := taken_keys_message(keymap):
        human_console().print(f"[yellow]{quoted(text)}[/]", soft_wrap=True)


def doctor(studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Check what works on this machine, and how to fix what does not."""
    from engine.doctor import examine

    console = human_console()
    findings = []
    for finding in examine(studio_folder(studio)):
        findings.append(finding)
        if not as_json:
            mark = "[green]✓[/]" if finding.ok else ("[red]✗[/]" if finding.needed else "[yellow]![/]")
            console.print(f"{mark} {finding.name:13} {quoted(finding.found)}", soft_wrap=True)
            if finding.fix:
                console.print(f"                [yellow]→[/] {quoted(finding.fix)}", soft_wrap=True)
    if as_json:
        show_json({"findings": [finding.model_dump() for finding in findings]})
    if any(finding.needed and not finding.ok for finding in findings):
        raise typer.Exit(1)


def demo(
    studio: Annotated[Path, typer.Option("--studio", help="The folder for the demo.")] = Path("demo"),
    as_json: JsonOption = False,
) -> None:
    """Build a sample shoot, ingest it and deliver every recipe."""
    from cwtui.demo import run_demo

    result = run_demo(studio)
    if as_json:
        show_json(result)
    if not result["passed"]:
        raise typer.Exit(1)


COMMANDS = (console, keys, doctor, demo)
