"""Commands take the name of an installed package for that of its preset, and presets of the studio's own folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cwtui.cli import app
from cwtui.commands._packages import preset_of
from engine.errors import RequestError
from engine.market import install
from engine.science import load_science_recipe, science_recipes
from engine.sound import load_preset
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
