"""Reasons that keep a valid effect from being applied: a file that cannot be read, or a mask that no take has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.effects import MASKS, Effect
from engine.effects.lut import LutEffect, loaded_lut
from engine.effects.point import PointEffect
from engine.errors import RequestError
from engine.validation import Problem, line_of


def unusable_effects(effects: Mapping[str, Effect], text: str) -> Iterator[Problem]:
    """The errors of effects by name, with their lines in the look's text."""
    for name, effect in effects.items():
        if isinstance(effect, LutEffect) and (message := _damage_of(effect)):
            yield _problem((name, "file"), f"{name}.file: {message}", text)
        if isinstance(effect, PointEffect) and (message := _refusal_of(effect)):
            yield _problem((name, "file"), f"{name}.file: {message}", text)
        if effect.mask is not None and effect.mask not in MASKS:
            known = f"“{'” or “'.join(MASKS)}”"
            yield _problem((name, "mask"), f"{name}.mask: takes have no mask “{effect.mask}”; use {known}", text)


def _damage_of(effect: LutEffect) -> str:
    path = Path(effect.file)
    if path.is_dir():
        return f"{path} is a folder; name a .cube or .clf file"
    if not path.is_file():
        return f"there is no file {path}; correct the path, or put the file there"
    try:
        loaded_lut(path, effect.input_space, effect.output_space or effect.input_space)
    except RequestError as error:
        return _in_one(error)
    return ""


def _refusal_of(effect: PointEffect) -> str:
    try:
        effect.shader()
    except RequestError as error:
        return _in_one(error)
    return ""


def _in_one(error: RequestError) -> str:
    return f"{error.message.rstrip('.')}; {error.hint[:1].lower()}{error.hint[1:].rstrip('.')}"


def _problem(keys: tuple[str, ...], message: str, text: str) -> Problem:
    return Problem(keys, line_of(text, keys), message, message)
