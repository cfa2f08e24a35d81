"""The texts of looks: finds, validates and loads them, by name or by path."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from engine.catalog import FrozenModel
from engine.effects import Effect, effect_types
from engine.errors import RequestError
from engine.inheritance import ExtendsError, MergedTable, PresetKind, inherited_problem
from engine.looks.look import VERSION, Look, LookEffect
from engine.looks.orders import Order, first_out_of_order, stage_of
from engine.looks.usable import unusable_effects
from engine.resources import resource_root
from engine.suggestion import hint_with_suggestion, nearest
from engine.validation import Problem, find_problems, find_toml_problems, line_of, list_problems, parse_toml, read_text

OWN_LOOKS = "looks"
"""The folder of a studio with the user's looks."""
EFFECT = "effect"
"""The key of a table that names its effect, where the table has another name."""
MOST_EFFECTS = 64
"""The largest number of effects of a look; each has passes of its own on the GPU."""
_NAME = r"[\w-]+"
_FILES = ("file",)
_LOOKS = PresetKind("look", resource_root("presets") / "looks", _FILES)
_HINT = "cwtui look lint shows every error; docs/looks.md lists the effects and their keys."


def _known_version(version: int) -> int:
    if version != VERSION:
        raise ValueError(f"must be {VERSION} (a newer format needs a newer Cleanwater)")
    return version


class LookHeader(FrozenModel):
    """The keys of a look before its effects."""

    version: Annotated[int, AfterValidator(_known_version)] = Field(
        VERSION, description="The version of the format of looks.", json_schema_extra={"enum": [VERSION]}
    )
    extends: str | None = Field(None, description="The look whose effects this one inherits, table by table.")
    without: tuple[str, ...] = Field((), description="Inherited effects or keys to leave out, as grain or bloom.tint.")
    title: str = Field(description="A title for people.")
    description: str = Field("", description="What the look is for.")
    order: Order = Field(
        "physical",
        description="The order of the effects: physical, as light takes its way to the print; or classic, a finishing "
        "chain in which the lens comes last.",
    )


def look_names(own: Path | None = None) -> list[str]:
    """The names of the built-in looks and of those in the folder `own`, sorted."""
    return sorted({*_LOOKS.names(), *(path.stem for path in own.glob("[!.]*.toml"))}) if own else _LOOKS.names()


def built_in_looks() -> Path:
    """The folder of the built-in looks."""
    return _LOOKS.built_in


def look_path(name: str, own: Path | None = None) -> Path:
    """The file of a look: one in the folder `own`, a built-in one, or a TOML file by path.

    Raises RequestError if there is none, or if its file name is not that of a look.
    """
    found = Path(name) if name.endswith(".toml") else None
    if found is None and re.fullmatch(_NAME, name):
        found = _LOOKS.find(name, [own] if own else [])
    if found is None or not found.is_file():
        names = look_names(own)
        hint = f"Choose one of: {', '.join(names)}; or give the path of a file."
        raise RequestError(f"Look “{name}” not found.", hint_with_suggestion(name, names, hint))
    if not re.fullmatch(_NAME, found.stem):
        raise RequestError(
            f"“{found.stem}” is not a valid look name.", "Use letters, digits, - and _ for the file name."
        )
    return found


def load_look(name: str, own: Path | None = None) -> Look:
    """Loads a look by name, from the folder `own` or the built-in ones, or a TOML file by path.

    A look of the folder `own` replaces a built-in one of the same name. Raises RequestError with the file, the key, the
    line and the error.
    """
    path = look_path(name, own)
    return read_look(read_text(path), path, own)


def read_look(text: str, path: Path, own: Path | None = None) -> Look:
    """The look of a text; looks that it extends are beside its file, in the folder `own`, or built in.

    Raises RequestError with the errors.
    """
    parse_toml(text, path.name)
    if found := look_problems(text, path, own):
        raise RequestError(f"{path.name} is not a valid look: {list_problems(found)}.", _HINT)
    merged = merged_look(text, path, own)
    header = LookHeader.model_validate(_header(merged.table))
    effects = [LookEffect(name, effect) for name, effect in _named(merged.table)]
    # Inherited effects are in order, and so are added ones: the stages put them together.
    effects.sort(key=lambda one: stage_of(one.effect.kind, header.order))
    return Look(path.stem, header.title, header.order, tuple(effects), header.description, merged.extends)


def merged_look(text: str, path: Path | None = None, own: Path | None = None) -> MergedTable:
    """The keys of a look's text with those that it inherits.

    Raises ExtendsError if it cannot inherit them, and ValueError if the text is not valid TOML.
    """
    return _LOOKS.merge(text, tomllib.loads(text), path, own)


