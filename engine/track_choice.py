"""Which track of a kind a file means to be used: enabled ones first, then those it marks as default, then in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from engine.matroska import read_tracks

_DEFAULT = 1  # AV_DISPOSITION_DEFAULT


@dataclass(frozen=True, slots=True)
class TrackFlags:
    """What a file says of a track; `index` is its stream's place in the file."""

    index: int
    enabled: bool = True
    default: bool = True


class Flagged(Protocol):
    """Anything that has a track's flags."""

    @property
    def index(self) -> int:
        """The stream's place in the file."""
        ...

    @property
    def enabled(self) -> bool:
        """Whether the track is to be used at all."""
        ...

    @property
    def default(self) -> bool:
        """Whether the track is used where nobody chooses."""
        ...


_Track = TypeVar("_Track", bound=Flagged)


def read_flags(path: Path, container: Any, kind: str) -> dict[int, TrackFlags]:
    """The flags of an open container's streams of a kind ("audio", "video"), by index.

    QuickTime and MP4 know a track enabled or disabled (`tkhd`), which FFmpeg calls its disposition; Matroska knows
    FlagEnabled and FlagDefault. Where no track of the kind is marked, all of them are.
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
    """The tracks in the order in which they are tried: enabled, then default, then by their place in the file."""
    return sorted(tracks, key=lambda track: (not track.enabled, not track.default, track.index))


def choice_reason(chosen: Flagged, tracks: Iterable[Flagged]) -> str:
    """Why this one of the tracks that decode is used, in a few words."""
    if not chosen.enabled:
        return "every track is disabled: the first that decodes"
    passed = [track for track in tracks if track.index < chosen.index]
    reasons = [
        f"track {track.index} is {'not the default' if track.enabled else 'disabled'}"
        for track in sorted(passed, key=lambda track: track.index)
    ]
    return ", ".join(reasons) or "the first enabled track that decodes"
