"""The head around a face."""

from __future__ import annotations

from dataclasses import dataclass

Box = tuple[float, float, float, float]
"""Left, top, width and height, as shares of the frame's width and height."""

# A detector's box reaches from the brows to the chin and from cheek to cheek. By the canons of portrait drawing, the
# crown is as far above the brows as the tip of the nose is below them, and ears and hair add a sixth at each side.
_CROWN, _CHIN, _SIDE = 0.62, 0.12, 0.17


@dataclass(frozen=True, slots=True)
class HeadBox:
    """The edges of a head as shares of the frame's width and height; they may be beyond the frame."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def centre(self) -> tuple[float, float]:
        """The middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def joined(self, other: HeadBox) -> HeadBox:
        """The box around two heads."""
        return HeadBox(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


def head_box(face: Box, crown: float | None = None) -> HeadBox:
    """The head with hair and ears around the box of a face. `crown` is the top of the person's mask, if it is known."""
    left, top, width, height = face
    upper = top - _CROWN * height
    if crown is not None and crown < top:
        # A mask also has raised hands and hats: it moves the top by half a face at most.
        upper = min(max(crown, upper - height / 2), top - _CHIN * height)
    return HeadBox(left - _SIDE * width, upper, left + width * (1 + _SIDE), top + height * (1 + _CHIN))
