"""The contrast of a title's texts with what is behind them, over bright and dark footage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from engine.titles.renderer import TitleRenderer
from engine.titles.template import TitleTemplate

READABLE = 4.5
"""The least contrast of text by WCAG 2.2, success criterion 1.4.3."""

# White, grey and black footage, in code values.
_FOOTAGE = (255, 128, 0)
_SIZE = (640, 360)
# Nearly transparent, so that the text still takes its place.
_UNSEEN = "#00000001"
# Pixels that the text covers nearly as much as the most covered one.
_COVERED = 0.9


@dataclass(frozen=True, slots=True)
class TextContrast:
    """The contrast of a layer, by its number from 1: the least one over white, grey and black footage."""

    layer: int
    ratio: float


def text_contrasts(
    template: TitleTemplate, values: Mapping[str, str], size: tuple[int, int] = _SIZE
) -> tuple[TextContrast, ...]:
    """The contrast of each text and counter at rest, (L1 + 0.05) / (L2 + 0.05) of relative luminances, from 1 to 21.

    Raises RequestError as `TitleRenderer`.
    """
    duration = Fraction(template.duration)
    at = duration / 2
    whole = TitleRenderer(template, values, size, duration).at(at)
    if whole is None:
        return ()
    found = []
    for number, layer in enumerate(template.layers, 1):
        if layer.kind not in ("text", "counter"):
            continue
        hidden = layer.model_copy(update={"colour": _UNSEEN, "highlight": _UNSEEN, "shadow": 0.0})
        layers = (*template.layers[: number - 1], hidden, *template.layers[number:])
        behind = TitleRenderer(template.model_copy(update={"layers": layers}), values, size, duration).at(at)
        ratios = [_ratio(whole, behind, code) for code in _FOOTAGE]
        seen = [one for one in ratios if one is not None]
        if seen:
            found.append(TextContrast(number, min(seen)))
    return tuple(found)


def _ratio(whole: NDArray[np.uint8], behind: NDArray[np.uint8] | None, footage: int) -> float | None:
    """The contrast where a text covers most; None where it does not differ from what is behind it."""
    behind = np.zeros_like(whole) if behind is None else behind
    with_text, without = _over(whole, footage), _over(behind, footage)
    differs = np.any(whole != behind, axis=2)
    if not differs.any():
        return None
    change = np.abs(with_text - without).max(axis=2)
    covered = change >= _COVERED * change.max() if change.max() else differs
    first, second = (float(np.median(_luminance(one)[covered])) for one in (with_text, without))
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)


def _over(layer: NDArray[np.uint8], footage: int) -> NDArray[np.float64]:
    alpha = layer[..., 3:] / 255.0
    made: NDArray[np.float64] = (layer[..., :3] * alpha + footage * (1 - alpha)) / 255.0
    return made


def _luminance(code: NDArray[np.float64]) -> NDArray[np.float64]:
    light = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    made: NDArray[np.float64] = light @ np.array([0.2126, 0.7152, 0.0722])
    return made
