"""The coarser and coarser grids of cells over a picture, which filters of any width use."""

from __future__ import annotations

from dataclasses import dataclass

from engine.effects.frame import FrameContext
from engine.render import Image


@dataclass(frozen=True, slots=True)
class Grid:
    """One axis of a level: the number of cells of the full picture, and the range of them that a window has."""

    full: int
    first: int
    count: int

    def halved(self) -> Grid:
        """The grid of half as many cells, rounded up. It depends on the full picture only, its range on the window."""
        coarse = -(-self.full // 2)
        first = self.first * coarse // self.full
        end = -(-(self.first + self.count) * coarse // self.full)
        return Grid(coarse, first, end - first)

    def is_exact(self, coarser: Grid) -> bool:
        """Whether each coarser cell has two of these cells."""
        return self.full == 2 * coarser.full


@dataclass(frozen=True, slots=True)
class Level:
    """The grid of one level of a pyramid; level 0 is the picture."""

    across: Grid
    down: Grid

    @classmethod
    def of(cls, frame: FrameContext, image: Image) -> Level:
        """The pixels of a window of a frame."""
        return cls(Grid(frame.width, frame.x, image.width), Grid(frame.height, frame.y, image.height))

    def coarser(self, vertical: bool = True) -> Level:
        """The next level; horizontally only, if not `vertical`."""
        return Level(self.across.halved(), self.down.halved() if vertical else self.down)

    def is_exact(self, coarser: Level) -> bool:
        """Whether each cell of the next level has two by two of these."""
        return self.across.is_exact(coarser.across) and self.down.is_exact(coarser.down)

    def is_exact_line(self, coarser: Level) -> bool:
        """Whether each cell of the next level has two of these beside each other."""
        return self.across.is_exact(coarser.across) and self.down == coarser.down

    @property
    def window(self) -> tuple[int, int, int, int]:
        """The first cell (x, y) and the number of cells (x, y)."""
        return self.across.first, self.down.first, self.across.count, self.down.count

    def sizes(self, coarser: Level) -> tuple[int, int, int, int]:
        """The cells (x, y) of the full picture at this level and at the next."""
        return self.across.full, self.down.full, coarser.across.full, coarser.down.full
