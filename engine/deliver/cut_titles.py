"""The titles of a cut as layers above its frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from engine.deliver.cut_request import CutRequest
from engine.deliver.receipt import TitleUse
from engine.deliver.recipe import Recipe
from engine.deliver.safe_zone import safe_zone
from engine.errors import RequestError
from engine.speech import Cue, CueWord
from engine.time import format_time
from engine.timeline import Cut, CutTitle
from engine.titles import TitleTemplate, design_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.deliver.burn_in import OverlaySource
    from engine.titles import Margins, TitleRenderer

Layer: TypeAlias = "NDArray[np.uint8]"

_CACHED = 4
CAPTION_FIELD = "caption"
"""The field of a template of the kind captions that gets the text of each caption."""


class CutTitles:
    """Draws the titles of a cut for pictures of `size`; `cues` are the captions of the cut, in its seconds.

    A title of the kind captions without a text of its own shows the captions within its time, word by word. Texts keep
    outside the margins that are `covered`, if they fit there.
    """

    def __init__(
        self, cut: Cut, size: tuple[int, int], cues: Sequence[Cue] = (), covered: Margins | None = None
    ) -> None:
        self._cut, self._size, self._cues, self._covered = cut, size, tuple(cues), covered

    def check(self) -> None:
        """Raises RequestError, with the title's number and time, for one that cannot be drawn."""
        for number, title in enumerate(self._cut.titles, 1):
            try:
                self.renderers(title)
            except RequestError as error:
                at = format_time(title.start / self._cut.rate, 2)
                raise RequestError(f"Title {number} at {at}: {error.message}", error.hint) from error

    def at(self, time: Fraction) -> Layer | None:
        """The layer (height, width, 4) at a time of the cut in seconds: RGBA, straight alpha; None without a title."""
        made: Layer | None = None
        for title in self._cut.titles:
            if title.start <= time * self._cut.rate < title.end and time < self._cut.duration:
                made = composited(made, self._drawn(title, time))
        return made

    def renderers(self, title: CutTitle) -> list[TitleRenderer]:
        """The renderers of a title: one, or one for each caption that it shows. Raises RequestError as `check`."""
        shown = self._cues_in(title) if follows_captions(title) else [None]
        return [self._renderer(title, cue) for cue in shown]

    def _renderer(self, title: CutTitle, cue: Cue | None) -> TitleRenderer:
        return _renderer(title, self._cut.rate, self._size, cue, self._covered)

    def _drawn(self, title: CutTitle, time: Fraction) -> Layer | None:
        start = title.start / self._cut.rate
        if not follows_captions(title):
            return self._renderer(title, None).at(time - start)
        cue = next((one for one in self._cues_in(title) if one.start <= time < one.end), None)
        return self._renderer(title, cue).at(time - cue.start) if cue else None

    def _cues_in(self, title: CutTitle) -> list[Cue]:
        """The captions within the time of a title."""
        start, end = title.start / self._cut.rate, title.end / self._cut.rate
        return [one.clipped(start, end, Fraction(0)) for one in self._cues if one.start < end and one.end > start]


class TitledFrames:
    """The titles of a film, and what `above` draws over them; each frame shows the titles at its middle."""

    def __init__(self, order: CutRequest, titles: CutTitles, above: OverlaySource | None) -> None:
        self._order, self._titles, self._above = order, titles, above

    def at(self, tick: int) -> Layer | None:
        """The layer for a frame of the film; None if it shows nothing."""
        below = self._titles.at((tick + Fraction(1, 2)) / self._order.rate)
        return composited(below, self._above.at(tick) if self._above else None)


def titled(order: CutRequest, size: tuple[int, int], above: OverlaySource | None = None) -> OverlaySource | None:
    """The layers over the frames of a film: its titles, then `above`. Raises RequestError as `CutTitles.check`."""
    if not order.cut.titles:
        return above
    titles = CutTitles(order.cut, size, order.cues, covered_margins(order.recipe, size))
    titles.check()
    return TitledFrames(order, titles, above)


def covered_margins(recipe: Recipe, size: tuple[int, int]) -> Margins | None:
    """The margins that the interface of a recipe's platform covers; None if the recipe does not keep to them."""
    from engine.titles import Margins

    zone = safe_zone(recipe, size)
    if zone is None or recipe.picture is None or not recipe.picture.captions.safe_zone:
        return None
    return Margins(zone.left, zone.top, zone.right, zone.bottom)


def without_caption_titles(order: CutRequest) -> CutRequest:
    """The request without the captions that titles show, so that they are not burnt in as well."""
    rate = order.cut.rate
    spans = [(one.start / rate, one.end / rate) for one in order.cut.titles if follows_captions(one)]
    shown = [cue for cue in order.cues if not any(start < cue.end and cue.start < end for start, end in spans)]
    return replace(order, cues=shown) if len(shown) < len(order.cues) else order


def shows_captions(cut: Cut) -> bool:
    """Whether a title of a cut shows its captions."""
    return any(map(follows_captions, cut.titles))


def follows_captions(title: CutTitle) -> bool:
    """Whether a title shows the captions of its cut: one for captions that has no text of its own."""
    return template_of(title).kind == "captions" and not dict(title.fields).get(CAPTION_FIELD)


def title_uses(cut: Cut) -> tuple[TitleUse, ...]:
    """The titles of a cut for its receipt."""
    return tuple(
        TitleUse(
            template=title.template,
            version=title.version,
            digest=template_of(title).digest,
            start=title.start / cut.rate,
            duration=title.length / cut.rate,
        )
        for title in cut.titles
    )


@lru_cache(maxsize=64)
def template_of(title: CutTitle) -> TitleTemplate:
    """The template of a title, as it was when the title was set. Raises EngineError if it is damaged."""
    return design_of(title.design, title.template)


def composited(below: Layer | None, above: Layer | None) -> Layer | None:
    """A layer over another one."""
    import numpy as np
    from PIL import Image

    if below is None or above is None:
        return above if below is None else below
    return np.asarray(Image.alpha_composite(Image.fromarray(below), Image.fromarray(above)))


@lru_cache(maxsize=_CACHED)
def _renderer(
    title: CutTitle, rate: Fraction, size: tuple[int, int], cue: Cue | None, covered: Margins | None
) -> TitleRenderer:
    from engine.titles import TitleRenderer

    template, values, words = template_of(title), dict(title.fields), []
    duration = title.length / rate
    if cue:
        values, duration = {**values, CAPTION_FIELD: cue.text}, cue.end - cue.start
        words = [CueWord(word.first, word.last, word.start - cue.start, word.end - cue.start) for word in cue.words]
    try:
        return TitleRenderer(template, values, size, duration, words, covered)
    except RequestError:
        if covered is None:
            raise
        # It is shown where it fits; the check of the safe zone names it.
        return TitleRenderer(template, values, size, duration, words)
