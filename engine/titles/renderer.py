"""Draws a title at any time: sprites that were drawn once, moved, scaled, faded, uncovered and blurred."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from engine.speech import CueWord
from engine.titles.arrangement import MIRRORED, Area, Margins, Part, PlacedLayer, arrange
from engine.titles.drawing import Canvas, SpritePlacement, Uncovering
from engine.titles.field_values import field_values
from engine.titles.motion import Motion
from engine.titles.template import TitleLayer, TitleTemplate, substitute
from engine.titles.text_units import Sprite

# Begin and end take at most this share of a title.
_MOVING = Fraction(4, 5)
# Smaller differences of a place, in pixels, and of a scale are not seen.
_PLACE, _SCALE = 1 / 32, 1e-4
# A caption without the times of its words shows them evenly in this share of its length.
_SPOKEN = Fraction(4, 5)


@dataclass(frozen=True, slots=True)
class _State:
    """How a part is drawn: places in pixels."""

    opacity: int
    x: float
    y: float
    scale: float
    layer_scale: float
    blur: float
    reveal: float
    layer_reveal: float
    highlight: int
    progress: float


class TitleRenderer:
    """Draws a template with values for pictures of (width, height) and for `duration` seconds.

    `words` are the words of the text of a caption, in seconds from the start of the title. Its texts keep outside the
    margins that are `covered`. Raises RequestError for
    values that the template refuses, texts that do not fit, missing fonts and images.
    """

    def __init__(
        self,
        template: TitleTemplate,
        values: Mapping[str, str],
        size: tuple[int, int],
        duration: Fraction,
        words: Sequence[CueWord] = (),
        covered: Margins | None = None,
    ) -> None:
        self._size, self.duration = size, duration
        self.values = field_values(template, values)
        self._words = tuple(words)
        spans = [(word.first, word.last) for word in words]
        self._arranged = arrange(template, self.values, size, spans, covered)
        self._short = self._arranged.short
        moving = template.begin + template.end
        self._pace = min(Fraction(1), duration * _MOVING / moving) if moving else Fraction(1)
        self._end = template.end * self._pace
        self._spoken = self._words or _even_words(template, self.values, duration)
        self._last: tuple[tuple[_State, ...], NDArray[np.uint8] | None] | None = None

    @property
    def block(self) -> Area:
        """Where its texts, counters, bars and images are, at rest."""
        return self._arranged.block

    def at(self, time: Fraction) -> NDArray[np.uint8] | None:
        """The layer (height, width, 4) at a time in seconds: 8-bit RGBA, straight alpha, display code values.

        None where nothing is seen, and outside of the title. A picture that does not change is the same array.
        """
        if not 0 <= time < self.duration:
            return None
        states = tuple(state for layer in self._arranged.layers for state in self._states(layer, time))
        if self._last and self._last[0] == states:
            return self._last[1]
        made = self._drawn(states)
        self._last = states, made
        return made

    def _states(self, placed: PlacedLayer, time: Fraction) -> list[_State]:
        layer = placed.layer
        # A counter has no part: its sprite depends on its progress.
        return [self._state(layer, part, time) for part in placed.parts or (None,)]

    def _state(self, layer: TitleLayer, part: Part | None, time: Fraction) -> _State:
        values = {"opacity": 1.0, "x": 0.0, "y": 0.0, "scale": 1.0, "blur": 0.0, "reveal": 1.0, "highlight": 0.0}
        layer_scale = layer_reveal = 1.0
        progress = None
        for motion in layer.motion:
            value = self._value(motion, part, time)
            match motion.property:
                case "x" | "y" | "blur":
                    way = -1 if motion.property == "x" and self._arranged.mirrored else 1
                    values[motion.property] += way * value * self._short / 100
                case "scale" if motion.each == "layer":
                    layer_scale *= value
                case "reveal" if motion.each == "layer":
                    layer_reveal *= value
                case "progress":
                    progress = value
                case "highlight":
                    values["highlight"] = max(values["highlight"], value)
                case _:
                    values[motion.property] *= value
        if progress is None:
            progress = float(time / self.duration)
        shares = {name: min(max(values[name], 0.0), 1.0) for name in ("opacity", "reveal", "highlight")}
        return _State(
            round(255 * shares["opacity"]),
            _rounded(values["x"], _PLACE),
            _rounded(values["y"], _PLACE),
            max(_rounded(values["scale"], _SCALE), 0.0),
            max(_rounded(layer_scale, _SCALE), 0.0),
            max(_rounded(values["blur"], _PLACE), 0.0),
            shares["reveal"],
            min(max(layer_reveal, 0.0), 1.0),
            round(255 * shares["highlight"]),
            min(max(progress, 0.0), 1.0) if layer.kind in ("bar", "counter") else 0.0,
        )

    def _value(self, motion: Motion, part: Part | None, time: Fraction) -> float:
        number = 0
        if part is not None and motion.each != "layer":
            number = {"row": part.row, "word": part.word, "character": part.character}[motion.each]
        match motion.phase:
            case "in":
                clock = time / self._pace if self._pace else time
            case "out":
                clock = (time - (self.duration - self._end)) / self._pace if self._pace else time
            case "whole":
                clock = time / self.duration
            case _:
                word = self._spoken[min(number, len(self._spoken) - 1)] if self._spoken else None
                if word is None:
                    return motion.at(time)
                return motion.at(time - (word.start if motion.phase == "word" else word.end))
        return motion.at(clock, number)

    def _drawn(self, states: Sequence[_State]) -> NDArray[np.uint8] | None:
        canvas = Canvas(self._size)
        remaining = iter(states)
        for placed in self._arranged.layers:
            own = [next(remaining) for _ in placed.parts or (None,)]
            if placed.counter:
                self._add(canvas, placed, placed.digits(own[0].progress), own[0])
                continue
            pairs = list(zip(placed.parts, own, strict=True))
            for part, state in pairs:
                if part.shadow:
                    self._add(canvas, placed, part.shadow, state, part)
            for part, state in pairs:
                if placed.track:
                    self._add(canvas, placed, placed.track, replace(state, progress=1.0), part)
                if part.lit is None or state.highlight < 255:
                    self._add(canvas, placed, part.sprite, state, part)
                if part.lit and state.highlight:
                    lit = replace(state, opacity=state.opacity * state.highlight // 255)
                    self._add(canvas, placed, part.lit, lit, part)
        return canvas.pixels()

    def _add(
        self, canvas: Canvas, placed: PlacedLayer, sprite: Sprite, state: _State, part: Part | None = None
    ) -> None:
        area, mirrored = placed.area, self._arranged.mirrored
        side = placed.layer.reveal_from
        edge = MIRRORED.get(side, side) if mirrored else str(side)
        own = _area_of(part.sprite) if part else area
        uncovered = []
        if state.reveal < 1:
            uncovered.append(Uncovering(own, state.reveal, edge))
        if state.layer_reveal < 1:
            uncovered.append(Uncovering(area, state.layer_reveal, edge))
        if placed.layer.kind == "bar" and state.progress < 1:
            uncovered.append(Uncovering(area, state.progress, "right" if mirrored else "left"))
        if any(one.share <= 0 for one in uncovered):
            return
        # Scaled around the middle of the part, then with the layer around the layer's middle.
        middle, whole = _middle(own), _middle(area)
        scale = state.scale * state.layer_scale
        x, y = (
            (1 - state.layer_scale) * (center - point) + move
            for center, point, move in zip(whole, middle, (state.x, state.y), strict=True)
        )
        canvas.add(
            sprite,
            SpritePlacement(
                state.opacity, x, y, scale, middle, state.blur, tuple(uncovered), part.clip if part else None
            ),
        )


def _area_of(sprite: Sprite) -> Area:
    return Area(sprite.x, sprite.y, sprite.right - sprite.x, sprite.bottom - sprite.y)


def _middle(area: Area) -> tuple[float, float]:
    return area.x + area.width / 2, area.y + area.height / 2


def _rounded(value: float, step: float) -> float:
    return round(value / step) * step


def _even_words(template: TitleTemplate, values: Mapping[str, str], duration: Fraction) -> tuple[CueWord, ...]:
    """The words of the first text, spoken evenly by their lengths."""
    text = next((substitute(one.text, dict(values)) for one in template.layers if one.kind == "text"), "")
    found = [one.span() for one in re.finditer(r"\S+", text)]
    ends = [0, *accumulate(last - first for first, last in found)]
    if not found:
        return ()
    step = duration * _SPOKEN / ends[-1]
    return tuple(
        CueWord(first, last, step * start, step * end)
        for (first, last), start, end in zip(found, ends, ends[1:], strict=False)
    )
