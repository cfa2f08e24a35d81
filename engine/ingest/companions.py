"""Files that belong to a clip: sidecars, the still of a Live Photo, edit records of the Photos app."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.ingest.observation import is_observation_name, observation_stem

SIDECARS = frozenset([".aae", ".xmp", ".xml", ".thm", ".srt", ".vtt", ".json", ".lut", ".cube", ".txt"])
PHOTOS = frozenset([".heic", ".heif", ".jpg", ".jpeg", ".png", ".dng"])
_MOVIES = frozenset([".mov", ".mp4", ".m4v"])
# The Photos app's name for the rendered copy of an edited clip: IMG_E0042 beside IMG_0042.
_EDITED = re.compile(r"(IMG_)E(\d{4,})", re.IGNORECASE)


def name_key(name: str) -> str:
    """Return a name for comparison: equal for all names that a file system might take for one.

    Some compare after upper-casing (exFAT, NTFS), some after case folding, in any Unicode form (APFS).
    """
    if name.isascii():
        return name.lower()
    folded = unicodedata.normalize("NFD", name).upper().casefold()
    return unicodedata.normalize("NFD", folded)


def clip_key(clip: Path) -> str:
    """Return the key of a clip's name without its suffixes, which that of a companion equals."""
    return name_key(observation_stem(clip.name) if is_observation_name(clip.name) else clip.stem)


def companions_of(clip: Path, beside: Iterable[Path]) -> tuple[Path, ...]:
    """Return the files in `beside` (a folder's files) that belong to a clip: same name, except for the suffix."""
    kinds = SIDECARS | PHOTOS if clip.suffix.lower() in _MOVIES else SIDECARS
    key = clip_key(clip)
    return tuple(
        other for other in beside if other.suffix.lower() in kinds and name_key(other.stem) == key and other.is_file()
    )


def companion_notes(clip: Path) -> Iterator[str]:
    """Yield notes about a clip from the files beside it."""
    if clip.suffix.lower() not in _MOVIES:
        return
    # Unlike Path.exists, os.path.exists returns False for a name that is too long for the file system.
    spellings = [(suffix, clip.with_suffix(suffix)) for suffix in _spellings()]
    beside = {suffix.lower(): path for suffix, path in spellings if os.path.exists(path)}
    if photo := next((beside[suffix] for suffix in (".heic", ".jpg", ".jpeg") if suffix in beside), None):
        yield f"Live Photo: its still {photo.name} is kept with it"
    if ".aae" in beside:
        yield f"edited in Photos ({beside['.aae'].name}): the edit is not applied"
    if (edited := _EDITED.fullmatch(clip.stem)) is not None:
        yield f"a copy of {edited[1]}{edited[2]} that Photos rendered with its edit"


def _spellings() -> Iterator[str]:
    for suffix in (".heic", ".jpg", ".jpeg", ".aae"):
        yield from (suffix, suffix.upper())
