"""Protects footage that a studio ingested in place."""

from __future__ import annotations

from pathlib import Path

from engine.catalog import Catalog
from engine.errors import RequestError
from engine.studio.studio import Studio


def refuse_original(folder: Path, out: Path) -> None:
    """Raises RequestError if `out` is footage that the studio in `folder`, if there is one, ingested in place."""
    if not out.exists() or not Catalog.exists_in(folder):
        return
    studio = Studio(folder)
    try:
        for take in studio.catalog.takes():
            path = studio.folder / take.path
            if take.in_place and path.exists() and out.samefile(path):
                raise RequestError(
                    f"{out} is the original of {take.label}: originals are never overwritten.",
                    "Choose another file or folder with -o.",
                )
    finally:
        studio.close()
