"""What the commands for the words of a cut share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.studio import ProjectCuts, ProjectWords
    from engine.timeline import Cut, TakeWords


@contextmanager
def cuts_and_words(project: str | None, studio: Path | None) -> Iterator[tuple[ProjectCuts, ProjectWords]]:
    """The cuts and the words of the project that a command means; its studio is closed afterwards."""
    from cwtui.commands._studio import open_studio
    from engine.studio import ProjectCuts, ProjectWords

    with open_studio(studio) as opened_studio:
        chosen = opened_studio.project(project)
        yield ProjectCuts(opened_studio, chosen), ProjectWords(opened_studio, chosen)


@contextmanager
def words_in(
    name: str | None, project: str | None, studio: Path | None
) -> Iterator[tuple[ProjectCuts, ProjectWords, Cut, dict[str, TakeWords]]]:
    """The project's cuts and words, the cut that a command means, and the words of its takes.

    Raises RequestError if none of them has a transcript.
    """
    with cuts_and_words(project, studio) as (cuts, found):
        cut = cuts.read(cuts.name(name))
        yield cuts, found, cut, found.spoken(cut)


def unless_changed(cut: Cut, change: Callable[[Cut], Cut]) -> Callable[[Cut], Cut]:
    """A change that applies only to the cut whose words were numbered. Raises RequestError for a later version."""
    from engine.errors import RequestError

    def checked(now: Cut) -> Cut:
        if now != cut:
            raise RequestError(f"“{cut.name}” changed at the same time.", "Run the command again.")
        return change(now)

    return checked
