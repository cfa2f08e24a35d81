"""Which way up: where a pixel of the stored picture lies once it stands upright."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """A stored pixel (x, y) lies at origin + x·along_x + y·along_y."""

    origin: tuple[int, int]
    along_x: tuple[int, int]
    along_y: tuple[int, int]

    @classmethod
    def upright(cls, width: int, height: int, rotation: int, mirrored: bool) -> Turn:
        """For a stored picture of width × height, turned counter-clockwise (degrees) and then mirrored."""
        quarter = round(rotation / 90) % 4
        origin, along_x, along_y = (
            ((0, 0), (1, 0), (0, 1)),
            ((0, width - 1), (0, -1), (1, 0)),
            ((width - 1, height - 1), (-1, 0), (0, -1)),
            ((height - 1, 0), (0, 1), (-1, 0)),
        )[quarter]
        if mirrored:
            far = (height if quarter % 2 else width) - 1
            origin = (far - origin[0], origin[1])
            along_x, along_y = (-along_x[0], along_x[1]), (-along_y[0], along_y[1])
        return cls(origin, along_x, along_y)

    @property
    def swaps(self) -> bool:
        """Whether width becomes height."""
        return self.along_x[0] == 0
