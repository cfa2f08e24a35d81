"""The recipes on the shelf: those that come with Cleanwater, those of one's own, and how each fared last."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from engine.batch import Request, ask, plan
from engine.catalog import Project, Review, Take
from engine.deliver import Delivered, Order, Prediction, Recipe, load_recipe, predict, read_receipt, recipe_names
from engine.errors import EngineError, RequestError
from engine.resources import resource_root
from engine.work import levels_path, read_levels

if TYPE_CHECKING:
    from engine.studio import Studio

OWN = "recipes"
# A prediction reads each take's levels.
_MOST = 200


@dataclass(frozen=True, slots=True)
class Recipes:
    """What is on the shelf, by name."""

    kept: dict[str, Kept]


@dataclass(frozen=True, slots=True)
class Kept:
    """A recipe: its file, its text, whether it is one's own; what its receipt in this project says.

    `unread` is where it could not be read, the line (from 0) and why; its text is what could be.
    """

    name: str
    path: Path
    own: bool
    text: str
    checks: int = 0
    failed: int = 0
    made_at: datetime | None = None
    unread: tuple[int, str] | None = None


def shelf(studio: Studio, project: Project | None) -> Recipes:
    """Every recipe there is, one's own last."""
    shipped = resource_root("presets") / "deliverables"
    paths = [shipped / f"{name}.toml" for name in recipe_names()]
    own = sorted(path for path in (studio.folder / OWN).glob("*.toml") if path.is_file())
    return Recipes({path.stem: _kept(studio, project, path, path in own) for path in (*paths, *own)})


def keep(studio: Studio, name: str, text: str) -> Path:
    """Writes a recipe of one's own. RequestError where the name is taken by one that comes with Cleanwater."""
    from engine.artefact import make_folder, write_whole

    if name in recipe_names():
        raise RequestError(f"{name} comes with Cleanwater and stays as it is.", "Choose another name for your own.")
    path = studio.folder / OWN / f"{name}.toml"
    make_folder(path.parent)
    write_whole(path, text.encode())
    return path


def predictions(
    studio: Studio, project: Project, recipe: Recipe, takes: Sequence[tuple[Take, Review]]
) -> list[Prediction]:
    """What a recipe would make of takes as they are trimmed, of the first 200 of them."""
    before: list[Delivered] = []
    with suppress(EngineError):
        before = [
            one
            for one in read_receipt(studio.folder / project.folder / "deliverables" / recipe.name).deliveries
            if one.recipe_digest == recipe.digest
        ]
    found = []
    for take, review in takes[:_MOST]:
        footage = studio.subject_unprobed(take).footage
        trim = (review.starts or Fraction(0), review.ends)
        order = Order(footage, take.label, recipe, take.input_transform, *trim)
        loudness = None
        with suppress(EngineError):
            loudness = read_levels(levels_path(studio, take)).loudness
        found.append(predict(order, loudness, before))
    return found


def deliver(studio: Studio, project: Project, path: Path, takes: Sequence[tuple[Take, Review]]) -> str:
    """Asks for a recipe's deliverables of takes as they are trimmed; what there is to say of it."""
    recipe = load_recipe(str(path))
    plans, refused = [], []
    for take, review in takes:
        trim = (review.starts or Fraction(0), review.ends)
        request = Request(recipe, (str(take.number),), project.name, *trim)
        try:
            plans.append(plan(studio, request))
        except EngineError as error:
            refused.append(error.message)
    if not plans:
        raise RequestError(f"There is nothing for {recipe.name} to deliver.", refused[0] if refused else "")
    asked = ask(studio, plans)
    told = f"{recipe.name}: {len(asked)} asked for"
    return f"{told}; {len(refused)} cannot be: {refused[0]}" if refused else f"{told}."


def _kept(studio: Studio, project: Project | None, path: Path, own: bool) -> Kept:
    text, unread = _read(path)
    folder = studio.folder / project.folder / "deliverables" / path.stem if project else None
    try:
        made = read_receipt(folder).deliveries if folder else ()
    except EngineError:
        made = ()
    checks = [check for one in made for check in one.checks]
    last = max((one.made_at for one in made), default=None)
    return Kept(path.stem, path, own, text, len(checks), sum(not check.passed for check in checks), last, unread)


def _read(path: Path) -> tuple[str, tuple[int, str] | None]:
    try:
        content = path.read_bytes()
        return content.decode(), None
    except OSError as error:
        return "", (0, f"it cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start)
        return content.decode(errors="replace"), (line, "it is not UTF-8: save it as UTF-8 in its own editor")
