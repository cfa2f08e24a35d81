"""The installed packages of the market that a delivery uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.deliver import CutRequest, Recipe, UsedPackage
from engine.deliver import recipe_lineage as ancestors_of
from engine.errors import RequestError

if TYPE_CHECKING:
    from engine.looks import Look


def packages_of(
    studio: Path, recipe: Recipe, looks: Iterable[Look], templates: Iterable[str] = ()
) -> tuple[UsedPackage, ...]:
    """The packages whose presets a recipe, looks or title templates are, or extend."""
    if not (studio / "market" / "installed.json").is_file():
        return ()
    from engine.market import installed, obligations_of

    names = {*_of_recipe(studio, recipe), *templates}
    for look in looks:
        names |= {look.name, *look.extends}
    used = []
    for one in installed(studio):
        if one.preset in names:
            owed = obligations_of(one.choice)
            used.append(
                UsedPackage(
                    package=one.manifest.id,
                    version=one.manifest.version,
                    sha256=one.sha256,
                    licence=one.choice,
                    commercial=owed.commercial,
                    obligations=tuple(owed.words()),
                    attribution=_credit(one.manifest.attribution, one.manifest.id) if owed.attribution else "",
                    presets=(one.preset,),
                )
            )
    return tuple(used)


def cut_packages(studio: Path, order: CutRequest) -> tuple[UsedPackage, ...]:
    """The packages that the film of a cut uses."""
    return packages_of(studio, order.recipe, order.looks.values(), {title.template for title in order.cut.titles})


def _of_recipe(studio: Path, recipe: Recipe) -> Iterator[str]:
    yield recipe.name
    try:
        yield from ancestors_of(recipe.name, studio / "recipes")
    except RequestError:
        # The recipe has been removed since; the job has its text.
        return
    finally:
        if recipe.sound and recipe.sound.dialog:
            yield Path(recipe.sound.dialog).stem


def _credit(attribution: str, package: str) -> str:
    return attribution or package
