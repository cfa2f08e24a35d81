"""The files of templates: found by name or path, validated, loaded and created."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engine.editor_schema import DRAFT, Schema, plain_schema, with_directive, write_schema_file
from engine.errors import EngineError, RequestError
from engine.inheritance import HEADER, ExtendsError, MergedTable, PresetKind, inherited_problem
from engine.own_presets import create_preset, read_partly
from engine.resources import resource_root
from engine.suggestion import hint_with_suggestion
from engine.text import FONT_NAMES
from engine.titles.template import FORMAT_VERSION, TemplateText, TitleTemplate
from engine.validation import (
    Problem,
    find_problems,
    find_toml_problems,
    line_of,
    list_problems,
    parse_toml,
    read_json,
    read_text,
)

OWN_TITLES = "titles"
"""The folder of a studio with the user's templates."""
SCHEMA_FILE = "title.schema.json"
"""The schema's file beside a studio's own templates."""

_TITLES = PresetKind("title template", resource_root("presets") / "titles", ("font",), FONT_NAMES)
_NAME = r"[\w-]+"
_HINT = "docs/titles.md lists every key."


@dataclass(frozen=True, slots=True)
class StoredTitle:
    """A template's file, whether it is one of the studio's own, and its errors; `template` is None if it has some."""

    name: str
    path: Path
    own: bool
    template: TitleTemplate | None
    problems: tuple[Problem, ...] = ()


def title_names() -> list[str]:
    """The names of the built-in templates, sorted."""
    return _TITLES.names()


def list_titles(own: Path | None = None) -> list[StoredTitle]:
    """The built-in templates and those in the folder `own`; one of the same name replaces a built-in one."""
    paths = {name: (_TITLES.built_in / f"{name}.toml", False) for name in title_names()}
    if own:
        paths |= {path.stem: (path, True) for path in sorted(own.glob("[!.]*.toml")) if path.is_file()}
    return [stored_title(path, own, is_own=is_own) for path, is_own in paths.values()]


def title_path(name: str, own: Path | None = None) -> Path:
    """The file of a template: one in the folder `own`, a built-in one, or a TOML file by path.

    Raises RequestError if there is none, or if its file name is not that of a template.
    """
    found = Path(name) if name.endswith(".toml") else None
    if found is None and re.fullmatch(_NAME, name):
        found = _TITLES.find(name, [own] if own else [])
    if found is None or not found.is_file():
        names = [*title_names(), *(sorted(one.stem for one in own.glob("[!.]*.toml")) if own else ())]
        hint = f"Choose one of: {', '.join(names)}; or give the path of a file."
        raise RequestError(f"Title template “{name}” not found.", hint_with_suggestion(name, names, hint))
    if not re.fullmatch(_NAME, found.stem):
        raise RequestError(f"“{found.stem}” is no name of a template.", "Use letters, digits, - and _ for the file.")
    return found


def load_title(name: str, own: Path | None = None) -> TitleTemplate:
    """A template by name or path. Raises RequestError with the file, the keys and the errors."""
    path = title_path(name, own)
    return read_title(read_text(path), path, own)


def read_title(text: str, path: Path, own: Path | None = None) -> TitleTemplate:
    """The template of a text. Templates that it extends are beside its file `path`, in the folder `own`, or built in.

    Raises RequestError with the errors.
    """
    table = parse_toml(text, path.name)
    try:
        merged = _TITLES.merge(text, table, path, own)
    except ExtendsError as error:
        raise RequestError(f"{path.name} is not a valid title template: {error.problem}.", _HINT) from error
    if found := _problems_of(merged, text, path, own):
        raise RequestError(f"{path.name} is not a valid title template: {list_problems(found)}.", _HINT)
    values = {key: value for key, value in merged.table.items() if key not in HEADER}
    return TitleTemplate.model_validate({**values, "name": path.stem})


def find_title_problems(text: str, path: Path | None = None, own: Path | None = None) -> list[Problem]:
    """All errors in a template's text; empty if it is valid. `path` and `own` as in `read_title`."""
    try:
        merged = _TITLES.merge(text, tomllib.loads(text), path, own)
    except ExtendsError as error:
        return [error.problem]
    except (ValueError, RecursionError):
        return find_toml_problems(TemplateText, text)
    return _problems_of(merged, text, path, own)


