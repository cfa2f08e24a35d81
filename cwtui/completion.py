"""Completion of a command line in a shell: commands, options, and the names in the studio. It imports no pydantic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cwtui.command_tree import CommandDescription, CommandParameter
from cwtui.paths import default_studio
from engine.catalog import ListedName, device_names, job_names, project_names, take_names
from engine.deliver import check_ids
from engine.models import model_names
from engine.resources import resource_root


@dataclass
class CommandLine:
    """The words before the one to complete: the command, the options given, and what comes next."""

    command: CommandDescription
    values: dict[str, str] = field(default_factory=dict)
    pending: CommandParameter | None = None
    arguments: int = 0

    @property
    def studio(self) -> Path:
        """The studio folder of the command line."""
        given = self.values.get("studio")
        return Path(given).expanduser() if given else default_studio()

    @property
    def catalog(self) -> Path:
        """The catalog of the studio; there may be none."""
        return self.studio / "catalog.sqlite"


def complete(tree: CommandDescription, words: Sequence[str]) -> list[ListedName]:
    """Returns the candidates for the last of the words after `cwtui`; without any, a file may be meant."""
    *before, incomplete = words or [""]
    line = _read(tree, before)
    prefix, name = "", incomplete
    if line.pending is None and incomplete.startswith("--") and "=" in incomplete:
        option, _, name = incomplete.partition("=")
        line.pending, prefix = _option(line.command, option), f"{option}="
    found = _candidates(line, name)
    return [ListedName(prefix + one.name, one.description) for one in found if one.name.startswith(name)]


def _read(tree: CommandDescription, words: Sequence[str]) -> CommandLine:
    line, only_arguments = CommandLine(tree), False
    for word in words:
        if line.pending:
            line.values[line.pending.name] = word
            line.pending = None
        elif word == "--":
            only_arguments = True
        elif word.startswith("-") and not only_arguments:
            name, equals, value = word.partition("=")
            if option := _option(line.command, name):
                line.values[option.name] = value
                line.pending = None if option.is_flag or equals else option
        elif not line.arguments and (command := line.command.command(word)):
            line.command = command
        else:
            line.arguments += 1
    return line


def _option(command: CommandDescription, name: str) -> CommandParameter | None:
    return next((one for one in command.options if name in (*one.options, *one.off)), None)


def _candidates(line: CommandLine, incomplete: str) -> list[ListedName]:
    if line.pending:
        return list(_values(line.pending, line, incomplete))
    if incomplete.startswith("-"):
        return list(_unused_options(line))
    if line.command.commands and not line.arguments:
        return [ListedName(one.name, one.summary) for one in line.command.commands]
    arguments = line.command.arguments
    if line.arguments < len(arguments):
        return list(_values(arguments[line.arguments], line, incomplete))
    if arguments and arguments[-1].repeats:
        return list(_values(arguments[-1], line, incomplete))
    return list(_unused_options(line))


def _unused_options(line: CommandLine) -> Iterator[ListedName]:
    for option in line.command.options:
        if option.name not in line.values or option.repeats:
            for name in (*option.options, *option.off):
                if name.startswith("--"):
                    yield ListedName(name, option.help)
    yield ListedName("--help", "Show the options and arguments.")


def _values(parameter: CommandParameter, line: CommandLine, incomplete: str) -> Iterator[ListedName]:
    if parameter.choices:
        yield from (ListedName(choice, "") for choice in parameter.choices)
        return
    read = VALUES.get(f"{line.command.path[0]}.{parameter.name}" if line.command.path else "")
    read = read or VALUES.get(parameter.name)
    if read:
        yield from read(line, incomplete)


def _projects(line: CommandLine, incomplete: str) -> list[ListedName]:
    return project_names(line.catalog)


def _takes(line: CommandLine, incomplete: str) -> list[ListedName]:
    """Labels; after a digit that no label begins with, numbers; otherwise camera names."""
    labels = take_names(line.catalog, line.values.get("project"))
    if any(label.name.startswith(incomplete) for label in labels):
        return labels
    if incomplete.isdigit():
        return [ListedName(str(int(one.name.partition("-")[0])), one.name) for one in labels]
    return [ListedName(one.name.partition("-")[2], one.description) for one in labels]


def _jobs(line: CommandLine, incomplete: str) -> list[ListedName]:
    return job_names(line.catalog)


def _devices(line: CommandLine, incomplete: str) -> list[ListedName]:
    return device_names(line.catalog)


def _cuts(line: CommandLine, incomplete: str) -> list[ListedName]:
    project = line.values.get("project")
    folders = [one.description for one in project_names(line.catalog) if project in (None, one.name, one.description)]
    return [ListedName(name, "cut") for one in folders for name in _stems(line.studio / one / "timeline", "[!.]*.otio")]


def _recipes(line: CommandLine, incomplete: str) -> list[ListedName]:
    own = _stems(line.studio / "recipes")
    return [ListedName(name, "your own") for name in own] + [
        ListedName(name, "built in") for name in _stems(resource_root("presets") / "deliverables") if name not in own
    ]


def _titles(line: CommandLine, incomplete: str) -> list[ListedName]:
    own = _stems(line.studio / "titles")
    return [ListedName(name, "your own") for name in own] + [
        ListedName(name, "built in") for name in _stems(resource_root("presets") / "titles") if name not in own
    ]


def _looks(line: CommandLine, incomplete: str) -> list[ListedName]:
    own = _stems(line.studio / "looks")
    return [ListedName(name, "your own") for name in own] + [
        ListedName(name, "built in") for name in _stems(resource_root("presets") / "looks") if name not in own
    ]


def _presets(line: CommandLine, incomplete: str) -> list[ListedName]:
    return [ListedName(name, "sound preset") for name in _stems(resource_root("presets") / "sound")]


def _checks(line: CommandLine, incomplete: str) -> list[ListedName]:
    return [ListedName(name, "check") for name in check_ids()]


def _models(line: CommandLine, incomplete: str) -> list[ListedName]:
    return [ListedName(name, "") for name in model_names()]


def _stems(folder: Path, pattern: str = "[!.]*.toml") -> list[str]:
    return sorted(path.stem for path in folder.glob(pattern))


VALUES: dict[str, Callable[[CommandLine, str], list[ListedName]]] = {
    "project": _projects,
    "take": _takes,
    "takes": _takes,
    "src": _takes,
    "sources": _takes,
    "file": _takes,
    "of": _takes,
    "other": _takes,
    "job": _jobs,
    "cut.name": _cuts,
    "cut.original": _cuts,
    "cut.changed": _cuts,
    "recipe": _recipes,
    "recipes.name": _recipes,
    "recipes.extends": _recipes,
    "recipes.one": _recipes,
    "recipes.other": _recipes,
    "look": _looks,
    "look.name": _looks,
    "look.extends": _looks,
    "look.one": _looks,
    "look.other": _looks,
    "look.cut": _cuts,
    "key.cut": _cuts,
    "preset": _presets,
    "title.name": _cuts,
    "template": _titles,
    "title.extends": _titles,
    "model": _models,
    "checks.check": _checks,
    "phone.device": _devices,
}
"""The names that a parameter may have, by its name, or by its command and its name."""
