"""The files that the contents of packages name: lookup tables and point shaders of looks, fonts of titles.

Each is checked strictly and written again in one form. A content names a file of its own package, beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from engine.errors import RequestError
from engine.market.clf import canonical_clf
from engine.market.cube import cube_bytes, read_cube
from engine.market.font import FONT_SUFFIXES, canonical_font
from engine.market.manifest import PackageKind, PackageManifest
from engine.market.shader import canonical_shader
from engine.point_shader import SUFFIX as SHADER_SUFFIX

LUT_SUFFIXES = (".cube", ".clf")
TEMPLATES: Mapping[PackageKind, tuple[str, ...]] = {
    "intro": ("intro",),
    "motion-graphic": ("counter", "progress"),
    "caption-style": ("captions",),
}
"""The kinds of packages that are title templates of certain kinds; a package "title" has any template."""
TITLES: tuple[PackageKind, ...] = ("title", *TEMPLATES)
"""The kinds of packages that contain a title template."""

SIDE_SUFFIXES = (*LUT_SUFFIXES, SHADER_SUFFIX, *FONT_SUFFIXES)

_POINT = "point"
_EFFECT = "effect"


def canonical_file(name: str, content: bytes) -> bytes:
    """A table, a shader or a font as Cleanwater writes it. Raises RequestError with the reason."""
    match PurePosixPath(name).suffix:
        case ".cube":
            return cube_bytes(read_cube(content, name))
        case ".clf":
            return canonical_clf(content, name)
        case ".wgsl":
            return canonical_shader(content, name)
        case _:
            return canonical_font(content, name)


def named_files(manifest: PackageManifest, table: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[str]:
    """The names of the files that a content names. Raises RequestError if the package does not have one."""
    folder = PurePosixPath(manifest.content).parent
    for value, suffixes in _named(manifest.kind, table):
        name = (folder / value).as_posix()
        if name not in files or not name.endswith(suffixes):
            raise RequestError(
                f"{manifest.content} names {value!r}, which is no {' or '.join(suffixes)} file of the package.",
                "Put the file into the package.",
            )
        yield name


def _named(kind: PackageKind, table: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The values that name files, with the endings that they may have."""
    if kind == "look":
        for effect, value in table.items():
            if isinstance(value, Mapping) and isinstance(value.get("file"), str):
                yield value["file"], (SHADER_SUFFIX,) if value.get(_EFFECT, effect) == _POINT else LUT_SUFFIXES
    elif kind in TITLES:
        for layer in layers if isinstance(layers := table.get("layers"), list) else ():
            font = layer.get("font") if isinstance(layer, Mapping) else None
            if isinstance(font, str) and ("." in font or "/" in font):
                yield font, FONT_SUFFIXES


def with_names(kind: PackageKind, content: bytes, folder: PurePosixPath, names: Mapping[str, str]) -> bytes:
    """A content whose files have other names."""
    import tomlkit

    document: Any = tomlkit.parse(content.decode())
    key = "file" if kind == "look" else "font"
    tables = document.values() if kind == "look" else document.get("layers", ())
    for value in tables:
        if isinstance(value, dict) and key in value and (name := (folder / str(value[key])).as_posix()) in names:
            value[key] = names[name]
    return tomlkit.dumps(document).encode()
