"""Searches a project's words, takes and markers; on the thread that owns the studio."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cwtui.console.messages import MAX_HITS, SearchCompleted, SearchHit, SearchRequested
from engine.catalog import Project
from engine.errors import RequestError

if TYPE_CHECKING:
    from cwtui.console.workers.studio_worker import Work
    from engine.studio import Studio


def search_work(request: SearchRequested) -> Work:
    """Returns the work that answers a request."""

    def search(studio: Studio, project: Project | None) -> None:
        if project and request.is_current():
            request.reply(SearchCompleted(request.phrase, find_hits(studio, project, request.phrase)))

    return search


def find_hits(studio: Studio, project: Project, phrase: str) -> list[SearchHit]:
    """Returns takes and markers whose names contain the phrase, then words that match it; at most MAX_HITS."""
    if not phrase:
        return []
    takes = studio.takes(project)
    by_id = {take.id: take for take in takes}
    bare = phrase.casefold()
    found = [SearchHit(take.id, Fraction(0), take.label, "", "take") for take in takes if bare in take.label.casefold()]
    for markers in studio.catalog.reviews.all_markers(project.id).values():
        for one in markers:
            if bare in one.label.casefold() and one.take_id in by_id:
                found.append(SearchHit(one.take_id, one.at, by_id[one.take_id].label, one.label, "marker"))
    try:
        for take, said in studio.find(project, phrase):
            spaces = " " * said.space_before, " " * said.space_after
            words = f"{said.before}{spaces[0]}‹{said.text}›{spaces[1]}{said.after}"
            found.append(SearchHit(take.id, said.start, take.label, words, said.speaker or "said"))
            if len(found) >= MAX_HITS:
                break
    except RequestError:
        return found
    return found[:MAX_HITS]
