"""Files of presets that users write: their names, and their texts as far as they can be read."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from engine.atomic_files import make_folder, write_atomic
from engine.errors import FileInTheWayError, RequestError


def create_preset(
    folder: Path, name: str, text: str, *, word: str, built_in: Collection[str], drafts: Collection[Path] = ()
) -> str:
    """Creates the file of a preset in `folder` and returns its name: `name` in lower case, with hyphens for spaces.

    `word` is its kind in messages, as “recipe”. Raises RequestError if the name has no letter or digit, or if a preset,
    also a `built_in` one, or one of `drafts` has it already.
    """
    clean = "-".join("".join(c if c.isalnum() or c in "-_" else " " for c in name).split()).casefold()
    if not any(c.isalnum() for c in clean):
        raise RequestError(f"“{name}” is not a valid {word} name.", "Use at least one letter or digit.")
    if clean in built_in:
        raise RequestError(f"{clean} is a built-in {word}.", "Choose another name for your own.")
    path = folder / f"{clean}.toml"
    taken = RequestError(f"A {word} {clean} already exists.", "Choose another name for the copy.")
    if path in drafts:
        raise taken
    make_folder(path.parent)
    try:
        write_atomic(path, text.encode(), replace=False)
    except FileInTheWayError:
        raise taken from None
    return clean


def read_partly(path: Path) -> tuple[str, tuple[int, str] | None]:
    """The readable text of a file; if there is an error, also its line (from 0) and the reason."""
    try:
        content = path.read_bytes()
        return content.decode(), None
    except OSError as error:
        return "", (0, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start)
        return content.decode(errors="replace"), (line, "not UTF-8: save the file as UTF-8")
