"""Searches a project's words, takes and markers; on the thread that owns the studio."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from cwtui.console.messages import MAX_HITS, SearchCompleted, SearchHit, SearchRequested
from engine.catalog import Project
from engine.errors import RequestError
from engine.studio import search_project

if TYPE_CHECKING:
    from cwtui.console.workers.studio_worker import Work
    from engine.studio import SearchResult, Studio


def search_work(request: SearchRequested) -> Work:
    """Returns the work that answers a request."""

    def search(studio: Studio, project: Project | None) -> None:
        if project and request.is_current():
            request.reply(SearchCompleted(request.phrase, find_hits(studio, project, request.phrase)))

    return search


def find_hits(studio: Studio, project: Project, phrase: str) -> list[SearchHit]:
    """Returns takes and markers whose texts contain the phrase, then words that match it; at most MAX_HITS."""
    hits: list[SearchHit] = []
    # A phrase without letters is searched in takes and markers only. An empty phrase has no hits.
    with suppress(RequestError):
        for result in islice(search_project(studio, project, phrase), MAX_HITS):
            hits.append(_hit(result))
    return hits


def _hit(result: SearchResult) -> SearchHit:
    text, kind = result.text, {"takes": "take", "markers": "marker"}.get(result.scope, "said")
    if words := result.words:
        spaces = " " * words.space_before, " " * words.space_after
        text = f"{words.before}{spaces[0]}‹{words.text}›{spaces[1]}{words.after}"
        kind = words.speaker or kind
    return SearchHit(result.take.id, result.start, result.take.label, text, kind)
