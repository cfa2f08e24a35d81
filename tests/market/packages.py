"""Packages of the tests, made from the built-in presets."""

from __future__ import annotations

import tempfile
from pathlib import Path

from engine.market import MarketPackage, open_package, pack
from engine.resources import resource_root

FOLDERS = {"look": "looks", "title": "titles", "sound-chain": "sound", "recipe": "deliverables"}


def manifest_text(kind: str = "look", content: str = "item.toml", **fields: str) -> str:
    """The text of a manifest; `fields` replace its values."""
    values = {
        "kind": kind,
        "author": "ada",
        "name": "dusk",
        "version": "1.0.0",
        "title": "Dusk",
        "licence": "CC0-1.0",
        "content": content,
        **fields,
    }
    return "".join(f'{key} = "{value}"\n' for key, value in values.items())


def source_folder(folder: Path, files: dict[str, bytes], kind: str = "look", **fields: str) -> Path:
    """A folder with the files of a package and its manifest."""
    for name, content in {**files, "package.toml": manifest_text(kind, **fields).encode()}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def preset_bytes(kind: str, name: str) -> bytes:
    """A built-in preset."""
    return (resource_root("presets") / FOLDERS[kind] / f"{name}.toml").read_bytes()


def made(files: dict[str, bytes], kind: str = "look", **fields: str) -> MarketPackage:
    """The package of files."""
    with tempfile.TemporaryDirectory() as source, tempfile.TemporaryDirectory() as scratch:
        return pack(source_folder(Path(source), files, kind, **fields), Path(scratch))


def look_package(**fields: str) -> MarketPackage:
    """A package with the look Film print."""
    return made({"item.toml": preset_bytes("look", "film-print")}, **fields)


def opened(content: bytes) -> MarketPackage:
    """The package of an archive."""
    with tempfile.TemporaryDirectory() as scratch:
        return open_package(content, Path(scratch))
