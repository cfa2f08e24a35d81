"""Identifiers are standard terms. They contain no word of the project's earlier private vocabulary."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import engine

ROOT = Path(engine.__file__).resolve().parent.parent
PRIVATE = {
    "told", "glimpse", "glimpses", "wish", "desk", "hand", "ink", "errand", "door",
    "mend", "mended", "swallowed", "rested", "worked", "forth",
}  # fmt: skip


def words(identifier: str) -> set[str]:
    """The lower-case words of a snake_case or CamelCase identifier."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", identifier)}


def identifiers(tree: ast.AST) -> Iterator[str]:
    """Every name that a module uses or defines."""
    for node in ast.walk(tree):
        for field in ("name", "id", "attr", "arg", "asname", "module"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                yield value


def test_identifiers_are_split_into_words() -> None:
    assert words("StudioWorker.in_hand") == {"studio", "worker", "in", "hand"}
    assert words("handle_HTTPRequest") == {"handle", "http", "request"}


@pytest.mark.parametrize("package", ["engine", "cwtui"])
def test_no_identifier_has_a_private_word(package: str) -> None:
    found = set()
    for path in (ROOT / package).rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name in {path.stem, *identifiers(tree)}:
            found |= {f"{path.relative_to(ROOT)}: {name}" for _ in words(name) & PRIVATE}
    assert not found


def test_public_class_names_are_unique() -> None:
    modules: dict[str, list[Path]] = {}
    for package in ("engine", "cwtui"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    modules.setdefault(node.name, []).append(path.relative_to(ROOT))
    assert {name: found for name, found in modules.items() if len(found) > 1} == {}
