"""Search of a project: takes by name and notes, markers by label, words by transcript."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, get_args

from engine.catalog import Project, Take
from engine.errors import RequestError
from engine.suggestion import nearest

if TYPE_CHECKING:
    from engine.speech import SearchMatch
    from engine.studio.studio import Studio

# Words that are less like a mistyped one are not suggested.
_LIKENESS = 0.7

SearchScope = Literal["takes", "markers", "words"]
SEARCH_SCOPES: tuple[SearchScope, ...] = get_args(SearchScope)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A match of a phrase: a stretch of a take, in seconds on its clock.

    `text` is the matching text: the words, the marker's label, or the take's file name or note; empty if the take's
    label matches. `words` has the speaker and the words before and after.
    """

    scope: SearchScope
    take: Take
    start: Fraction
    end: Fraction
    text: str
    words: SearchMatch | None = None


def search_project(
    studio: Studio,
    project: Project,
    phrase: str,
    scopes: Collection[SearchScope] = SEARCH_SCOPES,
    speaker: str | None = None,
) -> Iterator[SearchResult]:
    """Yields the matches of a phrase: takes, then markers, then words, each in shooting order. Ignores case.

    `speaker` restricts the words to that speaker. Raises RequestError if the phrase is empty or, after takes and
    markers, if it has no letters or digits; EngineError for an unreadable transcript.
    """
    wanted = phrase.strip().casefold()
    if not wanted:
        raise RequestError("The search phrase is empty.", 'Enter spoken words, a take or a marker: cwtui find "pier"')
    takes = studio.takes(project)
    if "takes" in scopes:
        for take in takes:
            text = _matching_text(take, wanted)
            if text is not None:
                yield SearchResult("takes", take, Fraction(0), take.probe.duration, text)
    if "markers" in scopes:
        markers = studio.catalog.reviews.all_markers(project.id)
        for take in takes:
            for marker in markers.get(take.id, ()):
                if wanted in marker.label.casefold():
                    yield SearchResult("markers", take, marker.at, marker.at, marker.label)
    if "words" in scopes:
        for take, match in studio.find(project, phrase, speaker):
            yield SearchResult("words", take, match.start, match.end, match.text, match)


@dataclass(frozen=True, slots=True)
class TakeMatches:
    """The matches in one take: those of its name and notes first, then markers and words by their time."""

    take: Take
    results: tuple[SearchResult, ...]


def group_by_take(studio: Studio, project: Project, results: Iterable[SearchResult]) -> list[TakeMatches]:
    """The matches of a project by take, in shooting order."""
    found: dict[str, list[SearchResult]] = {}
    for one in results:
        found.setdefault(one.take.id, []).append(one)
    return [
        TakeMatches(take, tuple(sorted(found[take.id], key=lambda one: (one.scope != "takes", one.start))))
        for take in studio.takes(project)
        if take.id in found
    ]


def suggest_phrase(studio: Studio, project: Project, phrase: str) -> str | None:
    """The phrase with each unknown word replaced by the spoken word that is most like it.

    None if a word is like no spoken one, or if the result is not spoken either.
    """
    from engine.speech import find, vocabulary

    transcripts = [found for take in studio.takes(project) if (found := studio.transcript_of(take))]
    known = {word.casefold(): word for one in transcripts for word in sorted(vocabulary(one))}
    words = [known.get(word.casefold()) or nearest(word, known.values(), _LIKENESS) for word in phrase.split()]
    meant = " ".join(word.lower() for word in words if word)
    if not words or None in words or meant == phrase.casefold():
        return None
    return meant if any(True for one in transcripts for _ in find(one, meant)) else None


def _matching_text(take: Take, wanted: str) -> str | None:
    """The text of a take that matches: empty for its label, else its file name or a note; None if nothing matches."""
    if wanted in take.label.casefold():
        return ""
    # A suffix alone does not match: “mov” would find every take.
    if wanted in take.path.stem.casefold() or take.path.name.casefold().startswith(wanted):
        return take.path.name
    return next((note for note in take.probe.notes if wanted in note.casefold()), None)
