"""Files that belong to a clip: sidecars, the picture of a Live Photo, what the Photos app wrote about an edit."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

SIDECARS = frozenset([".aae", ".xmp", ".xml", ".thm", ".srt", ".vtt", ".json", ".lut", ".cube", ".txt"])
PHOTOS = frozenset([".heic", ".heif", ".jpg", ".jpeg", ".png", ".dng"])
_MOVIES = frozenset([".mov", ".mp4", ".m4v"])
# How the Photos app calls the rendered copy of a clip that was edited: IMG_E0042 beside IMG_0042.
_EDITED = re.compile(r"(IMG_)E(\d{4,})", re.IGNORECASE)


def name_key(name: str) -> str:
    """A name as a disk compares it that knows neither case nor ways to write an accent."""
    return unicodedata.normalize("NFC", name).casefold()


def companions_of(clip: Path, beside: Iterable[Path]) -> tuple[Path, ...]:
    """The files among those of its folder that are kept with a clip, by their name without the suffix."""
    kinds = SIDECARS | PHOTOS if clip.suffix.lower() in _MOVIES else SIDECARS
    key = name_key(clip.stem)
    return tuple(
        other for other in beside if other.suffix.lower() in kinds and name_key(other.stem) == key and other.is_file()
    )


def companion_notes(clip: Path) -> Iterator[str]:
    """What the files beside a clip say about it."""
    if clip.suffix.lower() not in _MOVIES:
        return
    # Unlike Path.exists, os.path.exists says of a name that is too long for the disk that it is not there.
    spellings = [(suffix, clip.with_suffix(suffix)) for suffix in _spellings()]
    beside = {suffix.lower(): path for suffix, path in spellings if os.path.exists(path)}
    if photo := next((beside[suffix] for suffix in (".heic", ".jpg", ".jpeg") if suffix in beside), None):
        yield f"Live Photo: its picture {photo.name} is kept with it"
    if ".aae" in beside:
        yield f"edited in Photos ({beside['.aae'].name}): the edit is not applied"
    if (edited := _EDITED.fullmatch(clip.stem)) is not None:
        yield f"a copy that Photos made of {edited[1]}{edited[2]} with its edit applied"


def _spellings() -> Iterator[str]:
    for suffix in (".heic", ".jpg", ".jpeg", ".aae"):
        yield from (suffix, suffix.upper())
