"""Glossary: spellings of names and places for the speech model."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from engine.errors import RequestError
from engine.validation import read_text

# Whisper reads at most 224 prompt tokens; at about three letters per token this fits.
LONGEST = 600


def glossary(terms: Iterable[str], source: str = "The glossary") -> tuple[str, ...]:
    """The terms in order, without blank entries and duplicates. Raises RequestError if they are too long in total."""
    kept = tuple(dict.fromkeys(" ".join(term.split()) for term in terms if term.strip()))
    length = len(", ".join(kept))
    if length > LONGEST:
        raise RequestError(
            f"{source} has {length} characters; a speech model reads at most {LONGEST}.",
            "Keep only the names that were transcribed wrongly.",
        )
    return kept


def read_glossary(path: Path) -> tuple[str, ...]:
    """Reads a glossary from a text file: one term per line, `#` starts a comment.

    Raises RequestError if it cannot be read or is too long.
    """
    lines = read_text(path, "utf-8-sig").splitlines()
    return glossary((line.partition("#")[0] for line in lines), f"The glossary {path}")
