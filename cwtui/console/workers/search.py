"""Searches a project's words, takes and markers; on the thread that owns the studio."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from cwtui.console.messages import MAX_HITS, SearchCompleted, SearchHit, SearchRequested, TakeHits
from engine.catalog import Project
from engine.errors import RequestError
from engine.studio import group_by_take, search_project, suggest_phrase

if TYPE_CHECKING:
    from cwtui.console.workers.studio_worker import Work
    from engine.studio import SearchResult, Studio


def search_work(request: SearchRequested) -> Work:
    """Returns the work that answers a request."""

    def search(studio: Studio, project: Project | None) -> None:
        if project and request.is_current():
            takes = find_hits(studio, project, request.phrase)
            meant = None if takes else suggest_phrase(studio, project, request.phrase)
            request.reply(SearchCompleted(request.phrase, takes, meant))

    return search


def find_hits(studio: Studio, project: Project, phrase: str) -> list[TakeHits]:
    """Returns takes and markers whose texts contain the phrase, and words that match it; at most MAX_HITS."""
    results: list[SearchResult] = []
    # A phrase without letters is searched in takes and markers only. An empty phrase has no hits.
    with suppress(RequestError):
        for result in islice(search_project(studio, project, phrase), MAX_HITS):
            results.append(result)
    return [
        TakeHits(group.take.id, group.take.label, group.take.path.name, tuple(_hit(one) for one in group.results))
        for group in group_by_take(studio, project, results)
    ]


def _hit(result: SearchResult) -> SearchHit:
    kind = result.scope.removesuffix("s")
    if words := result.words:
        before, after = words.sentence_before, words.sentence_after
        return SearchHit(result.take.id, result.start, kind, words.text, before, after, words.speaker or "")
    return SearchHit(result.take.id, result.start, kind, result.text or result.take.label)
