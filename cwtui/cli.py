"""The `cwtui` command."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cwtui.commands import delivery, footage, listen, models, picture, review, sound, speakers, system, words, work
from cwtui.options import use_studio
from cwtui.output import show_error
from engine.errors import Cancelled, EngineError

# What typer leaves with on an interrupt: shells' 128 + SIGINT.
_INTERRUPTED = 130

app = typer.Typer(
    name="cwtui",
    help="From the phone to professional dialog, captions and deliverables, on this machine alone.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for group in (footage, review, picture, sound, listen, words, speakers, delivery, work, system):
    for command in group.COMMANDS:
        app.command(command.__name__.rstrip("_"))(command)
app.add_typer(models.models)


@app.callback(invoke_without_command=True)
def cleanwater(
    context: typer.Context,
    studio: Annotated[
        Path | None,
        typer.Option("--studio", help="The studio's folder (default: ~/Movies/Cleanwater, or CWTUI_STUDIO)."),
    ] = None,
) -> None:
    """Options that every command takes may stand before it. Without a command the console opens."""
    if studio is not None:
        use_studio(studio)
    if context.invoked_subcommand is None:
        system.console()


def main() -> NoReturn:
    """Runs a command; leaves with 0 done, 1 the work failed, 2 the request was wrong, 3 a gate refused."""
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), _interrupt)
    _leave(_run())


def _run() -> int:
    try:
        app()
    except EngineError as error:
        show_error(error)
        return error.exit_code
    except (OSError, UnicodeError) as error:
        show_error(EngineError(f"The system refused: {error}.", "Check the name, the rights and the room on the disk."))
        return 1
    except (SystemExit, KeyboardInterrupt) as left:
        # Before typer is at work, nobody makes an exit of an interrupt.
        if isinstance(left, SystemExit) and left.code != _INTERRUPTED:
            return int(left.code or 0)
        show_error(Cancelled("Stopped.", "Nothing half-written is left; run it again to go on."))
        return 1
    return 0


def _leave(code: int) -> NoReturn:
    if any(thread.daemon for thread in threading.enumerate()):
        # One that is in native code would be unwound as it comes back to an interpreter that ends: C++ aborts then.
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
