"""Commands take the name of an installed package for that of its preset, and presets of the studio's own folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cwtui.cli import app
from cwtui.commands._packages import preset_of
from engine.errors import EngineError, RequestError
from engine.market import LOCK_FILE, find_installed, install, lock_package
from engine.science import load_science_recipe, science_recipes
from engine.sound import load_preset
from engine.studio import Studio, remove_package
from tests.market.packages import made, preset_bytes

SCIENCE = b'title = "Nebula"\n[stretch]\nsoftness = 0.25\n'


def test_a_name_of_a_package_is_that_of_its_newest_preset(tmp_path: Path) -> None:
    content = {"item.toml": preset_bytes("title", "captions")}
    for version in ("1.0.0", "1.10.0", "1.9.0"):
        install(tmp_path, made(content, "caption-style", version=version), "")
    assert preset_of("ada/dusk", tmp_path) == "ada-dusk-1-10-0"
    assert preset_of("ada/dusk@1.9.0", tmp_path) == "ada-dusk-1-9-0"
    with pytest.raises(RequestError, match="ada/dawn  is not installed"):
        preset_of("ada/dawn", tmp_path)
    # Other names, and paths, are what they are.
    for name in ("captions", "styles/own.toml", "/tmp/own.toml", "Ada/dusk"):
        assert preset_of(name, tmp_path) == name
    shown = CliRunner().invoke(app, ["--studio", str(tmp_path), "title", "show", "ada/dusk", "--json"])
    assert json.loads(shown.stdout)["kind"] == "captions"


def test_a_name_of_a_package_is_the_version_that_the_project_has_locked(studio: Studio) -> None:
    """An update of the market changes no frame, sound or film of a project: not by any command that takes a name."""
    folder = studio.folder
    first, second = studio.new_project("first"), studio.new_project("second")
    content = {"item.toml": preset_bytes("look", "film-print")}
    lock_package(folder / first.folder, folder, install(folder, made(content, version="1.0.0"), ""))
    install(folder, made(content, version="1.1.0"), "")
    assert preset_of("ada/dusk", folder, "first") == "ada-dusk-1-0-0"
    assert preset_of("ada/dusk@1.1.0", folder, "first") == "ada-dusk-1-1-0"
    assert preset_of("ada/dusk", folder, "second") == "ada-dusk-1-1-0"
    studio.catalog.set_current_project(first)
    assert preset_of("ada/dusk", folder) == "ada-dusk-1-0-0"
    studio.catalog.set_current_project(second)
    assert preset_of("ada/dusk", folder) == "ada-dusk-1-1-0"
    # A locked version counts also when it is no longer installed.
    remove_package(folder, find_installed(folder, "ada/dusk", "1.0.0"))
    assert preset_of("ada/dusk@1.0.0", folder, "first") == "ada-dusk-1-0-0"
    with pytest.raises(RequestError, match=r"ada/dusk 1\.0\.0 is not installed"):
        preset_of("ada/dusk@1.0.0", folder, "second")
    with pytest.raises(RequestError, match="There is no project “third”"):
        preset_of("ada/dusk", folder, "third")
    (folder / first.folder / LOCK_FILE).write_text("format = ")
    with pytest.raises(EngineError, match=r"packages\.lock\.toml"):
        preset_of("ada/dusk", folder, "first")


def test_a_studio_has_science_recipes_and_sound_chains_of_packages(tmp_path: Path) -> None:
    science = install(tmp_path, made({"item.toml": SCIENCE}, "science-recipe"), "")
    sound = install(
        tmp_path, made({"item.toml": preset_bytes("sound-chain", "dialog")}, "sound-chain", name="close"), ""
    )
    assert science.preset in science_recipes(tmp_path / "science")
    assert load_science_recipe(science.preset, tmp_path / "science").stretch.softness == 0.25
    assert load_preset(sound.preset, tmp_path / "sound").name == sound.preset
    assert load_preset("dialog", tmp_path / "sound") == load_preset("dialog")
    listed = CliRunner().invoke(app, ["--studio", str(tmp_path), "science", "recipes", "--json"])
    assert science.preset in {one["name"] for one in json.loads(listed.stdout)}
    with pytest.raises(RequestError, match="no science recipe"):
        load_science_recipe("nebula", tmp_path / "science")
