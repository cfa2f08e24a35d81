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

from cwtui.console.documents.file_stamp import stamp_of
from cwtui.console.workers.error_report import in_words
from cwtui.console.workers.studio_worker import Said
from engine.catalog import Take

if TYPE_CHECKING:
    from engine.speech import Transcript
    from engine.studio import Studio
    from engine.tasks import TakeLevels

_T = TypeVar("_T")

_KEPT = 2000
# So long a glimpse is believed; whoever looks later has it looked at again.
_FRESH_S = 4.0
_OPENING = 24


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What there is by now; None where it is not made yet. `trouble` says what could not be read."""

    levels: TakeLevels | None = None
    transcript: Transcript | None = None
    trouble: str = ""
    present: bool = True

    @property
    def loudness(self) -> float | None:
        """LUFS of the whole."""
        return self.levels.loudness.integrated_lufs if self.levels else None

    @property
    def opening(self) -> str:
        """The first words."""
        from engine.speech import running_text

        said = running_text(self.transcript.words[:_OPENING]) if self.transcript else ""
        return f"“{said}”" if said else ""


class Glimpsed(Message):
    """A take's glimpse has been read."""

    def __init__(self, take: str, glimpse: Glimpse) -> None:
        super().__init__()
        self.take = take
        self.glimpse = glimpse


class Glimpses(Thread):
    """Reads on a thread of its own, what was asked for last first; asked twice, it remembers."""

    def __init__(self, folder: Path, tell: Callable[[Message], object]) -> None:
        super().__init__(name="glimpses", daemon=True)
        self._folder = folder
        self._tell = tell
        self._asked: LifoQueue[Take | None] = LifoQueue()
        self._known: OrderedDict[str, tuple[Glimpse, float]] = OrderedDict()
        self._loudness: dict[str, float | None] = {}
        self._coming: set[str] = set()

    def of(self, take: Take) -> Glimpse | None:
        """What is known of a take. What is not is read, and what was read a while ago looked at again; it comes as a
        message."""
        known = self._known.get(take.id)
        if known is None or time.monotonic() - known[1] > _FRESH_S:
            self._want(take)
        if known is None:
            return None
        self._known.move_to_end(take.id)
        return known[0]

    def loudness_of(self, take: Take) -> float | None:
        """LUFS of a take, however many there are; what is not known yet is read."""
        if take.id not in self._loudness:
            self._want(take)
        return self._loudness.get(take.id)

    def _want(self, take: Take) -> None:
        if take.id not in self._coming:
            self._coming.add(take.id)
            self._asked.put(take)

    def forget(self, take_id: str) -> None:
        """Something new was made of this take."""
        self._known.pop(take_id, None)

    def take_in(self, seen: Glimpsed) -> bool:
        """Remembers what was read; on the thread that asks. Whether it is something new."""
        self._coming.discard(seen.take)
        before = self._known.get(seen.take)
        self._known[seen.take] = seen.glimpse, time.monotonic()
        self._loudness[seen.take] = seen.glimpse.loudness
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return before is None or before[0] is not seen.glimpse

    def settled(self) -> bool:
        """Whether all that was asked for has been read."""
        return not self._coming

    def leave(self) -> None:
        """Ends the thread."""
        self._asked.put(None)

    def run(self) -> None:
        """Until it is told to leave."""
        # The engine takes a second to load. Until a take is asked about the first screen is painted, and goes before.
        take = self._asked.get()
        if take is None:
            return
        try:
            from engine.studio import Studio

            studio = Studio(self._folder)
        except Exception as error:
            self._tell(Said("", in_words(error)))
            return
        seen: OrderedDict[str, tuple[tuple[object, ...], Glimpse]] = OrderedDict()
        while take:
            try:
                stamps = _stamps(studio, take)
                if take.id not in seen or seen[take.id][0] != stamps:
                    seen[take.id] = stamps, _look(studio, take)
                glimpse = seen[take.id][1]
            except Exception as error:
                glimpse = Glimpse(trouble=in_words(error).message)
            if len(seen) > _KEPT:
                seen.popitem(last=False)
            self._tell(Glimpsed(take.id, glimpse))
            take = self._asked.get()
        studio.close()


def _stamps(studio: Studio, take: Take) -> tuple[object, ...]:
    """What a glimpse is read from, as it is now: the footage, its levels, its words."""
    from engine.tasks import levels_path, transcript_path

    paths = levels_path(studio, take), transcript_path(studio, take.id, take.label, take.digest)
    return (os.path.exists(studio.folder / take.path), *map(stamp_of, paths))


def _look(studio: Studio, take: Take) -> Glimpse:
    from engine.speech import read_transcript
    from engine.tasks import levels_path, read_levels, transcript_path

    def read(path: Path, of: Callable[[Path], _T], what: str) -> _T | None:
        try:
            return of(path) if path.is_file() else None
        except Exception as error:
            said = in_words(error)
            troubles.append(f"its {what} cannot be read: {said.message} {said.hint}")
        return None

    troubles: list[str] = []
    levels = read(levels_path(studio, take), read_levels, "levels")
    words = read(transcript_path(studio, take.id, take.label, take.digest), read_transcript, "words")
    return Glimpse(levels, words, " ".join(troubles), os.path.exists(studio.folder / take.path))
