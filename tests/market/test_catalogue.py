"""The first-party packages: all are valid, install, and have readable titles."""

from __future__ import annotations

import tempfile
import tomllib
from collections import Counter
from pathlib import Path

import pytest

import engine
from engine.looks import look_problems
from engine.market import Repository, TrustedRepository, install, load_key, new_key, open_package, pack
from engine.sound import load_preset
from engine.titles import find_title_problems

ROOT = Path(engine.__file__).parent.parent / "catalogue"
FOLDERS = sorted(path.parent for path in ROOT.glob("*/*/package.toml"))


COUNTS = {"looks": 11, "titles": 6, "sound-chains": 4, "caption-styles": 4, "intros": 1, "motion-graphics": 1}


def test_the_catalogue_has_packages_of_each_kind() -> None:
    assert Counter(folder.parent.name for folder in FOLDERS) == COUNTS
    assert {folder.parent.name.removesuffix("s") for folder in FOLDERS} == {pack_kind(folder) for folder in FOLDERS}


def pack_kind(folder: Path) -> str:
    """The kind that a manifest states."""
    return str(tomllib.loads((folder / "package.toml").read_text())["kind"])


@pytest.mark.parametrize("source", FOLDERS, ids=lambda folder: folder.name)
def test_a_package_installs_what_its_folder_has(source: Path, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    package = pack(source, tmp_path / "one")
    assert package.manifest.name == source.name
    assert bool(package.manifest.previews) == (package.manifest.kind != "sound-chain")
    record = install(tmp_path / "studio", open_package(package.archive, tmp_path / "two"), "main")
    (preset,) = (tmp_path / "studio" / name for name in record.files if name.endswith(".toml"))
    match package.manifest.kind:
        case "look":
            assert look_problems(preset.read_text(), preset) == []
        case "title" | "intro" | "motion-graphic" | "caption-style":
            assert find_title_problems(preset.read_text(), preset) == []
        case _:
            assert load_preset(str(preset)).title == package.manifest.title


def test_all_packages_fit_one_signed_repository(tmp_path: Path) -> None:
    owner = Repository(tmp_path / "repository", tmp_path / "keys")
    owner.create()
    new_key("cleanwater", tmp_path / "keys")
    owner.add_author("cleanwater", load_key("cleanwater", tmp_path / "keys").public_key)
    for source in FOLDERS:
        with tempfile.TemporaryDirectory() as scratch:
            owner.publish(pack(source, Path(scratch)), tmp_path / "keys")
    trusted = TrustedRepository.add(tmp_path / "trust", str(owner.folder), owner.root)
    offers = trusted.catalogue().search("")
    assert [offer.name for offer in offers] == sorted(source.name for source in FOLDERS)
    assert all(trusted.archive(offer) for offer in offers[:3])
