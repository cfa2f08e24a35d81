"""The installed packages of the market that a delivery uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.deliver import CutRequest, Recipe, UsedPackage
from engine.deliver import recipe_lineage as ancestors_of
from engine.errors import RequestError
from engine.tasks.project_packages import refuse_revoked

if TYPE_CHECKING:
    from engine.looks import Look
    from engine.market import PackageManifest


def packages_of(
    studio: Path,
    recipe: Recipe,
    looks: Iterable[Look],
    templates: Iterable[str] = (),
    project: Path | None = None,
) -> tuple[UsedPackage, ...]:
    """The packages whose presets a recipe, looks or title templates are, or extend.

    Those that the folder of a `project` has locked count also when they are no longer installed. Raises RequestError if
    one was revoked, and the project has not used it before.
    """
    if not (studio / "market").is_dir() and project is None:
        return ()
    names = {*_of_recipe(studio, recipe), *templates}
    for look in looks:
        names |= {look.name, *look.extends}
    used = tuple(_used(*found) for found in _known(studio, project, names))
    refuse_revoked(studio, project, used)
    return used


def cut_packages(studio: Path, order: CutRequest, project: Path | None = None) -> tuple[UsedPackage, ...]:
    """The packages that the film of a cut uses; `project` as in `packages_of`."""
    templates = {title.template for title in order.cut.titles}
    return packages_of(studio, order.recipe, order.looks.values(), templates, project)


def _known(studio: Path, project: Path | None, names: set[str]) -> list[tuple[PackageManifest, str, str]]:
    """The manifest, the digest and the licence of packages by their presets: installed ones, and those of a lock."""
    from engine.market import installed, locked_manifest, read_lock

    found = {one.preset: (one.manifest, one.sha256, one.choice) for one in installed(studio) if one.preset in names}
    if project:
        missing = [one for one in read_lock(project).packages if one.preset in names and one.preset not in found]
        found |= {one.preset: (locked_manifest(project, one), one.sha256, one.choice) for one in missing}
    return list(found.values())


def _used(manifest: PackageManifest, sha256: str, choice: str) -> UsedPackage:
    from engine.market import obligations_of, preset_name

    owed = obligations_of(choice)
    return UsedPackage(
        package=manifest.id,
        version=manifest.version,
        sha256=sha256,
        licence=choice,
        commercial=owed.commercial,
        obligations=tuple(owed.words()),
        attribution=_credit(manifest.attribution, manifest.id) if owed.attribution else "",
        presets=(preset_name(manifest),),
    )


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
