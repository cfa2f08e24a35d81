"""Glossaries: spellings of names for the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import RequestError
from engine.speech import glossary, read_glossary


def test_terms_are_unique_and_in_order() -> None:
    assert glossary([" Rijnhaven ", "Maeve  O'Hara", "", "Rijnhaven"]) == ("Rijnhaven", "Maeve O'Hara")


def test_a_file_has_one_term_per_line(tmp_path: Path) -> None:
    path = tmp_path / "glossary.txt"
    path.write_text("# people\nMaeve O'Hara\n\nRijnhaven  # the harbour\n", encoding="utf-8-sig")
    assert read_glossary(path) == ("Maeve O'Hara", "Rijnhaven")


def test_too_many_terms_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="reads at most 600"):
        glossary(f"Name {n} of Many" for n in range(60))
    with pytest.raises(RequestError, match="cannot be read"):
        read_glossary(tmp_path / "none.txt")
