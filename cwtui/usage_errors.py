"""Errors of the command line itself: an unknown command, option or choice, each with the nearest one that exists."""

from __future__ import annotations

import re

from typer._click import Command, Context
from typer._click.exceptions import ClickException, NoSuchOption

from engine.errors import RequestError
from engine.suggestion import hint_with_suggestion

_NO_COMMAND = re.compile(r"No such command '(?P<name>.*)'\.", re.DOTALL)
_NO_CHOICE = re.compile(r"'(?P<name>[^']*)' is not one of '(?P<choices>.*)'\.", re.DOTALL)
# What an option needs, by pydantic's word for it.
_NEEDED = {"valid integer": "a whole number", "valid number": "a number"}


def usage_error(wrong: ClickException) -> RequestError:
    """Returns the error that Click found, in plain words, with a suggestion where a name is mistyped."""
    context: Context | None = getattr(wrong, "ctx", None)
    path = context.command_path if context else "cwtui"
    hint = f"See {path} --help."
    if context is None:
        return RequestError(wrong.format_message(), hint)
    if isinstance(wrong, NoSuchOption):
        known = option_names(context.command)
        return RequestError(
            f"{path} has no option {wrong.option_name}.", hint_with_suggestion(wrong.option_name, known, hint)
        )
    message = wrong.format_message()
    if found := _NO_COMMAND.fullmatch(message):
        known = subcommands(context.command)
        return RequestError(
            f"{path} has no command “{found['name']}”.", hint_with_suggestion(found["name"], known, hint)
        )
    parameter = getattr(wrong, "param", None)
    name = max(parameter.opts, key=len) if parameter and parameter.opts else ""
    if name and (found := _NO_CHOICE.search(wrong.message)):
        choices = found["choices"].split("', '")
        return RequestError(
            f"{name} must be {_alternatives(choices)}, not “{found['name']}”.",
            hint_with_suggestion(found["name"], choices, hint),
        )
    if name and (needed := next((words for said, words in _NEEDED.items() if said in message), "")):
        return RequestError(f"{name} must be {needed}.", hint)
    return RequestError(message, hint)


def option_names(command: Command) -> list[str]:
    """The long options of a command."""
    return [name for one in command.params for name in _names(one) if name.startswith("--")] + ["--help"]


def subcommands(command: Command) -> list[str]:
    """The names of a group's commands; empty for a command without any."""
    found: dict[str, Command] = getattr(command, "commands", {})
    return list(found)


def _names(parameter: object) -> list[str]:
    return [*getattr(parameter, "opts", ()), *getattr(parameter, "secondary_opts", ())]


def _alternatives(choices: list[str]) -> str:
    *first, last = choices
    return f"{', '.join(first)} or {last}" if first else last
