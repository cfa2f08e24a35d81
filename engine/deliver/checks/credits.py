"""The check of the credits that the licences of packages ask for."""

from __future__ import annotations

from collections.abc import Iterator

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.receipt import Check
from engine.deliver.request import Programme
from engine.deliver.used_package import credits_of

CREDITS_TAG = "com.apple.quicktime.credits"
"""The tag of a movie's credits, by QuickTime's name."""


def movie_credits(order: Programme) -> str:
    """The credits for a movie's tags; empty if the recipe wants none there, or no licence asks for any."""
    return "; ".join(credits_of(order.packages)) if "movie" in order.recipe.metadata.credits else ""


@check(
    "credits",
    "Credits",
    remedy="Deliver it again: the licences of its packages ask for the credits.",
    applies_to=("movie", "credits"),
)
def credits_check(finished: Finished) -> Iterator[Check]:
    """The credits that the licences of packages ask for are in their file, and in the movie if the recipe says so."""
    if finished.kind == "credits":
        wanted = list(credits_of(finished.order.packages))
        found = finished.path.read_text("utf-8", errors="replace").splitlines()
        yield Check(name="credits", passed=set(wanted) <= set(found), measured=found, wanted=wanted)
    elif text := movie_credits(finished.order):
        stated = finished.movie.metadata.get(CREDITS_TAG, "")
        yield Check(name="credits", passed=stated == text, measured=stated, wanted=text)
