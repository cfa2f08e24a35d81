"""Selects the files that a player opens for a cut, and describes them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.catalog import Project
from engine.errors import RequestError
from engine.player import PlayedStretch
from engine.studio.playback import PlaybackSource, playback_source

if TYPE_CHECKING:
    from engine.studio.studio import Studio
    from engine.timeline import Cut


@dataclass(frozen=True, slots=True)
class CutPlayback:
    """Stretches of files in the order of the cut, and what they are.

    `starts` has, for each stretch, its start in the cut and its end there, in seconds: what cannot be played is left
    out, so that the player's clock is behind the cut's.
    """

    stretches: tuple[PlayedStretch, ...]
    starts: tuple[tuple[Fraction, Fraction], ...]
    description: str

    def at(self, seconds: Fraction) -> Fraction:
        """The time in the player of a time in the cut; of what is left out, that of the next stretch."""
        played = Fraction(0)
        for start, end in self.starts:
            if seconds < end:
                return played + max(Fraction(0), seconds - start)
            played += end - start
        return played

    def time_of(self, played: Fraction) -> Fraction:
        """The time in the cut of a time in the player."""
        end = Fraction(0)
        for start, end in self.starts:
            if played < end - start:
                return start + max(Fraction(0), played)
            played -= end - start
        return end


def cut_playback(studio: Studio, project: Project, cut: Cut) -> CutPlayback:
    """The files of a cut: of each take the proxy or its draft, else the original.

    Raises RequestError if nothing can be played, as for `playback_source`.
    """
    takes = {take.id: take for take in studio.takes(project)}
    sources: dict[str, PlaybackSource] = {}
    stretches, starts, left_out = [], [], 0
    for clip, position in zip(cut.clips, cut.positions, strict=True):
        take = takes.get(clip.take or "")
        if take is None:
            left_out += 1
            continue
        if take.id not in sources:
            sources[take.id] = playback_source(studio, studio.subject_of(take), None, Fraction(0))
        stretches.append(PlayedStretch(sources[take.id].path, clip.start / cut.rate, clip.length / cut.rate))
        starts.append((position / cut.rate, (position + clip.length) / cut.rate))
    if not stretches:
        raise RequestError(f"“{cut.name}” has nothing to play.", "Insert a take: cwtui cut insert TAKE")
    return CutPlayback(tuple(stretches), tuple(starts), _description(list(sources.values()), left_out))


def _description(sources: list[PlaybackSource], left_out: int) -> str:
    kinds = {"proxies": 0, "draft proxies": 0, "originals": 0}
    for one in sources:
        kinds["draft proxies" if one.draft else "proxies" if one.proxy else "originals"] += 1
    used = [(name, count) for name, count in kinds.items() if count]
    what = f"the {used[0][0]}" if len(used) == 1 else ", ".join(f"{count} {name}" for name, count in used)
    missing = f"; {left_out} gaps or missing takes are left out" if left_out else ""
    return f"{what}, without transitions, gains and crossfades{missing}"
