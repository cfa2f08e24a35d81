"""Detects files that are not recordings, and files whose content is not on this disk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from engine.errors import RequestError

# ISO/IEC 23008-12 (HEIF) and the AVIF specification: brands of still pictures.
_STILL_BRANDS = {
    b"heic": "HEIC", b"heix": "HEIC", b"heim": "HEIC", b"heis": "HEIC", b"mif1": "HEIF", b"avif": "AVIF",
}  # fmt: skip
_PHOTOS = {
    b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"II*\x00": "TIFF or DNG", b"MM\x00*": "TIFF or DNG",
    b"GIF87a": "GIF", b"GIF89a": "GIF",
}  # fmt: skip
_OTHERS = {b"%PDF-": "a PDF", b"PK\x03\x04": "a ZIP archive", b"SQLite format 3\x00": "a database"}
# macOS flag: the file's content is not on this disk (sys/stat.h).
_SF_DATALESS = 0x40000000
_PLACEHOLDER = ".icloud"


def refuse_other_kinds(path: Path) -> None:
    """Raise RequestError if a file's first bytes identify a photo or another file type that is not a recording."""
    with path.open("rb") as file:
        head = file.read(32)
    photo = _STILL_BRANDS.get(head[8:12]) if head[4:8] == b"ftyp" else None
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        photo = "WebP"
    photo = photo or next((kind for start, kind in _PHOTOS.items() if head.startswith(start)), None)
    if photo:
        raise RequestError(
            f"{path.name} is a photo ({photo}), not a recording.",
            "Choose a video or sound file. For a Live Photo, choose the .MOV.",
        )
    if other := next((kind for start, kind in _OTHERS.items() if head.startswith(start)), None):
        raise RequestError(f"{path.name} is {other}, not a recording.", "Choose a video or sound file.")


def placeholder_of(path: Path) -> str | None:
    """Return the name of the file that the iCloud placeholder `path` stands for, or None."""
    name = path.name
    return name[1 : -len(_PLACEHOLDER)] if name.startswith(".") and name.endswith(_PLACEHOLDER) else None


def is_in_icloud(path: Path) -> bool:
    """Return whether a file is missing but has an iCloud placeholder."""
    return not path.exists() and os.path.exists(path.with_name(f".{path.name}{_PLACEHOLDER}"))


def is_dataless(status: Any) -> bool:
    """Return whether a file's status (os.stat) marks its content as not on this disk."""
    return bool(getattr(status, "st_flags", 0) & _SF_DATALESS)


def not_downloaded(name: str) -> RequestError:
    """Return the error for a file whose content is only in iCloud."""
    return RequestError(
        f"{name} is in iCloud and has not been downloaded to this disk.",
        f"In Finder choose Download Now, or run brctl download '{name}' in its folder. Then ingest it again.",
    )
