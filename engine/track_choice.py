"""Choice among tracks of one kind: enabled tracks first, then default tracks, then file order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from engine.matroska import read_tracks

_DEFAULT = 1  # AV_DISPOSITION_DEFAULT


@dataclass(frozen=True, slots=True)
class TrackFlags:
    """A track's flags in the file; `index` is its stream's index."""

    index: int
    enabled: bool = True
    default: bool = True


class Flagged(Protocol):
    """Protocol of objects with a track's flags."""

    @property
    def index(self) -> int:
        """The stream's index in the file."""
        ...

    @property
    def enabled(self) -> bool:
        """Whether the file marks the track as enabled."""
        ...

    @property
    def default(self) -> bool:
        """Whether the file marks the track as a default."""
        ...


_Track = TypeVar("_Track", bound=Flagged)


def read_flags(path: Path, container: Any, kind: str) -> dict[int, TrackFlags]:
    """Return the flags of an open container's streams of a kind ("audio", "video"), by index.

    QuickTime and MP4 mark a track as enabled or disabled (`tkhd`), which FFmpeg reports as its default disposition.
    Matroska has FlagEnabled and FlagDefault. If no track of the kind is marked as default, all count as default.
    """
    streams = [stream for stream in container.streams if stream.type == kind]
    marked = {stream.index: bool(int(stream.disposition) & _DEFAULT) for stream in streams}
    enabled = dict.fromkeys(marked, True)
    if container.format.name.startswith("mov"):
        enabled = dict(marked)
    elif container.format.name.startswith("matroska"):
        enabled |= {n: track.enabled for n, track in enumerate(read_tracks(path)) if n in enabled}
    if not any(marked.values()):
        marked = dict.fromkeys(marked, True)
    return {index: TrackFlags(index, enabled[index], marked[index]) for index in marked}


def preference(tracks: Iterable[_Track]) -> list[_Track]:
    """Return the tracks in the order in which they are tried: enabled, then default, then by index."""
    return sorted(tracks, key=lambda track: (not track.enabled, not track.default, track.index))


def choice_reason(chosen: Flagged, tracks: Iterable[Flagged]) -> str:
    """Return why the track `chosen` is used of the decodable `tracks`, in a few words."""
    if not chosen.enabled:
        return "every track is disabled: first decodable track"
    passed = [track for track in tracks if track.index < chosen.index]
    reasons = [
        f"track {track.index} is {'not the default' if track.enabled else 'disabled'}"
        for track in sorted(passed, key=lambda track: track.index)
    ]
    return ", ".join(reasons) or "first enabled decodable track"
