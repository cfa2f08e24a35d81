"""Suggests which take a take is a retake of, by the transcripts that are loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cwtui.console.workers.take_media import TakeMedia
from engine.catalog import Take

if TYPE_CHECKING:
    from engine.timeline import RetakeFinder, ShotTake

NEXT_TAKES = 5
"""So many takes after a take are compared with it."""

# By so many words of each: an interview has thousands.
_WORDS = 60


class RetakeSuggestions:
    """Finds retakes as the automatic cut does. Words are prepared once, because rows are drawn at every key."""

    def __init__(self, media_of: Callable[[Take], TakeMedia | None]) -> None:
        self._media_of = media_of
        self._finder: RetakeFinder | None = None
        self._shots: dict[str, tuple[object, ShotTake]] = {}

    def retake_of(self, take: Take, following: Sequence[Take]) -> Take | None:
        """The later take that this one is probably a failed attempt at; None without one."""
        from engine.timeline import RetakeFinder

        mine = self._shot(take)
        if mine.words is None:
            return None
        self._finder = self._finder or RetakeFinder()
        found = self._finder.retake_of(mine, map(self._shot, following[:NEXT_TAKES]))
        return next((one for one in following if found and one.id == found.id), None)

    def _shot(self, take: Take) -> ShotTake:
        from engine.timeline import ShotTake, media_of, take_words

        media = self._media_of(take)
        transcript = media.transcript if media else None
        known = self._shots.get(take.id)
        if known is None or known[0] is not transcript:
            words = None
            if transcript:
                words = take_words(take.id, transcript.model_copy(update={"words": transcript.words[:_WORDS]}))
            known = self._shots[take.id] = transcript, ShotTake(media_of(take), words, session=take.session)
        return known[1]
