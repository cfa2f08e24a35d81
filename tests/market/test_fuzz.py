"""Mutated packages of every kind: each is refused by an error of our own, or is a valid package in its one form."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from engine.errors import EngineError
from engine.market import MarketPackage, archive_bytes, manifest_bytes, open_package
from engine.market.manifest import PackageFile

from .packages import made, opened, preset_bytes
from .test_clf import NODES, clf

CUBE = b"LUT_1D_SIZE 2\n0 0 0\n1 1 1\n"
LUT_LOOK = b'version = 1\ntitle = "Print"\n[lut]\nfile = "table.clf"\n[grain]\nstrength = 2.0\n'
SCIENCE = b'title = "Nebula"\n[stretch]\nsoftness = 0.05\n'


@cache
def packages() -> tuple[MarketPackage, ...]:
    """A small package of every kind whose files are read in this process."""
    contents = {
        "look": {"item.toml": LUT_LOOK, "table.clf": clf(NODES["lut3d"], NODES["cdl"]).encode()},
        "title": {"item.toml": preset_bytes("title", "title")},
        "intro": {"item.toml": preset_bytes("title", "intro")},
        "motion-graphic": {"item.toml": preset_bytes("title", "counter")},
        "caption-style": {"item.toml": preset_bytes("title", "captions")},
        "sound-chain": {"item.toml": preset_bytes("sound-chain", "dialog")},
        "recipe": {"item.toml": preset_bytes("recipe", "podcast")},
        "science-recipe": {"item.toml": SCIENCE},
    }
    made_of = [made(files, kind) for kind, files in contents.items()]
    return (*made_of, made({"t.cube": CUBE}, "lut", content="t.cube"))


def mutated(content: bytes, random: np.random.Generator) -> bytes:
    """A file with some bytes that were changed, doubled or removed."""
    changed = bytearray(content)
    for _ in range(int(random.integers(1, 5))):
        place = int(random.integers(len(changed)))
        match int(random.integers(4)):
            case 0:
                changed[place] = int(random.integers(256))
            case 1:
                changed[place] = int(random.integers(32, 127))
            case 2:
                end = place + int(random.integers(1, 30))
                changed[place:end] = changed[place:end] * 2
            case _:
                del changed[place : place + int(random.integers(1, 30))]
        if not changed:
            return b""
    return bytes(changed)


def with_file(package: MarketPackage, name: str, content: bytes) -> bytes:
    """The archive of a package with another file, whose manifest states its digest."""
    files = {**package.files, name: content}
    listed = {
        one: PackageFile(sha256=hashlib.sha256(data).hexdigest(), size=len(data)) for one, data in sorted(files.items())
    }
    manifest = package.manifest.model_copy(update={"files": listed})
    return archive_bytes({"package.toml": manifest_bytes(manifest), **files})


def attack(seed: int) -> bool:
    """Opens a mutated package. Returns whether it is accepted, which only a package of the one form is."""
    random = np.random.default_rng(seed)
    package = packages()[seed % len(packages())]
    name = sorted(package.files)[int(random.integers(len(package.files)))]
    whole = random.random() < 0.3
    content = (
        mutated(package.archive, random) if whole else with_file(package, name, mutated(package.files[name], random))
    )
    try:
        return opened(content).archive == content
    except EngineError:
        return False


def test_every_kind_has_one_form() -> None:
    for package in packages():
        assert opened(package.archive) == package


def test_mutated_packages_are_refused_or_valid() -> None:
    accepted = [attack(seed) for seed in range(60)]
    assert not all(accepted)


@pytest.mark.slow
def test_many_mutated_packages_are_refused_or_valid() -> None:
    accepted = sum(attack(seed) for seed in range(10_000, 13_000))
    assert accepted < 600


@pytest.mark.parametrize("kind", ["intro", "motion-graphic", "caption-style"])
def test_a_kind_has_templates_of_its_own(kind: str, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=f"is no {kind}: its kind is lower-third"):
        made({"item.toml": preset_bytes("title", "lower-third")}, kind)
    with pytest.raises(EngineError, match="package"):
        open_package(b"PK\x05\x06" + bytes(18), tmp_path)
