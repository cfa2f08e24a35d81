"""The playhead of Deliver's preview: which take or cut it shows, and the time of it."""

from __future__ import annotations

from fractions import Fraction

from cwtui.console.screens.deliver.choices import variant_of
from cwtui.console.screens.deliver.interface import DeliverInterface
from cwtui.console.screens.deliver.preview import PreviewFrame
from cwtui.console.session import DeliveryChoices
from cwtui.formatting import frame_rate_of
from engine.catalog import Review, Take
from engine.errors import EngineError

# The share of a take or cut that is shown first: its start is often black, or before the first word.
_FIRST = Fraction(1, 3)

# The screen's class for each size of the preview: small, large, and none.
_SIZES = ("", "-large", "-hidden")


class PreviewPlayhead:
    """Moves the playhead within what is delivered. Each take and each cut has a position of its own."""

    def __init__(self, screen: DeliverInterface) -> None:
        self._screen = screen
        self._positions: dict[str, Fraction] = {}
        self._take: str | None = None

    @property
    def frame(self) -> PreviewFrame | None:
        """The frame at the playhead; None without a picture."""
        app, recipe, choices = self._screen.console_app, self._screen.parsed_recipe, self._screen.choices
        project = app.snapshot.project
        if recipe is None or recipe.picture is None or project is None:
            return None
        try:
            picture = variant_of(recipe, choices).picture
        except EngineError:
            return None
        assert picture
        if choices.takes == "cut":
            cut = self._screen.delivered_cut
            if cut is None or not cut.clips:
                return None
            size, canvas = picture.size_of(cut.width, cut.height), (cut.width, cut.height)
            return PreviewFrame(recipe, project, choices, self._position(), size, canvas, cut=cut)
        take = self._shown_take
        if take is None or take.probe.picture is None:
            return None
        source = take.probe.picture.display_width, take.probe.picture.display_height
        size = picture.size(take.probe.picture)
        return PreviewFrame(recipe, project, choices, self._position(), size, source, take=take)

    @property
    def reason(self) -> str:
        """Why there is no frame."""
        recipe, choices = self._screen.parsed_recipe, self._screen.choices
        if recipe is None:
            return ""
        if recipe.picture is None:
            return f"{recipe.name} has no picture"
        if choices.takes == "cut":
            return "The cut has no clips." if self._screen.delivered_cut else ""
        return f"{self._shown_take.label} has no picture" if self._shown_take else ""

    def action_move_preview(self, seconds: int) -> None:
        """Moves the playhead by seconds."""
        self._move(Fraction(seconds))

    def action_move_preview_frames(self, frames: int) -> None:
        """Moves the playhead by frames."""
        cut = self._screen.delivered_cut if self._screen.choices.takes == "cut" else None
        self._move(Fraction(frames) / (cut.rate if cut else frame_rate_of(self._shown_take)))

    def action_step_preview(self, takes: int) -> None:
        """Shows the take so many takes further among those that are delivered."""
        found = self._takes
        shown = self._shown_take
        if not found or shown is None:
            return
        at = [take.id for take in found].index(shown.id) + takes
        if 0 <= at < len(found):
            self._take = found[at].id
            self._screen.show_preview()
        else:
            says = "This is the last take of the delivery." if takes > 0 else "This is the first take of the delivery."
            self._screen.console_app.show_message(says, "refused")

    def action_preview_size(self) -> None:
        """Shows the frame large, then hides it, then shows it small."""
        screen = self._screen
        shown = next((one for one in _SIZES if one and screen.has_class(one)), "")
        following = _SIZES[(_SIZES.index(shown) + 1) % len(_SIZES)]
        for one in _SIZES[1:]:
            screen.set_class(one == following, one)
        screen.show_preview()

    def _move(self, by: Fraction) -> None:
        start, end = self._bounds()
        self._positions[self._key] = min(max(self._position() + by, start), max(start, end - self._tick))
        self._screen.show_preview()

    @property
    def _takes(self) -> list[Take]:
        return [take for take, _ in self._screen.takes if take.probe.picture] or [
            take for take, _ in self._screen.takes
        ]

    @property
    def _shown_take(self) -> Take | None:
        """The take that was chosen here, else the one that is selected in the console, else the first."""
        found = {take.id: take for take in self._takes}
        selected = self._screen.console_app.session.take
        for wanted in (self._take, selected):
            if wanted in found:
                return found[wanted or ""]
        return next(iter(found.values()), None)

    @property
    def _key(self) -> str:
        choices = self._screen.choices
        return f"cut {choices.cut}" if choices.takes == "cut" else (self._shown_take.id if self._shown_take else "")

    @property
    def _tick(self) -> Fraction:
        cut = self._screen.delivered_cut if self._screen.choices.takes == "cut" else None
        return 1 / (cut.rate if cut else frame_rate_of(self._shown_take))

    def _position(self) -> Fraction:
        start, end = self._bounds()
        at = self._positions.get(self._key, start + (end - start) * _FIRST)
        return min(max(at, start), max(start, end - self._tick))

    def _bounds(self) -> tuple[Fraction, Fraction]:
        """The start and the end of what is delivered, in seconds of the take or the cut."""
        choices = self._screen.choices
        if choices.takes == "cut":
            cut = self._screen.delivered_cut
            return Fraction(0), cut.duration if cut else Fraction(0)
        for take, review in self._screen.takes:
            if self._shown_take and take.id == self._shown_take.id:
                return _delivered_range(take, review, choices)
        return Fraction(0), Fraction(0)


def _delivered_range(take: Take, review: Review, choices: DeliveryChoices) -> tuple[Fraction, Fraction]:
    """The start and the end of the delivered ranges of a take, in seconds."""
    whole = take.probe.duration
    if choices.range == "part":
        return choices.start, whole if choices.end is None else min(choices.end, whole)
    spans = review.spans(whole) if choices.range == "trimmed" and review.ranges else ()
    if not spans:
        return Fraction(0), whole
    return spans[0][0] or Fraction(0), whole if spans[-1][1] is None else spans[-1][1]
