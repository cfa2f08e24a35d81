"""Names and places that a speech model should know how to write."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from engine.errors import RequestError

# Whisper reads at most 224 tokens of a prompt; at three letters a token and more this fits.
LONGEST = 600


def glossary(terms: Iterable[str], source: str = "The glossary") -> tuple[str, ...]:
    """The terms without blanks and doubles, in order. RequestError where they are more than a model reads."""
    kept = tuple(dict.fromkeys(" ".join(term.split()) for term in terms if term.strip()))
    length = len(", ".join(kept))
    if length > LONGEST:
        raise RequestError(
            f"{source} has {length} characters; a speech model reads at most {LONGEST}.",
            "Keep the names that were misheard.",
        )
    return kept


def read_glossary(path: Path) -> tuple[str, ...]:
    """A glossary from a text file: a term a line, `#` begins a comment.

    Raises RequestError where it cannot be read, or is too long.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"The glossary {path} cannot be read: {error}.", "Name a UTF-8 text file.") from error
    return glossary((line.partition("#")[0] for line in text.splitlines()), f"The glossary {path}")