def design_of(design: str, name: str) -> TitleTemplate:
    """The template of its content as JSON (`TitleTemplate.design`). Raises EngineError if it is damaged."""
    return read_json(TitleTemplate, design.encode(), f"The template {name} of the cut", "Set the title again.")


def create_title(folder: Path, name: str, base: str, own: Path | None = None) -> Path:
    """Creates a template in `folder` that inherits from another one, and returns its path.

    Raises RequestError if the name is invalid or taken, or there is no template `base`.
    """
    origin = load_title(base, own)
    fields = "".join(
        f"\n[fields.{key}]\ndefault = {json.dumps(field.default, ensure_ascii=False)}\n"
        for key, field in origin.fields.items()
    )
    text = (
        f'version = {FORMAT_VERSION}\nextends = "{base}"\nrevision = 1\n'
        f"title = {json.dumps(f'{origin.title}, changed', ensure_ascii=False)}\n\n"
        f"# Keys here replace those of {base}, table by table; a list, such as layers, as a whole.\n{fields}"
    )
    made = create_preset(folder, name, with_directive(text, SCHEMA_FILE), word="title template", built_in=title_names())
    write_schema_file(folder / SCHEMA_FILE, schema_text())
    return folder / f"{made}.toml"


def title_schema() -> Schema:
    """The JSON Schema of a template's text, for editors."""
    schema = plain_schema(TemplateText.model_json_schema())
    del schema["properties"]["name"]
    needed = schema.pop("required", [])
    return {
        "$schema": DRAFT,
        "title": "Cleanwater title template",
        **schema,
        "if": {"required": ["extends"]},
        "else": {"required": needed},
    }


def schema_text() -> str:
    """The schema as the text of its file."""
    return json.dumps(title_schema(), indent=2, ensure_ascii=False) + "\n"


def stored_title(path: Path, own: Path | None = None, *, is_own: bool = True) -> StoredTitle:
    """The template in a file, with its errors."""
    name = path.stem
    is_own = is_own and path.parent != _TITLES.built_in
    text, unreadable = read_partly(path)
    if unreadable:
        line, message = unreadable
        return StoredTitle(name, path, is_own, None, (Problem((), line, message, message),))
    problems = tuple(find_title_problems(text, path, own))
    template = None
    if not problems:
        try:
            template = read_title(text, path, own)
        except EngineError as error:
            problems = (Problem((), None, error.message, error.message),)
    return StoredTitle(name, path, is_own, template, problems)


def _problems_of(merged: MergedTable, text: str, path: Path | None, own: Path | None) -> list[Problem]:
    if "name" in merged.table:
        message = "name is not a key of templates: the file's name is the template's name"
        return [Problem(("name",), line_of(text, ("name",)), message, message)]
    try:
        TemplateText.model_validate({**merged.table, "name": "title"})
    except ValidationError as error:
        if merged.extends and (inherited := _first_problem(merged.extends[0], path, own)):
            message = inherited_problem(merged.extends[0], inherited)
            return [Problem(("extends",), line_of(text, ("extends",)), message, message)]
        return find_problems(error, merged.table, text, model=TemplateText)
    return list(_missing_fonts(merged.table, text))


def _missing_fonts(table: Mapping[str, Any], text: str) -> Iterator[Problem]:
    for number, layer in enumerate(table.get("layers", ())):
        font = layer.get("font")
        if font is not None and font not in FONT_NAMES and not Path(font).expanduser().is_file():
            keys = ("layers", str(number), "font")
            message = f"{'.'.join(keys)}: there is no font file {font}; correct the path, or use {FONT_NAMES[0]}"
            yield Problem(keys, line_of(text, keys), message, message)


def _first_problem(name: str, path: Path | None, own: Path | None) -> Problem | None:
    """The first error of a template that another one extends."""
    base = _TITLES.find(name, _TITLES.folders_for(path, own), [path.absolute()] if path else [])
    found = find_title_problems(read_text(base), base, own) if base else []
    return found[0] if found else None
