"""What a row or a playhead shows of a take beyond the catalog: its sound's shape and its words, read when looked at."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import LifoQueue
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from textual.message import Message

from cwtui.console.workers.error_report import to_engine_error
from cwtui.console.workers.studio_worker import Notice
from engine.catalog import Take
from engine.file_stamp import read_stamp

if TYPE_CHECKING:
    from engine.speech import Transcript
    from engine.studio import Studio
    from engine.tasks import TakeLevels

_T = TypeVar("_T")

_CACHE_SIZE = 2000
# So long a glimpse is believed; whoever looks later has it looked at again.
_MAX_AGE_S = 4.0
_FIRST_WORDS = 24


@dataclass(frozen=True, slots=True)
class TakeMedia:
    """What there is by now; None where it is not made yet. `error` says what could not be read."""

    levels: TakeLevels | None = None
    transcript: Transcript | None = None
    error: str = ""
    present: bool = True

    @property
    def loudness(self) -> float | None:
        """LUFS of the whole."""
        return self.levels.loudness.integrated_lufs if self.levels else None

    @property
    def first_words(self) -> str:
        """The first words."""
        from engine.speech import running_text

        said = running_text(self.transcript.words[:_FIRST_WORDS]) if self.transcript else ""
        return f"“{said}”" if said else ""


class TakeMediaLoaded(Message):
    """A take's glimpse has been read."""

    def __init__(self, take: str, media: TakeMedia) -> None:
        super().__init__()
        self.take = take
        self.media = media


class TakeMediaLoader(Thread):
    """Reads on a thread of its own, what was asked for last first; asked twice, it remembers."""

    def __init__(self, folder: Path, post: Callable[[Message], object]) -> None:
        super().__init__(name="glimpses", daemon=True)
        self._folder = folder
        self._post = post
        self._queue: LifoQueue[Take | None] = LifoQueue()
        self._cache: OrderedDict[str, tuple[TakeMedia, float]] = OrderedDict()
        self._loudness: dict[str, float | None] = {}
        self._pending: set[str] = set()

    def get(self, take: Take) -> TakeMedia | None:
        """What is known of a take. What is not is read, and what was read a while ago looked at again; it comes as a
        message."""
        known = self._cache.get(take.id)
        if known is None or time.monotonic() - known[1] > _MAX_AGE_S:
            self._request(take)
        if known is None:
            return None
        self._cache.move_to_end(take.id)
        return known[0]

    def loudness_of(self, take: Take) -> float | None:
        """LUFS of a take, however many there are; what is not known yet is read."""
        if take.id not in self._loudness:
            self._request(take)
        return self._loudness.get(take.id)

    def _request(self, take: Take) -> None:
        if take.id not in self._pending:
            self._pending.add(take.id)
            self._queue.put(take)

    def invalidate(self, take_id: str) -> None:
        """Something new was made of this take."""
        self._cache.pop(take_id, None)

    def store(self, event: TakeMediaLoaded) -> bool:
        """Remembers what was read; on the thread that asks. Whether it is something new."""
        self._pending.discard(event.take)
        before = self._cache.get(event.take)
        self._cache[event.take] = event.media, time.monotonic()
        self._loudness[event.take] = event.media.loudness
        while len(self._cache) > _CACHE_SIZE:
            self._cache.popitem(last=False)
        return before is None or before[0] is not event.media

    def idle(self) -> bool:
        """Whether all that was asked for has been read."""
        return not self._pending

    def stop(self) -> None:
        """Ends the thread."""
        self._queue.put(None)

    def run(self) -> None:
        """Until it is told to leave."""
        # The engine takes a second to load. Until a take is asked about the first screen is painted, and goes before.
        take = self._queue.get()
        if take is None:
            return
        try:
            from engine.studio import Studio

            studio = Studio(self._folder)
        except Exception as error:
            self._post(Notice("", to_engine_error(error)))
            return
        seen: OrderedDict[str, tuple[tuple[object, ...], TakeMedia]] = OrderedDict()
        while take:
            try:
                stamps = _file_stamps(studio, take)
                if take.id not in seen or seen[take.id][0] != stamps:
                    seen[take.id] = stamps, _load(studio, take)
                media = seen[take.id][1]
            except Exception as error:
                media = TakeMedia(error=to_engine_error(error).message)
            if len(seen) > _CACHE_SIZE:
                seen.popitem(last=False)
            self._post(TakeMediaLoaded(take.id, media))
            take = self._queue.get()
        studio.close()


def _file_stamps(studio: Studio, take: Take) -> tuple[object, ...]:
    """What a glimpse is read from, as it is now: the footage, its levels, its words."""
    from engine.tasks import levels_path, transcript_path

    paths = levels_path(studio, take), transcript_path(studio, take.id, take.label, take.digest)
    return (os.path.exists(studio.folder / take.path), *map(read_stamp, paths))


def _load(studio: Studio, take: Take) -> TakeMedia:
    from engine.speech import read_transcript
    from engine.tasks import levels_path, read_levels, transcript_path

    def read(path: Path, of: Callable[[Path], _T], what: str) -> _T | None:
        try:
            return of(path) if path.is_file() else None
        except Exception as error:
            failure = to_engine_error(error)
            troubles.append(f"its {what} cannot be read: {failure.message} {failure.hint}")
        return None

    troubles: list[str] = []
    levels = read(levels_path(studio, take), read_levels, "levels")
    words = read(transcript_path(studio, take.id, take.label, take.digest), read_transcript, "words")
    return TakeMedia(levels, words, " ".join(troubles), os.path.exists(studio.folder / take.path))
