"""The choices of a delivery: its takes, its range and its variant of the recipe, as values, text and options."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from rich.text import Text

from cwtui.console.session import DeliveryChoices
from cwtui.console.snapshot import Snapshot
from cwtui.console.theme import Palette
from cwtui.console.time_ranges import format_range
from cwtui.formatting import format_duration, format_seconds, plural
from engine.catalog import Review, Rule, Take, select_takes
from engine.deliver import Recipe
from engine.studio import DeliveryRequest

KeyOf = Callable[[str], str]
"""Returns the label of an action's key."""


class DeliverySelection:
    """The takes of a delivery with their reviews. Unchanged lists are reused."""

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._takes: list[tuple[Take, Review]] = []

    def takes_of(
        self, snapshot: Snapshot, choices: DeliveryChoices, selected: Sequence[str]
    ) -> list[tuple[Take, Review]]:
        """The takes of a snapshot that the choices name, in shooting order; `selected` are ids."""
        before, self._of = self._of, (snapshot.takes, snapshot.reviews, choices, selected)
        # Job progress changes neither takes nor reviews.
        if (
            len(before) == 4
            and before[2:] == self._of[2:]
            and before[0] is snapshot.takes
            and before[1] is snapshot.reviews
        ):
            return self._takes
        now = [(take, snapshot.review(take)) for take in chosen_takes(snapshot, choices, selected)]
        if now != self._takes:
            self._takes = now
        return self._takes


def chosen_takes(snapshot: Snapshot, choices: DeliveryChoices, selected: Sequence[str]) -> Sequence[Take]:
    """The takes that the choices name. Without them in the project: the kept ones or, without any, all but retakes.

    A cut is delivered as a whole, without a choice of its takes.
    """
    if choices.takes == "cut":
        return []
    if choices.takes == "one" and (take := snapshot.by_id.get(choices.take or "")):
        return [take]
    if choices.takes == "selected" and (some := selected_takes(snapshot, selected)):
        return some
    rule: Rule = "all" if choices.takes == "all" else "usual"
    return select_takes(snapshot.takes, {take.id: snapshot.review(take) for take in snapshot.takes}, rule).takes


def selected_takes(snapshot: Snapshot, selected: Sequence[str]) -> list[Take]:
    """The takes of the project that are selected in Takes, in shooting order."""
    wanted = set(selected)
    return [take for take in snapshot.takes if take.id in wanted]


def effective_choices(snapshot: Snapshot, choices: DeliveryChoices, selected: Sequence[str]) -> DeliveryChoices:
    """The choices as they apply to this project: those that need takes it does not have are the default."""
    if choices.takes == "one" and (choices.take or "") not in snapshot.by_id:
        choices = choices.model_copy(update={"takes": "usual", "take": None})
    if choices.takes == "selected" and not selected_takes(snapshot, selected):
        choices = choices.model_copy(update={"takes": "usual"})
    if choices.takes == "cut" and choices.cut not in snapshot.cuts:
        choices = choices.model_copy(update={"takes": "usual", "cut": None})
    return (
        choices.model_copy(update={"range": "trimmed"})
        if choices.range == "part" and choices.takes != "one"
        else choices
    )


def variant_of(recipe: Recipe, choices: DeliveryChoices) -> Recipe:
    """The recipe in SDR and with the rendering of the choices, where it has a picture to which they apply.

    Raises RequestError if it has bit rates, but none for SDR.
    """
    if recipe.picture and recipe.picture.view != "sdr" and choices.sdr:
        recipe = recipe.in_sdr()
    return recipe.with_rendering(choices.rendering) if recipe.picture and choices.rendering else recipe


def request_of(recipe: Recipe, choices: DeliveryChoices, project: str, name: str = "") -> DeliveryRequest:
    """The delivery of a recipe by the choices, without its takes. `name` is the recipe's on the command line.

    A cut has neither a range nor a speed of its own.
    """
    if choices.takes == "cut":
        return DeliveryRequest(variant_of(recipe, choices), project=project, recipe_name=name)
    start = {"whole": Fraction(0), "part": choices.start}.get(choices.range)
    return DeliveryRequest(
        variant_of(recipe, choices),
        project=project,
        start=start,
        end=choices.end if choices.range == "part" else None,
        speed=choices.speed,
        recipe_name=name,
    )