def look_problems(text: str, path: Path | None = None, own: Path | None = None) -> list[Problem]:
    """All errors in a look's text, with their lines; empty if it is valid."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError):
        return find_toml_problems(LookHeader, text)
    try:
        merged = _LOOKS.merge(text, table, path, own)
    except ExtendsError as error:
        return [error.problem]
    found = list(_problems_of(merged.table, text)) or list(unusable_effects(dict(_named(merged.table)), text))
    if found and merged.extends and (inherited := _first_problem(merged.extends[0], path, own)):
        message = inherited_problem(merged.extends[0], inherited)
        return [Problem(("extends",), line_of(text, ("extends",)), message, message)]
    return found or list(_order_problems(table, merged.table, text))


def _problems_of(table: Mapping[str, Any], text: str) -> Iterator[Problem]:
    try:
        LookHeader.model_validate(_header(table))
    except ValidationError as error:
        yield from find_problems(error, table, text, model=LookHeader)
    tables = [name for name in table if name not in LookHeader.model_fields]
    if len(tables) > MOST_EFFECTS:
        message = f"a look has at most {MOST_EFFECTS} effects, not {len(tables)}; remove some"
        yield Problem((), line_of(text, (tables[MOST_EFFECTS],)), message, message)
        return
    for name in tables:
        value = table[name]
        if not isinstance(value, Mapping) or kind_of(name, value) not in effect_types():
            yield _unknown(name, value, text)
            continue
        kind, inner = effect_types()[kind_of(name, value)], _without_kind(value)
        try:
            kind.model_validate(inner)
        except ValidationError as error:
            for one in find_problems(error, inner, text, within=(name,), model=kind):
                place = f"{name}." if one.keys else f"[{name}] "
                yield Problem((name, *one.keys), one.line, f"{place}{one.message}", f"{place}{one.short}")


def _order_problems(own: Mapping[str, Any], merged: Mapping[str, Any], text: str) -> Iterator[Problem]:
    """The first effect of a text that is not at its place in the look's order."""
    order = LookHeader.model_validate(_header(merged)).order
    names = [name for name, _, _ in _effects({name: merged[name] for name in own if name in merged})]
    kinds = [kind_of(name, merged[name]) for name in names]
    if wrong := first_out_of_order(kinds, order):
        late, early = (names[place] for place in wrong)
        message = f"{early} comes after {late} in the order “{order}”: move [{late}] above [{early}]"
        yield Problem((late,), line_of(text, (late,)), message, message)


def kind_of(name: str, table: Mapping[str, Any]) -> str:
    """The effect of a table: that which it names, or else that of its own name."""
    return str(table.get(EFFECT, name))


def _effects(table: Mapping[str, Any]) -> Iterator[tuple[str, type[Effect], Mapping[str, Any]]]:
    for name, value in table.items():
        if name not in LookHeader.model_fields:
            yield name, effect_types()[kind_of(name, value)], value


def _named(table: Mapping[str, Any]) -> Iterator[tuple[str, Effect]]:
    for name, kind, value in _effects(table):
        yield name, kind.model_validate(_without_kind(value))


def _header(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key in LookHeader.model_fields}


def _without_kind(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key != EFFECT}


def _unknown(name: str, value: Any, text: str) -> Problem:
    """The error of a key that is neither one of a look's own nor a table of a known effect."""
    keys: tuple[str, ...] = (name,)
    known: list[str] = list(effect_types())
    if isinstance(value, Mapping) and EFFECT in value:
        keys, name = (name, EFFECT), str(value[EFFECT])
        said = f"{'.'.join(keys)}: there is no effect “{name}”"
    elif isinstance(value, Mapping):
        said = f"[{name}] is not an effect; name it with {EFFECT} =  in the table, or use one of: {{', '.join(known)}}"
    elif name in known:
        message = f"{name} is an effect: write its keys below one [{name}]"
        return Problem(keys, line_of(text, keys), message, message)
    else:
        known, said = [*LookHeader.model_fields], f"{name} is not a known key"
    meant = nearest(name, known)
    message = said.split(";")[0] + f"; did you mean {meant}?" if meant else said
    return Problem(keys, line_of(text, keys), message, message)


def _first_problem(name: str, path: Path | None, own: Path | None) -> Problem | None:
    """The first error of a look that another one extends."""
    base = _LOOKS.find(name, _LOOKS.folders_for(path, own), [path.absolute()] if path else [])
    found = look_problems(read_text(base), base, own) if base else []
    return found[0] if found else None
