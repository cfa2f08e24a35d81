"""The colours of a look on the CPU, in double precision: what a GPU has to reproduce.

Only effects whose result depends on nothing but the colour of a pixel are here. OpenColorIO reads the tables; the
formulas are those of the effects' documentation, written a second time.

Sources: S-2016-001 (ACEScct), ASC Color Decision List 1.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.effects import Effect

if TYPE_CHECKING:
    from engine.looks import LookEffect

Doubles = NDArray[np.float64]

_LUMA = np.array([0.2126, 0.7152, 0.0722])
_WHITE = (0.32168, 0.33767)
_BRIGHTEST = 65504.0
_TOE = 2.0**-8


def colour_effects(effects: Iterable[LookEffect]) -> list[LookEffect]:
    """The effects of a look that the reference has, in order."""
    return [one for one in effects if one.effect.kind in _FORMULAS]


def reference_light(effects: Iterable[Effect], light: NDArray[Any]) -> Doubles:
    """The light (…, 3) after effects that the reference has, in scene-linear ACEScg, as where their masks are 1.

    Raises KeyError for any other effect, and RequestError as `loaded_lut`.
    """
    made: Doubles = np.array(light, np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        for effect in effects:
            made = _FORMULAS[effect.kind](effect, made)
    return made


def _exposure(effect: Any, light: Doubles) -> Doubles:
    return np.asarray(light * 2.0**effect.stops)


def _white_balance(effect: Any, light: Doubles) -> Doubles:
    from engine.effects.white_balance import light_chromaticity
    from engine.picture import AP1, bradford_adaptation, rgb_to_xyz

    to_xyz = rgb_to_xyz(AP1)
    adapted = bradford_adaptation(light_chromaticity(effect.temperature, effect.tint), _WHITE)
    balanced: Doubles = light @ (np.linalg.inv(to_xyz) @ adapted @ to_xyz).T
    grey = to_xyz[1] @ (np.linalg.inv(to_xyz) @ adapted @ to_xyz) @ np.ones(3)
    return np.asarray(balanced / grey)


def _cdl(effect: Any, light: Doubles) -> Doubles:
    logarithmic = effect.space == "acescct"
    channels = ("red", "green", "blue")
    slope, offset, power = (
        np.array([getattr(effect, f"{part}_{channel}") for channel in channels])
        for part in ("slope", "offset", "power")
    )
    values = (_acescct(light) if logarithmic else light) * slope + offset
    values = np.where(values > 0, np.maximum(values, 0) ** power, values)
    luma = (values @ _LUMA)[..., None]
    values = luma + effect.saturation * (values - luma)
    return _from_acescct(values) if logarithmic else values


def _tone_curve(effect: Any, light: Doubles) -> Doubles:
    def stops(value: Doubles) -> Doubles:
        return np.asarray(effect.contrast * np.log2((value / effect.pivot + _TOE) / (1 + _TOE)))

    def toned(value: Doubles) -> Doubles:
        y = stops(value)
        return np.asarray(2.0 ** np.where(y > 0, y / (1 + effect.shoulder / 8 * y), y / (1 - effect.toe / 8 * y)))

    black = toned(np.zeros(1))
    bright = effect.pivot * (toned(np.maximum(light, 0)) - black) / (1 - black)
    softened = 1 - effect.toe / 8 * stops(np.zeros(1))
    # The derivative at black continues the curve below it.
    slope = black / (1 - black) * effect.contrast / softened**2 / _TOE
    return np.asarray(np.where(light > 0, bright, light * slope))


def _lut(effect: Any, light: Doubles) -> Doubles:
    from engine.effects.lut import loaded_lut
    from engine.picture import CURVE_DOMAIN

    lut = loaded_lut(Path(effect.file), effect.input_space, effect.output_space or effect.input_space)
    nodes = lut.nodes.values[..., :3]
    if not lut.curved:
        found = _from_acescct(_tetrahedral(nodes, _acescct(light)))
    else:
        before, after = lut.curves.values[0, :, :, 0]
        to_linear, to_acescg = (np.array(rows)[:, :3] for rows in (lut.to_linear, lut.to_acescg))
        codes = np.interp(_acescct(light @ to_linear.T), np.linspace(*CURVE_DOMAIN, len(before)), before)
        made = np.interp(_tetrahedral(nodes, codes), np.linspace(0, 1, len(after)), after)
        found = made @ to_acescg.T
    return np.asarray(light + (found - light) * effect.amount)


def _tetrahedral(nodes: NDArray[Any], codes: Doubles) -> Doubles:
    """The cube at codes (…, 3) from 0 to 1, between the four nodes around each of them."""
    count = nodes.shape[0]
    place = np.clip(codes.reshape(-1, 3), 0, 1) * (count - 1)
    corner = np.minimum(place.astype(np.int64), count - 2)
    share = place - corner
    # From the darkest corner of a cell to the brightest, along the channel with the largest share first.
    order = np.argsort(-share, axis=1, kind="stable")
    falling = np.take_along_axis(share, order, 1)
    weights = np.column_stack([1 - falling[:, 0], *(falling[:, i] - falling[:, i + 1] for i in (0, 1)), falling[:, 2]])
    made = weights[:, :1] * nodes[tuple(corner.T)]
    for step in range(3):
        corner[np.arange(len(corner)), order[:, step]] += 1
        made += weights[:, step + 1, None] * nodes[tuple(corner.T)]
    return np.asarray(made.reshape(codes.shape))


def _acescct(light: Doubles) -> Doubles:
    bright = (np.log2(np.maximum(light, 0.0078125)) + 9.72) / 17.52
    return np.asarray(np.where(light <= 0.0078125, light * 10.5402377416545 + 0.0729055341958355, bright))


def _from_acescct(code: Doubles) -> Doubles:
    bright = np.minimum(2.0 ** (code * 17.52 - 9.72), _BRIGHTEST)
    return np.asarray(np.where(code <= 0.155251141552511, (code - 0.0729055341958355) / 10.5402377416545, bright))


_FORMULAS: Mapping[str, Callable[[Any, Doubles], Doubles]] = {
    "exposure": _exposure,
    "white_balance": _white_balance,
    "cdl": _cdl,
    "tone_curve": _tone_curve,
    "lut": _lut,
}
