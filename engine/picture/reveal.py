"""The places of the two pictures of a wipe or a push in a frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Direction = Literal["left", "right", "up", "down"]
"""The direction in which the edge of a wipe or the pictures of a push move."""


@dataclass(frozen=True, slots=True)
class Reveal:
    """One picture of a wipe or a push at a `progress` from 0 to 1, in a frame of any size.

    `incoming` is the new picture. `softness` is the width of a wipe's edge, a share of the frame in the direction of
    the movement; the edge is at least one pixel wide. Progress is linear.
    """

    kind: Literal["wipe", "push"]
    direction: Direction
    progress: float
    incoming: bool
    softness: float = 0.0

    def ramp(self, width: int, height: int) -> tuple[float, float, float]:
        """(a, b, c): the pixel in column x and row y has the weight a·x + b·y + c, clamped to 0 to 1."""
        if self.kind == "push":
            return 0.0, 0.0, 1.0
        across = self.direction in ("left", "right")
        length = width if across else height
        soft = max(self.softness, 1 / length)
        # The weight of the new picture is (edge - u) / soft, where u runs from 0 at the side from which it comes to 1.
        edge, slope = self.progress * (1 + soft), 1 / (soft * length)
        forward = self.direction in ("right", "down")
        step = -slope if forward else slope
        start = edge / soft - 0.5 * slope if forward else (edge - 1) / soft + 0.5 * slope
        if not self.incoming:
            step, start = -step, 1 - start
        return (step, 0.0, start) if across else (0.0, step, start)

    def shift(self, width: int, height: int) -> tuple[float, float]:
        """How far the picture has moved from its place, in pixels to the right and down."""
        if self.kind == "wipe":
            return 0.0, 0.0
        away = self.progress - 1 if self.incoming else self.progress
        across = {"left": -away, "right": away}.get(self.direction, 0.0)
        down = {"up": -away, "down": away}.get(self.direction, 0.0)
        return across * width, down * height

    def applied(self, light: NDArray[np.floating]) -> NDArray[np.floating]:
        """A frame (height, width, channels) of linear light, moved and weighted; light from outside is 0."""
        import numpy as np

        height, width = light.shape[:2]
        if self.kind == "wipe":
            a, b, c = self.ramp(width, height)
            weight = np.clip(a * np.arange(width)[None, :] + b * np.arange(height)[:, None] + c, 0, 1)
            return light * weight[..., None].astype(light.dtype)
        axis = 1 if self.direction in ("left", "right") else 0
        by = self.shift(width, height)[1 - axis]
        whole = int(np.floor(by))
        part = light.dtype.type(by - whole)
        return _moved(light, whole, axis) * (1 - part) + _moved(light, whole + 1, axis) * part


def _moved(light: NDArray[np.floating], by: int, axis: int) -> NDArray[np.floating]:
    """A frame moved by whole pixels along an axis, with 0 where nothing is."""
    import numpy as np

    made = np.zeros_like(light)
    length = light.shape[axis]
    if abs(by) < length:
        target, source = [slice(None)] * light.ndim, [slice(None)] * light.ndim
        target[axis] = slice(max(by, 0), length + min(by, 0))
        source[axis] = slice(max(-by, 0), length - max(by, 0))
        made[tuple(target)] = light[tuple(source)]
    return made
