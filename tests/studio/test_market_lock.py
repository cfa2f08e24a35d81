"""Locks of projects: an update of the market changes no picture, a change of the lock does."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.catalog import Project
from engine.deliver import load_recipe
from engine.errors import EngineError, RequestError
from engine.looks import load_look
from engine.market import (
    Catalogue,
    InstalledPackage,
    check_vendored,
    install,
    installed,
    read_lock,
    unlock_package,
    vendored_path,
)
from engine.market.catalogue import CATALOGUE, offer_of
from engine.studio import ProjectCuts, Studio, cut_still, lock_project, remove_package, update_lock
from engine.tasks import packages_of
from engine.timeline import add_title, set_look
from engine.titles import load_title
from engine.transfer import import_footage

from ..market.packages import look_package, made, preset_bytes

OTHER = {"item.toml": preset_bytes("look", "monochrome")}


@pytest.fixture
def project(studio: Studio, small_take: Path) -> Project:
    """A project with the cut film, whose clips have the look ada/dusk 1.0.0."""
    project = studio.new_project("p")
    assert not import_footage(studio.catalog, studio.folder, project, [small_take]).failed
    record = install(studio.folder, look_package(), "main")
    cuts = ProjectCuts(studio, project)
    cut = cuts.new("film")
    cuts.add(set_look(cut, [clip.id for clip in cut.clips], record.preset))
    return project


def still(studio: Studio, project: Project) -> bytes:
    return cut_still(studio, project, ProjectCuts(studio, project).read("film"), 3, 160).picture.tobytes()


def revoke(studio: Studio, package: InstalledPackage, reason: str) -> None:
    """The last verified catalogue of the repository main, in which a package is revoked."""
    offer = offer_of(package.manifest, package.sha256, 1).model_copy(update={"revoked": reason})
    path = studio.folder / "market" / "repositories" / "main" / "targets" / CATALOGUE
    path.parent.mkdir(parents=True)
    path.write_text(Catalogue(packages=(offer,)).model_dump_json())


def test_a_new_version_changes_a_project_when_its_lock_is_changed(studio: Studio, project: Project) -> None:
    folder = studio.folder / project.folder
    (locked,) = lock_project(studio, project)
    assert (locked.package, locked.version, check_vendored(folder, locked)) == ("ada/dusk", "1.0.0", "unchanged")
    before = still(studio, project)

    install(studio.folder, made(OTHER, version="1.1.0"), "main")
    assert lock_project(studio, project) == (locked,)
    assert still(studio, project) == before

    change = update_lock(studio, project, "ada/dusk")
    assert (change.before, change.after, change.cuts) == (("1.0.0",), "1.1.0", ("film",))
    assert still(studio, project) != before
    (now,) = read_lock(folder).packages
    assert now.version == "1.1.0"
    assert [path.name for path in (folder / "packages").glob("*.cwpkg")] == [f"{now.sha256}.cwpkg"]

    assert update_lock(studio, project, "ada/dusk", "1.0.0").cuts == ("film",)
    assert still(studio, project) == before


def test_a_lock_is_text_that_is_the_same_each_time(studio: Studio, project: Project) -> None:
    path = studio.folder / project.folder / "packages.lock.toml"
    (locked,) = lock_project(studio, project)
    text = path.read_bytes()
    unlock_package(path.parent, locked)
    assert read_lock(path.parent).packages == ()
    lock_project(studio, project)
    assert path.read_bytes() == text
    path.write_text("format = ")
    with pytest.raises(EngineError, match=r"packages\.lock\.toml"):
        read_lock(path.parent)


def test_a_removed_package_stays_for_projects_that_use_it(studio: Studio, project: Project) -> None:
    lock_project(studio, project)
    before = still(studio, project)
    (record,) = installed(studio.folder)
    assert remove_package(studio.folder, record) == [project.folder]
    assert installed(studio.folder) == ()
    assert still(studio, project) == before
    look = load_look(record.preset, studio.folder / "looks")
    recipe, folder = load_recipe("podcast"), studio.folder / project.folder
    assert packages_of(studio.folder, recipe, [look]) == ()
    (used,) = packages_of(studio.folder, recipe, [look], project=folder)
    assert (used.sha256, used.package, used.presets) == (record.sha256, "ada/dusk", (record.preset,))
    # It can be installed again, although its preset is there.
    assert install(studio.folder, look_package(), "main").sha256 == record.sha256
    vendored_path(folder, record.sha256).write_bytes(b"PK")
    remove_package(studio.folder, record)
    with pytest.raises(EngineError, match=r"copy of ada/dusk 1\.0\.0 in p is changed"):
        packages_of(studio.folder, recipe, [look], project=folder)


def test_a_revoked_package_has_no_new_use(studio: Studio, project: Project) -> None:
    """The project that has locked it renders; another one, and a plain file, get an error."""
    lock_project(studio, project)
    (record,) = installed(studio.folder)
    revoke(studio, record, "wrong table")
    look = load_look(record.preset, studio.folder / "looks")
    recipe = load_recipe("podcast")
    assert packages_of(studio.folder, recipe, [look], project=studio.folder / project.folder)
    for other in (None, studio.folder / "another"):
        with pytest.raises(RequestError, match=r"ada/dusk 1\.0\.0 was revoked: wrong table"):
            packages_of(studio.folder, recipe, [look], project=other)
    with pytest.raises(RequestError, match="was revoked"):
        update_lock(studio, project, "ada/dusk")


def test_only_what_is_locked_and_installed_is_changed(studio: Studio, project: Project) -> None:
    with pytest.raises(RequestError, match="has not locked ada/dusk"):
        update_lock(studio, project, "ada/dusk")
    lock_project(studio, project)
    with pytest.raises(RequestError, match=r"ada/dusk 2\.0\.0 is not installed"):
        update_lock(studio, project, "ada/dusk", "2.0.0")
    (record,) = installed(studio.folder)
    damaged = replace_archive(studio, record)
    unlock_package(studio.folder / project.folder, read_lock(studio.folder / project.folder).packages[0])
    with pytest.raises(EngineError, match=damaged):
        lock_project(studio, project)


def replace_archive(studio: Studio, record: InstalledPackage) -> str:
    path = studio.folder / "market" / "packages" / record.manifest.target
    path.write_bytes(b"PK")
    return "missing or was changed"


def test_a_caption_style_is_changed_like_a_title(studio: Studio, project: Project) -> None:
    content = {"item.toml": preset_bytes("title", "captions")}
    style = load_title(
        install(studio.folder, made(content, "caption-style", name="loud"), "").preset, studio.folder / "titles"
    )
    cuts = ProjectCuts(studio, project)
    cuts.edit("film", lambda cut: add_title(cut, style.name, style.revision, style.design, 0, 24, {}), "captions")
    assert lock_project(studio, project)
    other = {"item.toml": content["item.toml"].replace(b"size = ", b"size = 1", 1)}
    install(studio.folder, made(other, "caption-style", name="loud", version="1.1.0"), "")
    assert update_lock(studio, project, "ada/loud").after == "1.1.0"
    (title,) = cuts.read("film").titles
    assert title.template == "ada-loud-1-1-0"
    assert title.design != style.design
