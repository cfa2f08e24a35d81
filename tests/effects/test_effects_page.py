"""docs/effects.md states the keys and default values of the optical effects."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.effects import Effect, effect_type

PAGE = Path(__file__).parents[2] / "docs" / "effects.md"
SECTIONS = {
    "background_blur": "Background blur",
    "bloom": "Bloom",
    "diffusion": "Diffusion",
    "halation": "Halation",
    "light_leak": "Light leak",
    "streak": "Streak",
    "vignette": "Vignette",
}


@pytest.mark.parametrize("kind", SECTIONS)
def test_the_page_states_the_keys_and_default_values(kind: str) -> None:
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {SECTIONS[kind]}\n")[1].split("\n## ")[0]
    stated: dict[str, str] = {}
    for names, values in re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|", section, re.MULTILINE):
        keys, defaults = re.findall(r"`(\w+)`", names), values.split(", ")
        stated |= dict(zip(keys, defaults, strict=True))

    own = effect_type(kind).model_fields.items()
    fields = {name: field.default for name, field in own if name not in Effect.model_fields}

    assert {name: None if value == "none" else float(value) for name, value in stated.items()} == fields
    assert f"effects/{kind}.jpg" in section
    assert (PAGE.parent / "effects" / f"{kind}.jpg").is_file()
