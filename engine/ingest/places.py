"""The places where footage is looked for: cards and drives, the usual folders, recent ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.ingest.card import card_layout
from engine.ingest.volumes import VolumeSource

PlaceKind = Literal["volume", "folder", "recent"]
_FOLDERS = ("Movies", "Videos", "Desktop", "Downloads")


@dataclass(frozen=True, slots=True)
class Place:
    """A place to look for footage. `card` is the layout of a card or phone, such as `iPhone` or `XAVC`, or None."""

    path: Path
    name: str
    kind: PlaceKind
    card: str | None = None


def list_places(volumes: VolumeSource, recent: Iterable[Path] = (), home: Path | None = None) -> list[Place]:
    """Return volumes, cards first; the home folder with Movies, Videos, Desktop and Downloads; recent folders.

    Folders that do not exist are left out. It reads each volume's root, which may wait for a slow disk.
    """
    home = home or Path.home()
    mounted = [Place(one.path, one.name, "volume", card_layout(one.path)) for one in volumes.volumes()]
    mounted.sort(key=lambda place: place.card is None)
    folders = [Place(home, "Home", "folder"), *(Place(home / name, name, "folder") for name in _FOLDERS)]
    listed = {place.path for place in (*mounted, *folders)}
    others = [Place(path, path.name or str(path), "recent", card_layout(path)) for path in recent if path not in listed]
    return [*mounted, *(place for place in (*folders, *others) if place.path.is_dir())]
