"""The commands of `cwtui` with their options, read from the signatures of their functions.

Typer builds a command with pydantic, which takes longer than the shell may wait for a completion. The completion and
the man page use this tree. tests/test_registry.py compares it with Typer's commands.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import typer
from typer.models import ArgumentInfo, OptionInfo, ParameterInfo


@dataclass(frozen=True, slots=True)
class CommandParameter:
    """An option or, without `options`, an argument. `off` are the names that turn a flag off: --detach for --wait."""

    name: str
    help: str
    options: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    is_flag: bool = False
    required: bool = False
    repeats: bool = False

    @property
    def metavar(self) -> str:
        """The word for its value."""
        if self.choices:
            return "|".join(self.choices)
        return self.name.rstrip("_").replace("_", "-").upper()


@dataclass(frozen=True, slots=True)
class CommandDescription:
    """A command with its path, such as ("models", "fetch"); the path of `cwtui` itself is empty."""

    path: tuple[str, ...]
    help: str
    parameters: tuple[CommandParameter, ...] = ()
    commands: tuple[CommandDescription, ...] = ()

    @property
    def name(self) -> str:
        """The last word of its path."""
        return self.path[-1] if self.path else "cwtui"

    @property
    def summary(self) -> str:
        """The first sentence of its help text."""
        return self.help.splitlines()[0] if self.help else ""

    @property
    def arguments(self) -> tuple[CommandParameter, ...]:
        """Its arguments, in order."""
        return tuple(one for one in self.parameters if not one.options)

    @property
    def options(self) -> tuple[CommandParameter, ...]:
        """Its options."""
        return tuple(one for one in self.parameters if one.options)

    def command(self, name: str) -> CommandDescription | None:
        """The subcommand of this name."""
        return next((one for one in self.commands if one.name == name), None)

    def walk(self) -> Iterator[CommandDescription]:
        """Itself and all commands below it."""
        yield self
        for one in self.commands:
            yield from one.walk()


def describe_function(function: Callable[..., Any], path: tuple[str, ...]) -> CommandDescription:
    """Describes a function that Typer makes a command of."""
    return CommandDescription(path, inspect.getdoc(function) or "", tuple(_parameters(function)))


def describe_app(
    app: typer.Typer, path: tuple[str, ...], listed: Sequence[Callable[..., Any]] = ()
) -> CommandDescription:
    """Describes a Typer app with the commands that are registered in it, and with those of `listed` functions."""
    callback = app.registered_callback.callback if app.registered_callback else None
    functions = [(one.name or _name_of(one.callback), one.callback) for one in app.registered_commands if one.callback]
    functions += [(one.__name__.rstrip("_"), one) for one in listed]
    return CommandDescription(
        path,
        str(app.info.help),
        tuple(_parameters(callback)) if callback else (),
        tuple(describe_function(function, (*path, name)) for name, function in functions),
    )


def _name_of(function: Callable[..., Any] | None) -> str:
    return function.__name__.replace("_", "-") if function else ""


def _parameters(function: Callable[..., Any]) -> Iterator[CommandParameter]:
    hints = get_type_hints(function, include_extras=True)
    for name, parameter in inspect.signature(function).parameters.items():
        hint = hints[name]
        if hint is typer.Context:
            continue
        info = next((one for one in get_args(hint)[1:] if isinstance(one, ParameterInfo)), None)
        kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
        yield _parameter(name, kind, info, parameter.default is inspect.Parameter.empty)


def _parameter(name: str, kind: Any, info: ParameterInfo | None, required: bool) -> CommandParameter:
    types = [one for one in (get_args(kind) or (kind,)) if one is not type(None)]
    repeats = any(get_origin(one) in (list, tuple) for one in (kind, *types))
    text = (info.help if info else "") or ""
    if isinstance(info, ArgumentInfo):
        return CommandParameter(name, text, choices=tuple(_choices(kind)), required=required, repeats=repeats)
    is_flag = bool in types
    on, off = _option_names(_declared_names(info), name, is_flag)
    return CommandParameter(name, text, on, off, tuple(_choices(kind)), is_flag, required, repeats)


def _declared_names(info: ParameterInfo | None) -> list[str]:
    """The names in `typer.Option("--project", "-p")`. In an annotation, Typer has the first of them as the default."""
    names = [info.default, *(info.param_decls or ())] if isinstance(info, OptionInfo) else []
    return [one for one in names if isinstance(one, str)]


def _option_names(declared: Sequence[str], name: str, is_flag: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names that set an option, the longest first, and those that turn it off."""
    if not declared:
        plain = name.strip("_").replace("_", "-")
        return (f"--{plain}",), ((f"--no-{plain}",) if is_flag else ())
    pairs = [one.partition("/") for one in declared]
    on, off = ([pair[n].strip() for pair in pairs if pair[n]] for n in (0, 2))
    return tuple(sorted(on, key=len, reverse=True)), tuple(off)


def _choices(kind: Any) -> Iterator[str]:
    """The values of a Literal or an Enum, also inside a union or a list."""
    if get_origin(kind) is Literal:
        yield from map(str, get_args(kind))
    elif isinstance(kind, type) and issubclass(kind, Enum):
        yield from (str(one.value) for one in kind)
    else:
        for one in get_args(kind):
            yield from _choices(one)
