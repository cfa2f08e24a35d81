"""The looks of a studio: built-in ones and its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from engine.file_stamp import FileStamp, read_stamp
from engine.inheritance import ExtendsError
from engine.looks.look import VERSION
from engine.looks.look_files import OWN_LOOKS, built_in_looks, look_names, look_problems, merged_look
from engine.looks.look_schema import with_look_schema, write_look_schema
from engine.own_presets import create_preset, read_partly
from engine.validation import Problem

_STARTING_KEYS = """order = "physical"

[exposure]
stops = 0.0
"""


@dataclass(frozen=True, slots=True)
class StoredLook:
    """A look: its file, its text, and whether it is one of the studio's own.

    `read_error` is the line (from 0) and the reason when the file could not be read completely. `stamp` is older than
    the text, so that a change of the file during reading is not missed.
    """

    name: str
    path: Path
    own: bool
    text: str
    read_error: tuple[int, str] | None = None
    stamp: FileStamp = None

    @property
    def title(self) -> str:
        """The look's own or inherited title; empty if there is none."""
        try:
            return str(merged_look(self.text, self.path).table.get("title", ""))
        except (ValueError, RecursionError, ExtendsError):
            return ""

    @property
    def replaces_built_in(self) -> bool:
        """Whether this is a look of the studio's own with the name of a built-in one."""
        return self.own and self.name in look_names()

    def problems(self) -> list[Problem]:
        """All errors in the look; empty if it is valid."""
        if self.read_error:
            line, message = self.read_error
            return [Problem((), line, message, message)]
        return look_problems(self.text, self.path)


def stored_look(path: Path, own: bool = True) -> StoredLook:
    """The look in a file."""
    stamp = read_stamp(path)
    text, read_error = read_partly(path)
    return StoredLook(path.stem, path, own, text, read_error, stamp)


def load_looks(folder: Path) -> dict[str, StoredLook]:
    """The looks of the studio in `folder` by name: its own replace built-in ones of the same name."""
    built_in = [stored_look(built_in_looks() / f"{name}.toml", own=False) for name in look_names()]
    own = [stored_look(path) for path in sorted((folder / OWN_LOOKS).glob("[!.]*.toml")) if path.is_file()]
    return {one.name: one for one in (*built_in, *own)}


def create_look(folder: Path, name: str, text: str) -> str:
    """Creates a look of the studio's own and returns its name. Its first line names the JSON Schema beside it.

    Raises RequestError as `create_preset`.
    """
    made = create_preset(folder / OWN_LOOKS, name, with_look_schema(text), word="look", built_in=look_names())
    write_look_schema(folder / OWN_LOOKS)
    return made


def new_look_text(title: str, extends: str | None = None) -> str:
    """The text of a new look: what it inherits, or else an effect to begin with."""
    titled = f"version = {VERSION}\ntitle = {json.dumps(title, ensure_ascii=False)}\n"
    if extends is not None:
        return f'{titled}extends = "{extends}"\n\n# Tables here replace keys of {extends}, effect by effect.\n'
    return f"{titled}{_STARTING_KEYS}"
