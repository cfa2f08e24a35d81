"""TOML presets that extend others of their kind: finds them by name, and merges their keys."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.suggestion import did_you_mean
from engine.validation import Problem, line_of, read_text

HEADER = ("version", "extends", "without")
"""The keys of a preset's text that no other one inherits."""


class ExtendsError(Exception):
    """A preset cannot be merged with the one that it extends. `problem` has the key and its line."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class MergedTable:
    """The keys of a preset with those that it inherits. `extends` are the names of its ancestors, the nearest first."""

    table: dict[str, Any]
    extends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PresetKind:
    """A kind of presets: the word for one in messages, as “recipe”, and the folder of the built-in ones.

    The keys `files` of its tables, and of the tables of its lists, are paths, relative to the preset that they are
    written in; `words` are values of these keys that are no paths.
    """

    word: str
    built_in: Path
    files: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def names(self) -> list[str]:
        """The names of the built-in ones, sorted."""
        return sorted(path.stem for path in self.built_in.glob("*.toml"))

    def find(self, name: str, folders: Sequence[Path], seen: Sequence[Path] = ()) -> Path | None:
        """The file of a preset: the first one in `folders`, or else a built-in one.

        Files in `seen` are only found if there is no other: one that replaces a built-in one may extend that one.
        """
        paths = [path for folder in (*folders, self.built_in) if (path := folder / f"{name}.toml").is_file()]
        return next((path for path in paths if path.absolute() not in seen), paths[0] if paths else None)

    def folders_for(self, path: Path | None, own: Path | None) -> Sequence[Path]:
        """The folders in which the preset in `path` finds others: its own and `own`; a built-in one has none."""
        if path is not None and path.parent == self.built_in:
            return ()
        return [folder for folder in (path.parent if path else None, own) if folder is not None]

    def merge(self, text: str, table: Mapping[str, Any], path: Path | None, own: Path | None) -> MergedTable:
        """Merges the parsed `table` of a text with the presets that it extends, found by `folders_for`.

        Tables are merged key by key; a list or another value replaces the inherited one. `path` is the text's file.

        Raises ExtendsError if one is not found, extends itself, or is not valid TOML, or if `without` removes a key
        that is not inherited.
        """
        whole = self.with_paths(table, path.parent) if path else table
        return _merge(self, text, whole, self.folders_for(path, own), (path.absolute(),) if path else ())

    def with_paths(self, table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        """A parsed text with absolute paths of files."""
        made = dict(table)
        for name, inner in table.items():
            if isinstance(inner, Mapping):
                made[name] = self._located(inner, folder)
            elif isinstance(inner, list):
                made[name] = [self._located(one, folder) if isinstance(one, Mapping) else one for one in inner]
        return made

    def _located(self, table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        paths = {key: table[key] for key in self.files if isinstance(table.get(key), str)}
        known = {key: path for key, path in paths.items() if path not in self.words and not path.startswith("~")}
        return {**table, **{key: str((folder / path).absolute()) for key, path in known.items()}}


def inherited_problem(name: str, problem: Problem) -> str:
    """The sentence about an error of the preset `name` that another one extends."""
    line = "" if problem.line is None else f" in its line {problem.line + 1}"
    return f"extends {name}, which has an error{line}: {problem.message}"


def _merge(
    kind: PresetKind, text: str, table: Mapping[str, Any], folders: Sequence[Path], seen: tuple[Path, ...]
) -> MergedTable:
    name, without = table.get("extends"), table.get("without", ())
    if not isinstance(name, str) or not isinstance(without, list | tuple):
        if without and name is None:
            raise _refused(text, "without", "without needs extends: it removes inherited keys")
        return MergedTable(dict(table))
    path = kind.find(name, folders, seen)
    if path is None:
        raise _refused(text, "extends", _not_found(kind, name, folders))
    if path.absolute() in seen:
        chain = " → ".join([*(one.stem for one in seen), name])
        raise _refused(text, "extends", f"extends is a cycle: {chain}")
    try:
        base_text = read_text(path)
        base_table = kind.with_paths(tomllib.loads(base_text), path.parent)
        inner = () if path.parent == kind.built_in else folders
        base = _merge(kind, base_text, base_table, inner, (*seen, path.absolute()))
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
    return MergedTable(_joined(inherited, table), (name, *base.extends))


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


def _not_found(kind: PresetKind, name: str, folders: Sequence[Path]) -> str:
    known = sorted({path.stem for folder in (kind.built_in, *folders) for path in folder.glob("[!.]*.toml")})
    asked = did_you_mean(name, known)
    return f"extends: there is no {kind.word} “{name}”" + (f"; {asked[0].lower()}{asked[1:]}" if asked else "")
