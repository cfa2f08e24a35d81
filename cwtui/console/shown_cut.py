"""A cut as the console shows it: its clips, its words, and what edits of it need."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.timeline import Clip, Cut, CutWord, LevelsOf, TakeWords


@dataclass(frozen=True, slots=True)
class CutMaterial:
    """The takes of a cut: their lengths in its ticks and their words, by take id.

    `levels` reads the takes' files, for edges between words; `coarse_levels` were measured before. `script` is the
    text of the project's script.
    """

    lengths: Mapping[str, int] = field(default_factory=dict)
    spoken: Mapping[str, TakeWords] = field(default_factory=dict)
    levels: LevelsOf | None = None
    coarse_levels: LevelsOf | None = None
    script: str = ""


@dataclass(frozen=True, slots=True)
class ShownCut:
    """A cut with its words. `length_before` is its length in ticks before the last change that was seen."""

    cut: Cut
    material: CutMaterial
    words: tuple[CutWord, ...] = ()
    length_before: int | None = None

    def clip(self, clip_id: str | None) -> Clip | None:
        """The clip with this id, if the cut has it."""
        return next((clip for clip in self.cut.clips if clip.id == clip_id), None)

    def words_in(self, index: int) -> tuple[int, int]:
        """The numbers (from, to) of the words of the clip with this index."""
        first = bisect_left(self.words, index, key=lambda word: word.clip)
        return first, bisect_left(self.words, index + 1, lo=first, key=lambda word: word.clip)