def command_options(recipe: Recipe | None, choices: DeliveryChoices) -> list[str]:
    """The options of `cwtui deliver` for the choices, where they apply to the recipe."""
    options = ["--all"] if choices.takes == "all" else []
    if choices.takes == "cut":
        options += ["--cut", choices.cut or ""]
    elif choices.range == "whole":
        options += ["--from", "0"]
    elif choices.range == "part":
        options += ["--from", format_seconds(choices.start)]
        options += ["--to", format_seconds(choices.end)] if choices.end is not None else []
    picture = recipe.picture if recipe else None
    if picture and choices.sdr and picture.view != "sdr":
        options.append("--sdr")
    if picture and choices.rendering and choices.rendering != picture.rendering:
        options += ["--rendering", choices.rendering]
    return options + (["--speed", choices.speed] if choices.speed and choices.takes != "cut" else [])


def describe_takes(snapshot: Snapshot, choices: DeliveryChoices, takes: Sequence[Take]) -> str:
    """The takes of a delivery in a few words: “3 kept takes”."""
    count = len(takes)
    if choices.takes == "one":
        return takes[0].label if takes else "no take"
    if choices.takes == "cut":
        return f"the cut “{choices.cut}”"
    if choices.takes == "all":
        return f"all {plural(count, 'take')}"
    if choices.takes == "selected":
        return plural(count, "selected take")
    if snapshot.kept:
        return plural(count, "kept take")
    return f"{plural(count, 'take')} (none kept)" if count else "no takes"


def exceeds_rate(recipe: Recipe | None, takes: Sequence[Take]) -> bool:
    """Whether a take has more frames per second than the recipe allows, so that its speed is a choice."""
    limit = recipe.picture.max_rate if recipe and recipe.picture else None
    rates = [take.probe.picture.frame_rate for take in takes if take.probe.picture]
    return limit is not None and any(rate > limit for rate in rates)


def render_choices(
    snapshot: Snapshot,
    recipe: Recipe | None,
    choices: DeliveryChoices,
    takes: Sequence[Take],
    key: KeyOf,
    palette: Palette,
    width: int,
) -> Text:
    """The choices that apply to the recipe, each after its key."""
    styles, picture = palette.styles, recipe.picture if recipe else None
    parts = [("delivery_takes", describe_takes(snapshot, choices, takes), choices.takes != "usual")]
    span = {"trimmed": "as trimmed", "whole": "whole", "part": format_range(choices.start, choices.end)}
    if choices.takes != "cut":
        parts.append(("delivery_range", span[choices.range], choices.range != "trimmed"))
    if picture:
        sdr = picture.view == "sdr" or choices.sdr
        parts.append(("delivery_sdr", "SDR" if sdr else "HDR", choices.sdr and picture.view != "sdr"))
        rendering = choices.rendering or picture.rendering
        parts.append(
            ("delivery_rendering", "ACES" if rendering == "aces" else "as shot", rendering != picture.rendering)
        )
    if exceeds_rate(recipe, takes):
        speed = {None: "speed: to be answered", "real": "real speed", "slow": "slow motion"}[choices.speed]
        parts.append(("delivery_speed", speed, choices.speed is not None))
    text, line = Text(), Text()
    for action, value, changed in parts:
        part = Text(f"{key(action)} ", styles["accent"]).append(value, styles["strong" if changed else "text"])
        if line and line.cell_len + part.cell_len + 3 > width:
            text, line = text + line + "\n", Text()
        line = line + "   " + part if line else part
    return text + line


def take_choices(snapshot: Snapshot, selected: Sequence[str]) -> list[tuple[str, str, str]]:
    """The rows of the dialog that chooses takes: (answer, label, remark)."""
    usual = chosen_takes(snapshot, DeliveryChoices(), ())
    some = selected_takes(snapshot, selected)
    name = "the kept takes" if snapshot.kept else "all takes except retakes"
    rows = [("usual", name, _summary(usual)), ("all", "all takes", _summary(snapshot.takes))]
    if some:
        rows.append(("selected", "those selected in Takes", _summary(some)))
    return [
        *rows,
        *((f"cut {name}", f"the cut “{name}”", "as one film") for name in snapshot.cuts),
        *((f"one {take.id}", take.label, format_duration(float(take.probe.duration))) for take in snapshot.takes),
    ]


def _summary(takes: Sequence[Take]) -> str:
    return f"{plural(len(takes), 'take')}, {format_duration(float(sum(take.probe.duration for take in takes)))}"
