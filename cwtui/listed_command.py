"""Commands of which the options are read when they run.

Typer reads the options of a command from its function's signature. For all commands of `cwtui` that takes longer than
most of them run, and a list of commands needs only their names and docstrings.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import typer
from typer._click import Command, Context
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command


class ListedCommand(TyperCommand):
    """A name and a help text in a list of commands; `load` makes the command itself."""

    def __init__(self, name: str, help: str | None, load: Callable[[], Command]) -> None:
        super().__init__(name, help=help, rich_markup_mode=None)
        self._load = load

    def make_context(
        self, info_name: str | None, args: list[str], parent: Context | None = None, **extra: Any
    ) -> Context:
        """The context of the command itself, which then runs."""
        return self._load().make_context(info_name, args, parent, **extra)


def new_app(name: str, **options: Any) -> typer.Typer:
    """A Typer that prints plain help, leaves errors to its caller and installs no shell completion."""
    return typer.Typer(
        name=name, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, **options
    )


def listed_function(function: Callable[..., Any]) -> ListedCommand:
    """A function as a command. An underscore at the end of its name only tells it from a name of Python."""
    name = function.__name__.rstrip("_")

    def load() -> Command:
        alone = new_app(name)
        alone.command(name)(function)
        return get_command(alone)

    return ListedCommand(name, inspect.getdoc(function), load)


def listed_app(app: typer.Typer) -> ListedCommand:
    """A Typer with commands of its own as one command."""
    return ListedCommand(str(app.info.name), str(app.info.help), lambda: get_command(app))


def group_of(*commands: ListedCommand) -> type[TyperGroup]:
    """A class of group that has these commands, for the `cls` of a Typer."""

    class ListedGroup(TyperGroup):
        """A group of listed commands."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**{**options, "commands": {command.name: command for command in commands}})

    return ListedGroup
