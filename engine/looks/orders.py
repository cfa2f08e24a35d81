"""The two orders in which a look may apply its effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

Order = Literal["classic", "physical"]
ORDERS: tuple[Order, ...] = get_args(Order)

# The effects of each stage, in the order in which the stages are applied. Effects of one stage may be in any order.
_STAGES: dict[Order, tuple[tuple[str, ...], ...]] = {
    # As a finishing chain on a graded picture: the lens bends the finished picture, grain included.
    "classic": (
        ("transform", "motion_blur", "relight", "fog", "defocus", "background_blur"),
        ("exposure", "white_balance"),
        ("cdl", "lut", "point"),
        ("tone_curve",),
        ("bloom", "diffusion", "streak", "light_leak"),
        ("halation",),
        ("sharpen",),
        ("vignette", "grain"),
        ("lens_distortion", "chromatic_aberration"),
    ),
    # As light takes its way: through the lens and its filters, into the film, through its development to the print.
    # Grain comes after all that resamples, so that its size and variance stay what they are.
    "physical": (
        ("transform", "motion_blur", "relight", "fog"),
        ("exposure", "white_balance"),
        ("defocus", "background_blur", "lens_distortion", "chromatic_aberration", "vignette"),
        ("bloom", "diffusion", "streak", "light_leak"),
        ("halation",),
        ("cdl", "lut", "point"),
        ("tone_curve",),
        ("sharpen",),
        ("grain",),
    ),
}


def stage_of(kind: str, order: Order) -> int:
    """The number of the stage of an effect. Raises KeyError for an unknown effect."""
    for number, kinds in enumerate(_STAGES[order]):
        if kind in kinds:
            return number
    raise KeyError(kind)


def staged_kinds() -> set[str]:
    """All effects that have a stage in each order."""
    return set.intersection(*({kind for stage in stages for kind in stage} for stages in _STAGES.values()))


def first_out_of_order(kinds: Sequence[str], order: Order) -> tuple[int, int] | None:
    """The places of the first effect that is later than it may be, and of the earlier one that must follow it."""
    for later, kind in enumerate(kinds):
        for earlier, before in enumerate(kinds[:later]):
            if stage_of(before, order) > stage_of(kind, order):
                return later, earlier
    return None
