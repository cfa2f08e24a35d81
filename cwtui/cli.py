"""The `cwtui` command."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

import typer
from typer._click.exceptions import ClickException

from cwtui.commands import (
    checks,
    compare,
    decisions,
    deliver,
    footage,
    jobs,
    listen,
    manual,
    offload,
    perceive,
    picture,
    projects,
    reframe,
    scopes,
    sound,
    speakers,
    system,
    transcript,
    verification,
    watch,
)
from cwtui.commands._options import ProjectOption, StudioOption, set_studio_folder
from cwtui.commands._output import expect_json, expects_json, show_error
from cwtui.completion_scripts import VARIABLE, candidate_lines
from cwtui.listed_command import group_of, listed_function, listed_module, new_app
from engine.errors import Cancelled, EngineError, RequestError
from engine.process_exit import exit_process

if TYPE_CHECKING:
    from cwtui.command_tree import CommandDescription

# Typer's exit code for an interrupt: 128 + SIGINT, as in shells.
_INTERRUPTED = 130
# Imported modules stay: with Python's threshold, garbage collections take a tenth of a command's processor time.
_GC_THRESHOLD = 10_000
_REPORT = "This is a bug in Cleanwater. The traceback is on stderr. Your footage has not been changed."

_GROUPS = (
    projects, footage, offload, watch, verification, decisions, reframe, compare, picture, scopes, perceive, sound,
    listen, transcript, speakers, deliver, checks, jobs, system, manual,
)  # fmt: skip
# Groups of commands in modules of their own, which are imported when one of them runs, with their help texts.
_APPS = {
    "models": "Manage models of speech, speakers, people and depth.",
    "recipes": "Manage the recipes of deliverables.",
    "policy": "Show and set what is permitted.",
    "credentials": "Make, show or import the key that signs your deliverables.",
    "cut": "Cut takes into a film.",
    "title": "Show, render and set titles.",
    "look": "Manage looks, and apply them to clips.",
    "key": "Animate the look of a clip by keyframes.",
    "phone": "Receive footage from phones over the local network.",
    "farm": "Let other machines work for this studio, or this one for another.",
    "usb": "Import footage from a phone or camera on USB (macOS).",
    "market": "Install signed packages of looks, titles, sound chains and recipes, and make your own.",
    "review": "Have deliverables reviewed by other people, with signed verdicts.",
    "science": "Turn bands of telescopes into scene-linear pictures.",
}
app = new_app(
    "cwtui",
    help="Turn phone footage into clean dialog, captions and deliverables, entirely on this machine.",
    cls=group_of(
        *(listed_function(function) for group in _GROUPS for function in group.COMMANDS),
        *(listed_module(f"cwtui.commands.{name}", name, text) for name, text in _APPS.items()),
    ),
)


@app.callback(invoke_without_command=True)
def cleanwater(
    context: typer.Context,
    project: ProjectOption = None,
    studio: StudioOption = None,
) -> None:
    """Options before the command, which are the same as after it. Without a command, the console opens."""
    context.obj = command_tree
    if studio is not None:
        set_studio_folder(studio)
    if context.invoked_subcommand is None:
        system.console(project)


def command_tree() -> CommandDescription:
    """All commands with their options, as completion and the man page show them."""
    from cwtui.command_tree import CommandDescription, describe_app, describe_function

    functions = (function for group in _GROUPS for function in group.COMMANDS)
    modules = {name: import_module(f"cwtui.commands.{name}") for name in _APPS}
    return CommandDescription(
        (),
        str(app.info.help),
        describe_function(cleanwater, ()).parameters,
        (
            *(describe_function(function, (function.__name__.rstrip("_"),)) for function in functions),
            # The options of its verbs are read when they run.
            *(describe_app(getattr(one, name), (name,), getattr(one, "VERBS", ())) for name, one in modules.items()),
        ),
    )


def main() -> NoReturn:
    """Runs a command and exits: 0 success, 1 the work failed, 2 invalid request, 3 a decision by the user is needed."""
    if shell := os.environ.get(VARIABLE):
        # A completion script runs this on each press of the tab key.
        sys.stdout.write("".join(f"{line}\n" for line in candidate_lines(shell, command_tree(), sys.argv[1:])))
        sys.exit(0)
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), _interrupt)
    gc.set_threshold(_GC_THRESHOLD)
    exit_process(run(sys.argv[1:]))


def run(words: Sequence[str]) -> int:
    """Runs one command in this process and returns its exit code. Prints errors as `main` does."""
    set_studio_folder(None)
    expect_json(False)
    try:
        code = int(app(list(words), prog_name="cwtui", standalone_mode=False) or 0)
        if code == _INTERRUPTED:
            raise KeyboardInterrupt
        return code
    except EngineError as error:
        show_error(error)
        return error.exit_code
    except ClickException as wrong:
        return _refuse_usage(wrong, words)
    except (OSError, UnicodeError) as error:
        show_error(EngineError(f"System error: {error}.", "Check the name, the permissions and the free disk space."))
        return 1
    except (SystemExit, KeyboardInterrupt, typer.Abort, typer.Exit) as left:
        # Typer turns an interrupt into an exit code only once it runs.
        code = getattr(left, "code", getattr(left, "exit_code", _INTERRUPTED))
        if code != _INTERRUPTED:
            return int(code or 0)
        show_error(Cancelled("Stopped.", "No partial files remain. Run the command again to continue."))
        return 1
    except Exception as error:
        if not expects_json():
            raise
        traceback.print_exc()
        show_error(EngineError(f"Unexpected error: {type(error).__name__}: {error}.", _REPORT))
        return 1


def _refuse_usage(wrong: ClickException, words: Sequence[str]) -> int:
    """Prints the usage and the error for an unknown command, argument or option; returns the exit code."""
    from cwtui.usage_errors import usage_error

    expect_json("--json" in words)
    context = getattr(wrong, "ctx", None)
    show_error(usage_error(wrong), context.get_usage() if context else "")
    return RequestError.exit_code


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
