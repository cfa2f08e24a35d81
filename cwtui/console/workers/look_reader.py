"""Reads the looks of a studio for Look: their parameters, or their errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from engine.catalog import Project
    from engine.file_stamp import FileStamp
    from engine.looks import Parameter
    from engine.studio import Studio


@dataclass(frozen=True, slots=True)
class ListedLook:
    """A look of the studio. `parameters` are in its order; `error` names the lines of a look that is not valid.

    `reads` are the products of a take that it needs, as the options of `cwtui perceive` name them. `stamp` is that of
    the file before it was read, so that a later change of the file shows.
    """

    name: str
    title: str
    own: bool
    path: Path
    parameters: tuple[Parameter, ...] = ()
    error: str = ""
    reads: tuple[str, ...] = ()
    stamp: FileStamp = None


class LooksRead(Message):
    """The looks of the studio, by name: built-in ones, and its own."""

    def __init__(self, looks: tuple[ListedLook, ...]) -> None:
        super().__init__()
        self.looks = looks


def read_looks(post: Callable[[Message], object]) -> Callable[[Studio, Project | None], None]:
    """Work for the studio worker that posts LooksRead."""

    def read(studio: Studio, _: Project | None) -> None:
        post(LooksRead(listed_looks(studio.folder)))

    return read


def listed_looks(folder: Path) -> tuple[ListedLook, ...]:
    """The looks of the studio in a folder."""
    from engine.errors import EngineError
    from engine.looks import OWN_LOOKS, load_looks, parameters_of, products_of, read_look

    found = []
    for one in load_looks(folder).values():
        try:
            look = read_look(one.text, one.path, folder / OWN_LOOKS)
        except EngineError as error:
            text = f"{error.message} {error.hint}"
            found.append(ListedLook(one.name, one.title, one.own, one.path, error=text, stamp=one.stamp))
        else:
            parameters, reads = tuple(parameters_of(look).values()), products_of(look)
            found.append(ListedLook(one.name, look.title, one.own, one.path, parameters, "", reads, one.stamp))
    # The looks of one's own first.
    return tuple(sorted(found, key=lambda one: (not one.own, one.name)))
