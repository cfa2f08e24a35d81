"""A look: effects with their parameters, in order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from engine.effects import Effect, effect_type
from engine.errors import EngineError
from engine.file_digest import sha256_of
from engine.looks.orders import Order

VERSION = 1
"""The version of the format of looks."""


@dataclass(frozen=True, slots=True)
class LookEffect:
    """An effect of a look with its name, which is that of its table."""

    name: str
    effect: Effect


@dataclass(frozen=True)
class Look:
    """A valid look; `effects` are applied in order. `extends` are the looks that it inherits from, nearest first."""

    name: str
    title: str
    order: Order
    effects: tuple[LookEffect, ...]
    description: str = ""
    extends: tuple[str, ...] = ()
    version: int = VERSION

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what shapes the picture: the effects in order, with all values and the contents of their files."""
        return hashlib.sha256(json.dumps(self._content(), sort_keys=True).encode()).hexdigest()

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The sources that the effects read beside the picture, such as "person"."""
        return tuple(dict.fromkeys(name for one in self.effects for name in one.effect.reads))

    def effect(self, name: str) -> Effect | None:
        """The effect of this name."""
        return next((one.effect for one in self.effects if one.name == name), None)

    def as_json(self) -> dict[str, Any]:
        """All values, for jobs; `look_from_json` reads them."""
        return {
            "name": self.name,
            "title": self.title,
            "order": self.order,
            "effects": [
                {"name": one.name, "kind": one.effect.kind, **one.effect.model_dump(mode="json")}
                for one in self.effects
            ],
            "version": self.version,
        }

    def _content(self) -> list[Any]:
        effects = [[one.effect.kind, one.effect.model_dump(mode="json", exclude={"file"})] for one in self.effects]
        return [self.version, effects, [_digest_of_file(one.effect) for one in self.effects]]


def _digest_of_file(effect: Effect) -> str:
    """The SHA-256 of the file that an effect reads; empty without one."""
    file = getattr(effect, "file", None)
    return sha256_of(Path(file)) if isinstance(file, str) and Path(file).is_file() else ""


def look_from_json(value: Mapping[str, Any]) -> Look:
    """The look of `Look.as_json`. Raises EngineError if it is damaged."""
    try:
        effects = []
        for one in value["effects"]:
            table = {key: inner for key, inner in one.items() if key not in ("name", "kind")}
            effects.append(LookEffect(one["name"], effect_type(one["kind"]).model_validate(table)))
        return Look(value["name"], value["title"], value["order"], tuple(effects), version=value["version"])
    except (KeyError, TypeError, ValueError) as error:
        raise EngineError("The look of this job cannot be read.", "Deliver again.") from error
