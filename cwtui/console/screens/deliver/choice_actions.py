"""The actions of Deliver that choose the takes, the range and the variant of a delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cwtui.console.dialogs.prompts import ChoicePrompt, TextPrompt
from cwtui.console.screens.deliver.choices import (
    effective_choices,
    exceeds_rate,
    take_choices,
)
from cwtui.console.screens.deliver.interface import DeliverInterface
from cwtui.console.time_ranges import format_range, parse_range
from engine.errors import RequestError

if TYPE_CHECKING:
    from cwtui.console.session import DeliveryChoices
    from engine.deliver import Recipe


class ChoiceActions:
    """Changes the session's choices of a delivery."""

    def __init__(self, screen: DeliverInterface) -> None:
        self._screen = screen

    @property
    def choices(self) -> DeliveryChoices:
        """The choices that apply to the project."""
        app = self._screen.console_app
        return effective_choices(app.snapshot, app.session.delivery, app.session.selected)

    def disabled_reason(self, action: str, recipe: Recipe | None) -> str:
        """Why a choice does not apply to the recipe; empty if it does. Without a valid recipe, none of them does."""
        if action in ("delivery_takes", "delivery_range") and not self._screen.console_app.snapshot.takes:
            return "No takes to deliver yet."
        if action == "delivery_range" and self.choices.takes == "cut":
            return "A cut is delivered as it is. {go_cut} edits it."
        if action not in ("delivery_sdr", "delivery_rendering", "delivery_speed"):
            return ""
        if recipe is None:
            return "The recipe has errors."
        if recipe.picture is None:
            return f"{recipe.name} has no picture."
        if action == "delivery_sdr" and recipe.picture.view == "sdr":
            return f"{recipe.name} is in SDR already."
        if action == "delivery_sdr" and recipe.picture.bit_rate and "sdr" not in recipe.picture.bit_rate:
            return f"{recipe.name} has no SDR bit rates. Add [picture.bit_rate.sdr] to the recipe."
        takes = [take for take, _ in self._screen.takes]
        if action == "delivery_speed" and not exceeds_rate(recipe, takes):
            return f"No take has more frames per second than {recipe.name} allows."
        return ""

    def action_delivery_takes(self) -> None:
        """Prompts for the takes."""
        app, choices = self._screen.console_app, self.choices
        rows = take_choices(app.snapshot, app.session.selected)

        def chosen(answer: str | None) -> None:
            if answer is not None:
                takes, _, name = answer.partition(" ")
                kept = takes == "one" and name == choices.take
                self._change(
                    takes=takes,
                    take=name if takes == "one" else None,
                    cut=name if takes == "cut" else None,
                    range=choices.range if kept or choices.range != "part" else "trimmed",
                )

        at = f"{choices.takes} {choices.take or choices.cut or ''}".strip()
        app.push_screen(ChoicePrompt("Deliver what?", rows, at), chosen)

    def action_delivery_range(self) -> None:
        """Changes between trimmed and whole; for one take, prompts for these or for two times."""
        choices = self.choices
        if choices.takes != "one":
            self._change(range="trimmed" if choices.range == "whole" else "whole")
            return
        rows = [
            ("trimmed", "as trimmed", "between its in and out points"),
            ("whole", "whole", "all of the recording"),
            ("part", "from–to …", "between two times"),
        ]

        def chosen(answer: str | None) -> None:
            if answer == "part":
                self._prompt_range(choices)
            elif answer:
                self._change(range=answer)

        self._screen.console_app.push_screen(ChoicePrompt("Deliver which part?", rows, choices.range), chosen)

    def _prompt_range(self, choices: DeliveryChoices) -> None:
        (take, review), *_ = self._screen.takes
        start, end = (choices.start, choices.end) if choices.range == "part" else (review.starts, review.ends)
        value = format_range(start or choices.start, end if end is not None else take.probe.duration)

        def written(text: str | None) -> None:
            if text is None:
                return
            try:
                start, end = parse_range(text)
            except RequestError as error:
                self._screen.console_app.show_error(error)
                return
            self._change(range="part", start=start, end=end)

        self._screen.console_app.push_screen(TextPrompt(f"Deliver {take.label} from–to", value), written)

    def action_delivery_sdr(self) -> None:
        self._change(sdr=not self.choices.sdr)

    def action_delivery_rendering(self) -> None:
        recipe = self._screen.parsed_recipe
        assert recipe
        assert recipe.picture
        now = self.choices.rendering or recipe.picture.rendering
        self._change(rendering="as-shot" if now == "aces" else "aces")

    def action_delivery_speed(self) -> None:
        self._change(speed={None: "real", "real": "slow", "slow": None}[self.choices.speed])

    def _change(self, **changes: Any) -> None:
        app = self._screen.console_app
        app.update_session(delivery=self.choices.model_copy(update=changes))
        self._screen.show_choices()
