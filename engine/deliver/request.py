"""An order: which stretch of which footage is to become what a recipe describes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from engine.catalog import Encoding
from engine.deliver.recipe import Recipe
from engine.errors import RequestError
from engine.ingest import Footage, picture_transform
from engine.speech import Cue


@dataclass(frozen=True, slots=True)
class DeliverableRequest:
    """One deliverable to make. `start` and `end` are seconds on the footage's clock; `cues` lie on it too.

    `language` is that of the cues, by its ISO 639-1 code; `notes` go into the receipt.
    """

    footage: Footage
    label: str
    recipe: Recipe
    input_transform: Encoding | None
    start: Fraction = Fraction(0)
    end: Fraction | None = None
    cues: Sequence[Cue] = ()
    language: str = "und"
    notes: tuple[str, ...] = ()

    @property
    def ticks(self) -> range:
        """The ticks of the footage's grid that are delivered."""
        grid = self.footage.grid
        if grid is None:
            raise RequestError(f"{self.label} has no picture.", f"{self.recipe.name} needs one; podcast does not.")
        first = min(max(round(self.start * grid.rate), 0), len(grid.sources) - 1)
        last = len(grid.sources) if self.end is None else min(round(self.end * grid.rate), len(grid.sources))
        return range(first, max(last, first + 1))

    @property
    def whole(self) -> Fraction:
        """Seconds of footage there are for this recipe: of picture, or of sound where that is all it takes."""
        probe = self.footage.probe
        if self.recipe.picture is None:
            heard = probe.chosen_sound
            if heard is not None and heard.duration:
                return heard.start + heard.duration
        return probe.duration

    @property
    def begin(self) -> Fraction:
        """Where the deliverable's time zero lies on the footage's clock: on a frame where there are frames."""
        if self.recipe.picture is not None and self.footage.grid is not None:
            return self.ticks.start / self.footage.grid.rate
        return self.start

    @property
    def duration(self) -> Fraction:
        """Seconds that come out, exactly a whole number of frames where there is a picture."""
        if self.recipe.picture is not None and self.footage.grid is not None:
            return len(self.ticks) / self.footage.grid.rate
        return min(self.whole, self.whole if self.end is None else self.end) - self.start

    @property
    def shifted_cues(self) -> list[Cue]:
        """The cues that fall into the stretch, on the deliverable's own clock; files know whole milliseconds."""
        begin = self.begin
        end = begin + Fraction(math.floor(self.duration * 1000), 1000)
        return [
            replace(cue, start=max(cue.start, begin) - begin, end=min(cue.end, end) - begin)
            for cue in self.cues
            if cue.start < end and cue.end > begin
        ]


def refuse_impossible(order: DeliverableRequest) -> None:
    """Raises RequestError, saying why, where the recipe cannot be followed with this footage.

    GateError where its picture still waits for the director.
    """
    recipe, probe, whole = order.recipe, order.footage.probe, order.whole
    if recipe.picture and probe.picture is None:
        raise RequestError(f"{order.label} has no picture.", f"{recipe.name} needs one; podcast and captions do not.")
    hears = any(track.decodable for track in probe.sound)
    if recipe.picture is None and not hears:
        raise RequestError(f"{order.label} has no sound.", f"{recipe.name} is made from sound; deliver another recipe.")
    end = whole if order.end is None else order.end
    if not 0 <= order.start < min(end, whole):
        raise RequestError(
            f"From {float(order.start):g} s to {float(end):g} s is no stretch "
            f"of {order.label}, which is {float(whole):.2f} s long.",
            "Choose --from and --to within it, in that order.",
        )
    if recipe.max_seconds and order.duration > recipe.max_seconds:
        raise RequestError(
            f"{order.label} is {float(order.duration):.1f} s long; {recipe.name} takes at most {recipe.max_seconds} s.",
            "Choose a stretch with --from and --to.",
        )
    if recipe.picture and recipe.sound and recipe.sound.carry == "all" and probe.sound:
        from engine.sound import refuse_unsupported_tracks

        refuse_unsupported_tracks(order.footage.path, probe.sound, recipe.movie_format)
    if recipe.picture:
        picture_transform(order.footage, order.input_transform)
