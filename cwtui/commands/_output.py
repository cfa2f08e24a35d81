"""What goes where: results to stdout (JSON alone where asked for), everything else to stderr."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import EngineError

if TYPE_CHECKING:
    from rich.console import Console


@dataclass
class _JsonFlag:
    json: bool = False


_json_flag = _JsonFlag()


def _set_json(value: bool) -> bool:
    _json_flag.json = _json_flag.json or value
    return value


JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, and only that, on stdout.", callback=_set_json)
]


def human_console() -> Console:
    """The console for people: stdout, or stderr while stdout belongs to JSON."""
    return _console(stderr=_json_flag.json)


def show_json(value: Any) -> None:
    """Prints the one JSON value of this command."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def expects_json() -> bool:
    """Whether the result is to be JSON."""
    return _json_flag.json


def expect_json(expected: bool) -> None:
    """Says whether every result is JSON, errors too: before options are read, or where arguments are refused."""
    _json_flag.json = expected


def show_error(error: EngineError, usage: str = "") -> None:
    """Prints what happened and what to do on stderr; with --json the same as JSON on stdout, `code` the exit code."""
    console = error_console()
    if usage:
        console.print(quoted(usage), soft_wrap=True)
    console.print(f"[bold red]✗[/] {quoted(error.message)}", soft_wrap=True)
    if error.hint:
        console.print(f"  [yellow]→[/] {quoted(error.hint)}", soft_wrap=True)
    if _json_flag.json:
        show_json({"error": {"message": error.message, "hint": error.hint, "code": error.exit_code}})


def quoted(text: object) -> str:
    """Text that may hold square brackets, safe to print among markup."""
    from rich.markup import escape

    return escape(str(text))


def error_console() -> Console:
    """The console for progress and errors: stderr."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    # Rich takes a tenth of a second to import, which `--help` need not wait for.
    from rich.console import Console

    # A name like take:x:1 is no emoji.
    return Console(stderr=stderr, highlight=False, emoji=False)
