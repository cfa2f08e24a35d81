"""What a request for an archive needs: whole originals, and permission to write them outside the studio."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from engine.deliver import Recipe
from engine.errors import RequestError
from engine.studio.studio import Studio
from engine.tasks import archive_values


def refuse_part(recipe: Recipe, start: Fraction | None, end: Fraction | None) -> None:
    """Raises RequestError for a stretch of an archive, whose originals are whole."""
    if recipe.archive and (start or end is not None):
        raise RequestError("An archive has whole originals.", "Remove --from and --to.")


def require_archive(studio: Studio, recipe: Recipe, project: str | None, folder: Path) -> None:
    """Raises PolicyError if originals of a project may not be written to `folder`; the decision is kept.

    Inside the studio they may. Other recipes need nothing.
    """
    if recipe.archive and (values := archive_values(studio.tasks.context, project, folder.absolute())):
        studio.gate.require("archive", **values)


def check_archive(studio: Studio, recipe: Recipe, project: str | None, folder: Path) -> None:
    """As `require_archive`, without keeping the decision."""
    if recipe.archive and (values := archive_values(studio.tasks.context, project, folder.absolute())):
        studio.gate.check("archive", **values)
