"""The registry of saboteurs: a decorator adds one.

A saboteur is a function in a module that `_MODULES` names. It receives a good file's `Finished`, and a copy of the file
that it damages in place. What a check compares with its source cannot be damaged in the file: such a saboteur returns
another `Finished`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from engine.deliver.checks import Finished, run_checks

_MODULES = (
    "container",
    "picture",
    "colour",
    "sound",
    "carried",
    "content",
    "text",
    "privacy",
    "tags",
    "credentials",
    "frames",
    "archive",
    "source",
)

Damage = Callable[[Finished, Path], Finished | None]
_found: list[Saboteur] = []


@dataclass(frozen=True, slots=True)
class Saboteur:
    """Damages the good file `good` so that `check` fails, and for the reason `because` also the checks of `also`."""

    name: str
    check: str
    good: str
    description: str
    damage: Damage
    also: tuple[str, ...] = ()
    because: str = ""

    @property
    def expected(self) -> set[str]:
        """The ids of the checks that fail."""
        return {self.check, *self.also}

    def failing(self, good: Finished, folder: Path) -> set[str]:
        """Damages a copy of the good file in `folder` and returns the ids of the checks that do not pass.

        An archive is a folder; beside the list of numbered frames is the folder with them.
        """
        folder.mkdir()
        path = folder / good.path.name
        if good.kind == "archive":
            shutil.copytree(good.path, path)
        else:
            shutil.copyfile(good.path, path)
        if good.frames:
            shutil.copytree(good.path.with_name(good.frames.folder), path.with_name(good.frames.folder))
        finished = self.damage(good, path) or good.moved_to(path)
        return {result.id for result in run_checks(finished) if not result.passed}


def saboteur(check: str, good: str, *, also: tuple[str, ...] = (), because: str = "") -> Callable[[Damage], Damage]:
    """Registers a saboteur; its docstring says what it does."""

    def register(damage: Damage) -> Damage:
        name = damage.__name__.replace("_", "-")
        description = " ".join((damage.__doc__ or "").split())
        _found.append(Saboteur(name, check, good, description, damage, also, because))
        return damage

    return register


@cache
def saboteurs() -> tuple[Saboteur, ...]:
    """All saboteurs, in the order of their modules."""
    for module in _MODULES:
        import_module(f"tests.deliver.sabotage.{module}")
    return tuple(_found)
