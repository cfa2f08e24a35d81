"""Packages of every kind with some changed bytes, and what becomes of them, each by its number."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import numpy as np

from engine.errors import EngineError
from engine.market import MarketPackage, archive_bytes, install, manifest_bytes, open_package
from engine.market.font import rewritten_font
from engine.market.shader import compiled
from tests.point_shader.test_subset import mutated as mutated_shader

from .attack_fonts import laughs, small_font, with_table
from .packages import made, preset_bytes
from .test_clf import NODES, clf

CUBE = b"LUT_1D_SIZE 2\n0 0 0\n1 1 1\n"
TABLE_LOOK = b'version = 1\ntitle = "Print"\n[lut]\nfile = "table.clf"\n[grain]\nstrength = 2.0\n'
SCIENCE = b'title = "Nebula"\n[stretch]\nsoftness = 0.05\n'
# The cube of a look with a table is computed, which takes a hundred times as long as reading another package.
_TABLE_EVERY = 40


@cache
def packages() -> tuple[MarketPackage, ...]:
    """A small package of every kind whose files are read in this process; the last is a look with a table."""
    contents = {
        "look": {"item.toml": preset_bytes("look", "film-print")},
        "title": {"item.toml": preset_bytes("title", "title")},
        "intro": {"item.toml": preset_bytes("title", "intro")},
        "motion-graphic": {"item.toml": preset_bytes("title", "counter")},
        "caption-style": {"item.toml": preset_bytes("title", "captions")},
        "sound-chain": {"item.toml": preset_bytes("sound-chain", "dialog")},
        "recipe": {"item.toml": preset_bytes("recipe", "podcast")},
        "science-recipe": {"item.toml": SCIENCE},
    }
    made_of = [made(files, kind) for kind, files in contents.items()]
    table = {"item.toml": TABLE_LOOK, "table.clf": clf(NODES["lut3d"], NODES["cdl"]).encode()}
    return (*made_of, made({"t.cube": CUBE}, "lut", content="t.cube"), made(table))


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


def with_file(number: int, name: str, content: bytes) -> bytes:
    """The archive of a package with another file, whose manifest states its digest and its size."""
    package = packages()[number]
    before, after = (
        f'sha256 = "{sha256}"\nsize = {size}\n'.encode()
        for sha256, size in (
            (package.manifest.files[name].sha256, package.manifest.files[name].size),
            (hashlib.sha256(content).hexdigest(), len(content)),
        )
    )
    manifest = _manifest(number)
    assert manifest.count(before) == 1
    return archive_bytes({"package.toml": manifest.replace(before, after), **package.files, name: content})


@cache
def _manifest(number: int) -> bytes:
    return manifest_bytes(packages()[number].manifest)


def mutated_package(number: int) -> bytes:
    """The archive of a mutated package: of the archive's bytes, or of a file with a manifest that agrees."""
    random = np.random.default_rng(number)
    last = len(packages()) - 1
    chosen = last if number % _TABLE_EVERY == 0 else number % last
    package = packages()[chosen]
    name = sorted(package.files)[int(random.integers(len(package.files)))]
    if random.random() < 0.3:
        return mutated(package.archive, random)
    return with_file(chosen, name, mutated(package.files[name], random))


def attack_package(number: int, studio: Path, scratch: Path) -> bool:
    """Installs a mutated package into a studio's folder. Returns whether it is accepted, which needs the one form."""
    content = mutated_package(number)
    try:
        package = open_package(content, scratch)
        assert package.archive == content
        install(studio, package, "")
    except EngineError:
        return False
    return True


def attack_shader(number: int, studio: Path, scratch: Path) -> bool:
    """Compiles a mutated shader. Returns whether it is accepted."""
    try:
        compiled(mutated_shader(number).encode())
    except EngineError:
        return False
    return True


def attack_font(number: int, studio: Path, scratch: Path) -> bool:
    """Rewrites a mutated font. Returns whether it is accepted, which needs that the result is stable."""
    random = np.random.default_rng(number)
    content = bytearray(_font())
    for _ in range(int(random.integers(1, 6))):
        content[int(random.integers(12, len(content)))] = int(random.integers(256))
    try:
        # With right checksums, so that what is inside of its tables is read.
        mended = with_table(bytes(content), b"OS/2", lambda one: one)
    except Exception:
        mended = bytes(content)
    try:
        written = rewritten_font(mended)
    except EngineError:
        return False
    assert rewritten_font(written) == written
    return True


@cache
def _font() -> bytes:
    return small_font("feature liga { sub g0 g1 by g2; } liga;" + laughs(2), hinted=True)
