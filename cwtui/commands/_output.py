"""Output of commands: results to stdout (only JSON with --json), everything else to stderr."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console


@dataclass
class _JsonFlag:
    json: bool = False


_json_flag = _JsonFlag()


def _set_json(value: bool) -> bool:
    _json_flag.json = _json_flag.json or value
    return value


JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.", callback=_set_json)]


def human_console() -> Console:
    """The console for human-readable output: stdout, or stderr with --json."""
    return _console(stderr=_json_flag.json)


def show_json(value: Any) -> None:
    """Prints the command's JSON result on stdout."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def expects_json() -> bool:
    """Whether --json is set."""
    return _json_flag.json


def expect_json(expected: bool) -> None:
    """Sets whether results and errors are JSON, for use before options are parsed or if parsing fails."""
    _json_flag.json = expected


def show_error(error: EngineError, usage: str = "") -> None:
    """Prints an error and its hint on stderr; with --json also as JSON on stdout, with the exit code in `code`."""
    console = error_console()
    if usage:
        console.print(quoted(usage), soft_wrap=True)
    console.print(f"[bold red]✗[/] {quoted(error.message)}", soft_wrap=True)
    if error.hint:
        console.print(f"  [yellow]→[/] {quoted(error.hint)}", soft_wrap=True)
    if _json_flag.json:
        show_json({"error": {"message": error.message, "hint": error.hint, "code": error.exit_code}})


def quoted(text: object) -> str:
    """Text escaped for Rich markup."""
    from rich.markup import escape

    return escape(str(text))


def error_console() -> Console:
    """The console for progress and errors: stderr."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    # Importing Rich takes a tenth of a second; `--help` does not need it.
    from rich.console import Console

    # A name like take:x:1 must not become an emoji.
    return Console(stderr=stderr, highlight=False, emoji=False)


def print_copy_command(path: Path) -> None:
    """Prints the command that copies a written file to the user's own machine, if this is an SSH session."""
    from cwtui.remote_copy import copy_command

    if command := copy_command(path.absolute()):
        console = human_console()
        console.print("[cyan]copy[/]    ", end="")
        console.print(command, markup=False, highlight=False, soft_wrap=True)
