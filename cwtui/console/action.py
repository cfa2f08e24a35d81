"""An action of the console, and the modes in which actions can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from textual.actions import parse

EVERYWHERE = "everywhere"
MODE_NAMES = ("ingest", "takes", "review", "sound", "cut", "look", "deliver", "jobs", "farm", "market", "prompter")
LETTERS = dict(zip(MODE_NAMES, "ITRSCKDJFBP", strict=True))

Need = Literal[
    "take",
    "kept_take",
    "cut",
    "clip",
    "words",
    "chain",
    "sound",
    "recipe",
    "script",
    "job",
    "machine",
    "package",
    "marker",
    "look",
    "parameter",
]
"""A thing that an action may require."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do: its name in keymaps, the keys it has by itself, and where it can be done.

    `title` says what it does, in a few words; `command` is the same on the command line, with {take}, {project} and
    the like for what it is done to. `short` is its word on the line of keys, where it belongs there.
    `call` is the method that does it, with its arguments, by Textual's syntax for actions; without one it is the id.
    `requires` names what it needs; a screen checks those needs that it knows. `silent`: while it is disabled, its key
    shows no reason.
    """

    id: str
    keys: str
    title: str
    screens: tuple[str, ...] = (EVERYWHERE,)
    command: str = ""
    short: str = ""
    call: str = ""
    requires: tuple[Need, ...] = ()
    silent: bool = False

    @property
    def is_global(self) -> bool:
        """Whether the action is available on every screen."""
        return self.screens == (EVERYWHERE,)

    @property
    def method(self) -> tuple[str, tuple[Any, ...]]:
        """The name of the method that does it, without `action_`, and its arguments."""
        _, name, arguments = parse(self.call or self.id)
        return name, arguments
