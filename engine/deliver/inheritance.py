"""Recipes that extend others: finds them by name, and merges their keys."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.resources import resource_root
from engine.suggestion import did_you_mean
from engine.validation import Problem, line_of, read_text

HEADER = ("version", "extends", "without")
"""The keys of a recipe's text that no other recipe inherits."""


class ExtendsError(Exception):
    """A recipe cannot be merged with the one that it extends. `problem` has the key and its line."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class MergedRecipe:
    """The keys of a recipe with those that it inherits. `extends` are the names of its ancestors, the nearest first."""

    table: dict[str, Any]
    extends: tuple[str, ...] = ()


def built_in_folder() -> Path:
    """The folder of the built-in recipes."""
    return resource_root("presets") / "deliverables"


def find_recipe(name: str, folders: Sequence[Path], seen: Sequence[Path] = ()) -> Path | None:
    """The file of a recipe: the first one in `folders`, or else a built-in one.

    Files in `seen` are only found if there is no other: a recipe that replaces a built-in one may extend that one.
    """
    paths = [path for folder in (*folders, built_in_folder()) if (path := folder / f"{name}.toml").is_file()]
    return next((path for path in paths if path.absolute() not in seen), paths[0] if paths else None)


def folders_for(path: Path | None, folders: Sequence[Path]) -> Sequence[Path]:
    """The `folders` in which the recipe in `path` finds others: a built-in one extends only built-in ones."""
    return () if path is not None and path.parent == built_in_folder() else folders


def inherited_problem(name: str, problem: Problem) -> str:
    """The sentence about an error of the recipe `name` that another one extends."""
    line = "" if problem.line is None else f" in its line {problem.line + 1}"
    return f"extends {name}, which has an error{line}: {problem.message}"


def merge_recipe(text: str, table: Mapping[str, Any], path: Path | None, folders: Sequence[Path]) -> MergedRecipe:
    """Merges the parsed `table` of a recipe's text with the recipes that it extends, which are found in `folders`.

    Tables are merged key by key; a list or another value replaces the inherited one. `path` is the recipe's own file.

    Raises ExtendsError if a recipe is not found, extends itself, or is not valid TOML, or if `without` removes a key
    that is not inherited.
    """
    return _merge(text, table, folders, (path.absolute(),) if path else ())


def _merge(text: str, table: Mapping[str, Any], folders: Sequence[Path], seen: tuple[Path, ...]) -> MergedRecipe:
    name, without = table.get("extends"), table.get("without", ())
    if not isinstance(name, str) or not isinstance(without, list | tuple):
        if without and name is None:
            raise _refused(text, "without", "without needs extends: it removes inherited keys")
        return MergedRecipe(dict(table))
    path = find_recipe(name, folders, seen)
    if path is None:
        raise _refused(text, "extends", _not_found(name, folders))
    if path.absolute() in seen:
        chain = " → ".join([*(one.stem for one in seen), name])
        raise _refused(text, "extends", f"extends is a cycle: {chain}")
    try:
        base_text = read_text(path)
        base_table = tomllib.loads(base_text)
        base = _merge(base_text, base_table, folders_for(path, folders), (*seen, path.absolute()))
    except ExtendsError as error:
        if error.problem.message.startswith("extends is a cycle"):
            raise _refused(text, "extends", error.problem.message) from error
        raise _refused(text, "extends", inherited_problem(name, error.problem)) from error
    except EngineError as error:
        raise _refused(text, "extends", f"extends: {error.message.removesuffix('.')}") from error
    except (ValueError, RecursionError) as error:
        raise _refused(text, "extends", f"extends {name}, which is not valid TOML") from error
    inherited = {key: value for key, value in deepcopy(base.table).items() if key not in HEADER}
    for key in without:
        if not isinstance(key, str) or not _remove(inherited, key.split(".")):
            raise _refused(text, "without", f"without: {name} has no key {key}")
    return MergedRecipe(_joined(inherited, table), (name, *base.extends))


def _joined(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of both; tables are joined key by key, and any other value of `own` replaces that of `base`."""
    joined = dict(base)
    for key, value in own.items():
        there = joined.get(key)
        both = isinstance(there, Mapping) and isinstance(value, Mapping)
        joined[key] = _joined(there, value) if both and isinstance(there, Mapping) else value
    return joined


def _remove(table: Any, keys: Sequence[str]) -> bool:
    """Removes a key by its path; returns whether it was there."""
    *outer, last = keys
    for key in outer:
        table = table.get(key) if isinstance(table, dict) else None
    return isinstance(table, dict) and table.pop(last, None) is not None


def _refused(text: str, key: str, message: str) -> ExtendsError:
    return ExtendsError(Problem((key,), line_of(text, (key,)), message, message))


def _not_found(name: str, folders: Sequence[Path]) -> str:
    known = sorted({path.stem for folder in (built_in_folder(), *folders) for path in folder.glob("[!.]*.toml")})
    asked = did_you_mean(name, known)
    return f"extends: there is no recipe “{name}”" + (f"; {asked[0].lower()}{asked[1:]}" if asked else "")
