"""Installed packages: presets with the version in their names, and a record of what they owe."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import EngineError, RequestError
from engine.looks import load_look
from engine.market import check_files, find_installed, install, installed, remove

from .packages import look_package, made, preset_bytes
from .test_package import CUBE, LUT_LOOK


def test_another_version_is_another_preset(tmp_path: Path) -> None:
    first = install(tmp_path, look_package(), "main")
    look = load_look(first.preset, tmp_path / "looks")
    second = install(tmp_path, look_package(version="1.1.0", title="Dusk again"), "main")
    assert [one.preset for one in installed(tmp_path)] == ["ada-dusk-1-0-0", "ada-dusk-1-1-0"]
    assert load_look(first.preset, tmp_path / "looks").digest == look.digest
    assert find_installed(tmp_path, "ada/dusk") == second
    assert find_installed(tmp_path, "ada/dusk", "1.0.0") == first
    remove(tmp_path, first)
    assert installed(tmp_path) == (second,)
    assert [path.name for path in (tmp_path / "looks").glob("*.toml")] == ["ada-dusk-1-1-0.toml"]


def test_a_look_finds_its_table_in_the_studio(tmp_path: Path) -> None:
    record = install(tmp_path, made({"item.toml": LUT_LOOK, "table.cube": CUBE}), "")
    look = load_look(record.preset, tmp_path / "looks")
    assert Path(getattr(look.effects[0].effect, "file")).read_bytes().startswith(b"LUT_1D_SIZE 2")  # noqa: B009
    assert set(check_files(tmp_path, record).values()) == {"unchanged"}


def test_changed_and_missing_files_are_found(tmp_path: Path) -> None:
    record = install(tmp_path, look_package(), "main")
    look = tmp_path / "looks" / "ada-dusk-1-0-0.toml"
    look.write_text("title = 'mine'\n")
    (tmp_path / "market" / "packages" / "ada" / "dusk-1.0.0.cwpkg").unlink()
    assert sorted(check_files(tmp_path, record).values()) == ["changed", "missing"]
    # What the user changed is the user's.
    remove(tmp_path, record)
    assert look.exists()
    with pytest.raises(RequestError, match="belongs to no package"):
        install(tmp_path, look_package(), "main")


def test_a_licence_with_a_choice_needs_one(tmp_path: Path) -> None:
    package = look_package(licence="CC-BY-NC-4.0 OR CC-BY-4.0")
    with pytest.raises(RequestError, match="leaves a choice"):
        install(tmp_path, package, "")
    with pytest.raises(RequestError, match="does not leave the choice"):
        install(tmp_path, package, "", "MIT")
    assert installed(tmp_path) == ()
    assert install(tmp_path, package, "", "CC-BY-4.0").choice == "CC-BY-4.0"


def test_the_same_version_with_another_content_is_refused(tmp_path: Path) -> None:
    install(tmp_path, look_package(), "main")
    install(tmp_path, look_package(), "main")
    with pytest.raises(RequestError, match="with another content"):
        install(tmp_path, made({"item.toml": preset_bytes("look", "natural")}), "main")


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    install(tmp_path, look_package(), "")
    (tmp_path / "market" / "installed.json").write_text("{")
    with pytest.raises(EngineError, match="is damaged"):
        installed(tmp_path)
