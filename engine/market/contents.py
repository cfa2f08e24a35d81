"""The contents of packages: strict readers, and the form in which Cleanwater writes them again.

What is installed was written here, not by the author: comments, unknown keys and everything that a parser might read in
another way are gone. Nothing in a package is code, and nothing in it names a file outside of it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from engine.errors import RequestError
from engine.market.font import FONT_SUFFIXES
from engine.market.homographs import refuse_homographs
from engine.market.manifest import PackageKind, PackageManifest
from engine.market.side_files import LUT_SUFFIXES, TEMPLATES, canonical_file, named_files

_MOST_DEPTH = 12
# The keys of an effect's file, and of a font or a picture that only its own machine has.
_FILE = "file"


def canonical_content(manifest: PackageManifest, files: Mapping[str, bytes], scratch: Path) -> dict[str, bytes]:
    """The files of a package's content, written again, by name. `scratch` is an empty folder for the work.

    Raises RequestError with the file and the reason.
    """
    for key in ("title", "summary", "attribution"):
        refuse_homographs(key, getattr(manifest, key))
    content = files.get(manifest.content)
    if content is None:
        raise _refusal(manifest.content, "is missing", "Name a file of the package as the content.")
    if manifest.kind == "lut":
        if not manifest.content.endswith(LUT_SUFFIXES):
            raise _refusal(manifest.content, "is no lookup table", f"Use {' or '.join(LUT_SUFFIXES)}.")
        table_bytes = canonical_file(manifest.content, content)
        if manifest.content.endswith(".clf"):
            _check_by_ocio(table_bytes, scratch / PurePosixPath(manifest.content).name)
        return {manifest.content: table_bytes}
    table = _read_table(manifest.content, content)
    tables = {name: canonical_file(name, files[name]) for name in sorted(named_files(manifest, table, files))}
    for name, written in {manifest.content: content, **tables}.items():
        (scratch / name).parent.mkdir(parents=True, exist_ok=True)
        (scratch / name).write_bytes(written)
    values = _READERS[manifest.kind](scratch / manifest.content, scratch)
    for keys, value in _strings(values):
        if value.startswith(("/", "~", "\\")) or ".." in PurePosixPath(value).parts:
            raise _refusal(manifest.content, f"names the path {value!r} in {'.'.join(keys)}", "Remove the path.")
    return {manifest.content: _toml(values), **tables}


def _check_by_ocio(content: bytes, path: Path) -> None:
    """Raises RequestError if OpenColorIO, which applies the table later, refuses it."""
    from engine.picture import bake_lut

    path.write_bytes(content)
    bake_lut(path, "ACEScct", "ACEScct")


def content_files(manifest: PackageManifest, files: Mapping[str, bytes]) -> set[str]:
    """The names of the files that belong to the content: itself, and those that it names."""
    if manifest.kind == "lut" or manifest.content not in files:
        return {manifest.content}
    table = _read_table(manifest.content, files[manifest.content])
    return {manifest.content, *named_files(manifest, table, files)}


def _look(path: Path, scratch: Path) -> dict[str, Any]:
    from engine.looks import read_look

    look = read_look(_text(path), path)
    header = {"version": look.version, "title": look.title, "description": look.description, "order": look.order}
    effects: dict[str, Any] = {}
    for one in look.effects:
        table = {"effect": one.effect.kind, **one.effect.model_dump(mode="json", exclude_none=True)}
        if _FILE in table:
            # A look's files are beside it.
            table[_FILE] = Path(table[_FILE]).resolve().relative_to(path.parent.resolve()).as_posix()
        effects[one.name] = table
    return {**header, **effects}


def _title(path: Path, scratch: Path) -> dict[str, Any]:
    from engine.titles import read_title

    template = read_title(_text(path), path)
    values = template.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    for layer in values["layers"]:
        if layer.get("font", "").endswith(FONT_SUFFIXES):
            # A template's fonts are beside it.
            layer["font"] = Path(layer["font"]).resolve().relative_to(path.parent.resolve()).as_posix()
    return _without(values, "name")


def _template_of(kind: PackageKind) -> Callable[[Path, Path], dict[str, Any]]:
    """The reader of a template that must be of one of the kinds of TEMPLATES."""

    def read(path: Path, scratch: Path) -> dict[str, Any]:
        values = _title(path, scratch)
        if values.get("kind", "title") not in TEMPLATES[kind]:
            raise _refusal(
                path.name, f"is no {kind}: its kind is {values.get('kind', 'title')}",
                f"Set its kind to {' or '.join(TEMPLATES[kind])}, or that of the package to title.",
            )  # fmt: skip
        return values

    return read


def _sound_chain(path: Path, scratch: Path) -> dict[str, Any]:
    from engine.sound import load_preset

    preset = load_preset(str(path))
    if preset.plugin:
        raise _refusal(path.name, "loads a plug-in", "Remove [plugin]: packages contain no code and load none.")
    return _without(preset.model_dump(mode="json", by_alias=True, exclude_none=True), "name")


def _recipe(path: Path, scratch: Path) -> dict[str, Any]:
    from engine.deliver import read_recipe

    recipe = read_recipe(_text(path), path)
    if recipe.cover.image is not None:
        raise _refusal(path.name, "has a cover's image", "Remove cover.image: a cover belongs to a project.")
    return _without(recipe.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True), "name")


def _science_recipe(path: Path, scratch: Path) -> dict[str, Any]:
    from engine.science import parse_science_recipe

    recipe = parse_science_recipe(_text(path), path.name)
    return recipe.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)


_READERS: Mapping[PackageKind, Callable[[Path, Path], dict[str, Any]]] = {
    "look": _look,
    "title": _title,
    **{kind: _template_of(kind) for kind in TEMPLATES},
    "sound-chain": _sound_chain,
    "recipe": _recipe,
    "science-recipe": _science_recipe,
}


def _read_table(name: str, content: bytes) -> dict[str, Any]:
    try:
        table = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise _refusal(name, f"is not TOML: {error}", "Correct the file.") from None
    if _depth(table) > _MOST_DEPTH:
        raise _refusal(name, f"has tables within tables, more than {_MOST_DEPTH}", "Flatten it.")
    return table


def _depth(value: object) -> int:
    """The depth of nested tables and lists, counted up to the limit."""
    depth, level = 0, [value]
    while level and depth <= _MOST_DEPTH:
        depth += 1
        inner: list[object] = []
        for one in level:
            if isinstance(one, Mapping):
                inner += one.values()
            elif isinstance(one, list):
                inner += one
        level = [one for one in inner if isinstance(one, Mapping | list)]
    return depth


def _strings(value: object, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield keys, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _strings(inner, (*keys, key))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _strings(inner, (*keys, str(number)))


def _toml(values: Mapping[str, Any]) -> bytes:
    import tomlkit

    return tomlkit.dumps(values).encode()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _without(table: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name != key}


def _refusal(name: str, reason: str, hint: str) -> RequestError:
    return RequestError(f"{name} {reason}.", hint)
