"""Commands whose options are read only when they run.

Typer reads a command's options from its function's signature. For all commands of `cwtui` this takes longer than most
of them run. The list of commands needs only names and docstrings.
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
    """A command known by its name and help text; `load` builds the full command on first use."""

    def __init__(self, name: str, help: str | None, load: Callable[[], Command]) -> None:
        super().__init__(name, help=help, rich_markup_mode=None)
        self._load = load

    def make_context(
        self, info_name: str | None, args: list[str], parent: Context | None = None, **extra: Any
    ) -> Context:
        """Builds the full command and returns its context. A project before the command is an option of the command."""
        if parent is not None and (project := parent.params.get("project")) is not None:
            args = ["--project", project, *args]
        return self._load().make_context(info_name, args, parent, **extra)


def new_app(name: str, **options: Any) -> typer.Typer:
    """A Typer app with plain help, and without Typer's own completion and suggestions. Errors propagate."""
    return typer.Typer(
        name=name,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        suggest_commands=False,
        **options,
    )


def listed_function(function: Callable[..., Any]) -> ListedCommand:
    """A function as a command. A trailing underscore in its name, used to avoid a Python name, is dropped."""
    name = function.__name__.rstrip("_")

    def load() -> Command:
        alone = new_app(name)
        alone.command(name)(function)
        return get_command(alone)

    return ListedCommand(name, inspect.getdoc(function), load)


def listed_app(app: typer.Typer) -> ListedCommand:
    """A Typer app with subcommands as one command."""
    return ListedCommand(str(app.info.name), str(app.info.help), lambda: get_command(app))


def group_of(*commands: ListedCommand) -> type[TyperGroup]:
    """A TyperGroup class with these commands, for the `cls` argument of a Typer app."""

    class ListedGroup(TyperGroup):
        """A group whose commands are loaded when they run."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**{**options, "commands": {command.name: command for command in commands}})

    return ListedGroup
