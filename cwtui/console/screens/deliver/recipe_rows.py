"""The rows of Deliver's list of recipes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from rich.segment import Segment

from cwtui.console.screens.row_style import RowStyle
from cwtui.console.widgets.columns import Cell, Column, lay_out
from cwtui.console.widgets.row_list import HEADING
from cwtui.console.widgets.text_layout import truncate
from cwtui.formatting import plural, recent_age, short_age
from engine.deliver import StoredRecipe

# The widths of a verdict (“✗ failed 1 of 12”), of its age (“12 days ago”), of their short forms, in cells.
_VERDICT, _AGE, _BRIEF = 17, 12, 6
# Beside the readiness for the platform (“not ready”), the verdict is narrower.
_RATED, _READY = 15, 9


def row_keys(recipes: Collection[StoredRecipe]) -> list[str]:
    """The rows of the recipe list: built-in recipes and the user's own, each under a heading."""
    own = [one.name for one in recipes if one.own]
    built_in = [one.name for one in recipes if not one.own]
    return [f"{HEADING}shipped", *built_in, f"{HEADING}own", *own]


def recipe_row(recipe: StoredRecipe, changed: bool, now: datetime, row: RowStyle, name_width: int) -> Iterator[Segment]:
    """A recipe in the list: a star for unsaved changes, the result of its last delivery, and the age of that.

    A list with room for it has the readiness of the files for the platform of the recipe, and a short age.

    `name_width` is that of the longest name, in cells.
    """
    styles, name = row.styles, f"{recipe.name}{' *' if changed else ''}"
    mark, kind = "✓", "accent"
    summary, brief = plural(recipe.checks, "check"), str(recipe.checks)
    if recipe.failed:
        mark, kind = "✗", "red"
        summary, brief = f"failed {recipe.failed} of {recipe.checks}", f"{recipe.failed}/{recipe.checks}"
    elif recipe.incomplete:
        mark, kind, summary = "!", "amber", "incomplete"
    elif recipe.reviews:
        mark, kind, summary = "!", "amber", truncate(f"needs {', '.join(recipe.reviews)}", _VERDICT - 2)
    elif recipe.warnings:
        mark, kind, summary = "!", "amber", plural(recipe.warnings, "warning")
    # A narrow list has short ages, and a narrower one short verdicts.
    left = row.width - 2 - (name_width + 3)
    rated = left >= _RATED + _READY + _BRIEF + 3
    age = _AGE if not rated and left >= _AGE + _BRIEF else _BRIEF
    verdict = _RATED if rated else _VERDICT if left >= _VERDICT + age else _BRIEF
    columns: tuple[Column, ...] = (
        Column(max(9, min(name_width + 3, row.width - verdict - age - 2))),
        Column(verdict, gap=1),
        *([Column(_READY, gap=1)] if rated else []),
        Column(age, right=True, gap=1, grow=1),
    )
    cells: list[Cell] = [(f" {name}", row.name)]
    if recipe.delivered_at is None:
        columns = (Column(row.width - 16, grow=1), Column(13, right=True, gap=1))
        cells.append(("not delivered", styles["faint"]))
    else:
        written = (recent_age if age == _AGE else short_age)(recipe.delivered_at, now)
        if rated and recipe.failed:
            summary = f"{recipe.failed} of {recipe.checks}"
        cells.append((f"{mark} {brief if verdict == _BRIEF else summary}", styles[kind]))
        if rated:
            ready = readiness(recipe)
            cells.append((ready, styles["quiet" if ready == "ready" else "amber"]))
        cells.append((written, styles["faint"]))
    yield from lay_out(columns, cells, row.width)


def readiness(recipe: StoredRecipe) -> str:
    """Whether the last delivered files are ready for the platform of their recipe: empty without one."""
    verdicts = [one.platform for one, _ in recipe.deliveries if one.platform]
    return "" if not verdicts else "ready" if all(one.ready for one in verdicts) else "not ready"
