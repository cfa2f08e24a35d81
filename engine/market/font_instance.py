"""Static instances of variable fonts: one weight of one font, because titles have no axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

_WEIGHT, _REGULAR = "wght", 400.0


def make_static(font: TTFont) -> None:
    """Changes a variable font into its regular weight, with its other axes at their defaults. Others stay as they are.

    Raises ValueError if the font has no axes, and what fontTools raises for tables that do not fit each other.
    """
    if "fvar" not in font:
        return
    from fontTools.varLib import instancer

    axes = {axis.axisTag: axis for axis in font["fvar"].axes}
    if not axes:
        raise ValueError("a variable font without axes")
    place = {tag: float(axis.defaultValue) for tag, axis in axes.items()}
    weight = axes.get(_WEIGHT)
    if weight and weight.minValue <= _REGULAR <= weight.maxValue:
        place[_WEIGHT] = _REGULAR
    instancer.instantiateVariableFont(font, place, inplace=True, downgradeCFF2="CFF2" in font)
