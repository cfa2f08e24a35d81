"""Commands whose options are read only when they run.

Typer reads a command's options from its function's signature. For all commands of `cwtui` this takes longer than most
of them run. The list of commands needs only names and docstrings.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer
from typer._click import Command, Context, HelpFormatter, Parameter
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
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


class HelpfulCommand(TyperCommand):
    """A command whose help names its values by words, as the man page, not by Python types."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """Its parameters, each with a word for its value."""
        return [_name_value(parameter) for parameter in super().get_params(ctx)]

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Writes its arguments and its options."""
        found = [(one, record) for one in self.get_params(ctx) if (record := one.get_help_record(ctx))]
        sections = {
            # Typer adds the type of an argument after its name.
            "Arguments": [(name.split()[0], text) for one, (name, text) in found if isinstance(one, TyperArgument)],
            "Options": [record for one, record in found if not isinstance(one, TyperArgument)],
        }
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class HelpfulGroup(TyperGroup):
    """A group whose help names the values of its own options by words."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """Its options, each with a word for its value."""
        return [_name_value(parameter) for parameter in super().get_params(ctx)]


def _name_value(parameter: Parameter) -> Parameter:
    if isinstance(parameter, TyperArgument) and parameter.metavar:
        # Typer adds the dots of an argument that repeats.
        parameter.metavar = parameter.metavar.removesuffix("...")
    if isinstance(parameter, TyperArgument | TyperOption) and parameter.metavar is None and parameter.name:
        choices = parameter.type_descriptor.is_choice and isinstance(parameter, TyperOption)
        flag = isinstance(parameter, TyperOption) and parameter.is_flag
        if not choices and not flag:
            parameter.metavar = parameter.name.rstrip("_").replace("_", "-").upper()
    return parameter


def new_app(name: str, *, cls: type[TyperGroup] = HelpfulGroup, **options: Any) -> typer.Typer:
    """A Typer app with plain help, and without Typer's own completion and suggestions. Errors propagate."""
    return typer.Typer(
        name=name,
        cls=cls,
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
        alone.command(name, cls=HelpfulCommand)(function)
        return get_command(alone)

    return ListedCommand(name, inspect.getdoc(function), load)


def listed_module(module: str, name: str, help: str) -> ListedCommand:
    """A module's Typer app with subcommands, which has the command's name, as one command."""

    def load() -> Command:
        app: typer.Typer = getattr(import_module(module), name)
        for command in app.registered_commands:
            command.cls = HelpfulCommand
        return get_command(app)

    return ListedCommand(name, help, load)


def group_of(*commands: ListedCommand) -> type[TyperGroup]:
    """A TyperGroup class with these commands, for the `cls` argument of a Typer app."""

    class ListedGroup(HelpfulGroup):
        """A group whose commands are loaded when they run."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**{**options, "commands": {command.name: command for command in commands}})

    return ListedGroup
