"""Files that are no recordings, or are not on this disk: named as what they are."""

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
# macOS: the file's content is not on this disk (sys/stat.h).
_SF_DATALESS = 0x40000000
_PLACEHOLDER = ".icloud"


def refuse_other_kinds(path: Path) -> None:
    """Raises RequestError where a file's first bytes say that it is a photo, or something else that is no recording."""
    with path.open("rb") as file:
        head = file.read(32)
    photo = _STILL_BRANDS.get(head[8:12]) if head[4:8] == b"ftyp" else None
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        photo = "WebP"
    photo = photo or next((kind for start, kind in _PHOTOS.items() if head.startswith(start)), None)
    if photo:
        raise RequestError(
            f"{path.name} is a photo ({photo}), and a take is a recording.",
            "Name a video or a sound file; of a Live Photo, name the .MOV.",
        )
    if other := next((kind for start, kind in _OTHERS.items() if head.startswith(start)), None):
        raise RequestError(f"{path.name} is {other}, and a take is a recording.", "Name a video or a sound file.")


def placeholder_of(path: Path) -> str | None:
    """The name of the file that iCloud has and this disk has not, where `path` stands for one."""
    name = path.name
    return name[1 : -len(_PLACEHOLDER)] if name.startswith(".") and name.endswith(_PLACEHOLDER) else None


def is_in_icloud(path: Path) -> bool:
    """Whether a file is not there, but the placeholder that iCloud leaves in its place is."""
    return not path.exists() and os.path.exists(path.with_name(f".{path.name}{_PLACEHOLDER}"))


def is_dataless(status: Any) -> bool:
    """Whether a file's status (os.stat) says that its content is not on this disk."""
    return bool(getattr(status, "st_flags", 0) & _SF_DATALESS)


def not_downloaded(name: str) -> RequestError:
    """The error for a file whose content is still in iCloud."""
    return RequestError(
        f"{name} is in iCloud and has not been downloaded to this disk.",
        f"In Finder choose Download Now, or run brctl download '{name}' in its folder; then ingest it again.",
    )
