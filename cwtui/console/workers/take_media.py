"""A take's waveform levels and transcript, read on demand on a thread."""

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
from cwtui.console.workers.open_studio import open_studio
from cwtui.console.workers.overlay_frames import perception_stamp
from engine.catalog import Take
from engine.file_stamp import read_stamp

if TYPE_CHECKING:
    from engine.perception import ProductOverlay
    from engine.speech import Transcript
    from engine.studio import Studio
    from engine.tasks import TakeLevels

_T = TypeVar("_T")

_CACHE_SIZE = 2000
# After this time a cached entry is checked again.
_MAX_AGE_S = 4.0
_FIRST_WORDS = 24


@dataclass(frozen=True, slots=True)
class TakeMedia:
    """Levels and transcript of a take; None until they are made. `error` says what could not be read.

    `known_names` are the names of voices in the take's project. `overlays` are the products that can be drawn over the
    picture.
    """

    levels: TakeLevels | None = None
    transcript: Transcript | None = None
    error: str = ""
    present: bool = True
    known_names: tuple[str, ...] = ()
    overlays: tuple[ProductOverlay, ...] = ()

    @property
    def loudness(self) -> float | None:
        """The integrated loudness in LUFS."""
        return self.levels.loudness.integrated_lufs if self.levels else None

    @property
    def first_words(self) -> str:
        """The first words, in quotation marks."""
        from engine.speech import running_text

        said = running_text(self.transcript.words[:_FIRST_WORDS]) if self.transcript else ""
        return f"“{said}”" if said else ""


class TakeMediaLoaded(Message):
    """The media of a take have been read."""

    def __init__(self, take: str, media: TakeMedia) -> None:
        super().__init__()
        self.take = take
        self.media = media


class TakeMediaLoader(Thread):
    """Reads takes' media on a thread, the latest request first, and caches them."""

    def __init__(self, folder: Path, post: Callable[[Message], object]) -> None:
        super().__init__(name="take media", daemon=True)
        self._folder = folder
        self._post = post
        self._queue: LifoQueue[Take | None] = LifoQueue()
        self._cache: OrderedDict[str, tuple[TakeMedia, float]] = OrderedDict()
        self._loudness: dict[str, float | None] = {}
        self._pending: set[str] = set()

    def get(self, take: Take) -> TakeMedia | None:
        """The cached media of a take. Missing or old entries are read again and posted as a message."""
        known = self._cache.get(take.id)
        if known is None or time.monotonic() - known[1] > _MAX_AGE_S:
            self._request(take)
        if known is None:
            return None
        self._cache.move_to_end(take.id)
        return known[0]

    def loudness_of(self, take: Take) -> float | None:
        """The integrated loudness of a take in LUFS, cached without a limit; read when unknown."""
        if take.id not in self._loudness:
            self._request(take)
        return self._loudness.get(take.id)

    def _request(self, take: Take) -> None:
        if take.id not in self._pending:
            self._pending.add(take.id)
            self._queue.put(take)

    def invalidate(self, take_id: str) -> None:
        """Drop a take's cached media, because a job has made new ones."""
        self._cache.pop(take_id, None)

    def reload(self, take: Take) -> None:
        """Reads a take's media again; until then the cached ones are shown."""
        self._request(take)

    def store(self, event: TakeMediaLoaded) -> bool:
        """Cache loaded media, on the UI thread; return whether they have changed."""
        self._pending.discard(event.take)
        before = self._cache.get(event.take)
        self._cache[event.take] = event.media, time.monotonic()
        self._loudness[event.take] = event.media.loudness
        while len(self._cache) > _CACHE_SIZE:
            self._cache.popitem(last=False)
        return before is None or before[0] is not event.media

    def idle(self) -> bool:
        """Whether no request is pending."""
        return not self._pending

    def stop(self) -> None:
        self._queue.put(None)

    def run(self) -> None:
        # Importing the engine takes a second. Waiting for the first request lets the first screen be painted before.
        take = self._queue.get()
        if take is None:
            return
        studio = open_studio(self._folder, self._post)
        if studio is None:
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
    """The current stamps of the files behind a take's media: footage, levels, transcript, products of perception."""
    from engine.tasks import VOICES, levels_path, perception_folder, transcript_path

    transcript = transcript_path(studio, take.id, take.label, take.digest)
    paths = levels_path(studio, take), transcript, transcript.with_name(VOICES)
    stored = perception_stamp(perception_folder(studio.paths, take.id, take.digest))
    return (os.path.exists(studio.folder / take.path), stored, *map(read_stamp, paths))


def _load(studio: Studio, take: Take) -> TakeMedia:
    from engine.perception import stored_overlays
    from engine.speech import read_transcript
    from engine.tasks import (
        VOICES,
        SpeechAnnotations,
        levels_path,
        perception_folder,
        read_levels,
        transcript_path,
    )

    def read(path: Path, of: Callable[[Path], _T], what: str) -> _T | None:
        try:
            return of(path) if path.is_file() else None
        except Exception as error:
            failure = to_engine_error(error)
            troubles.append(f"{what} cannot be read: {failure.message} {failure.hint}")
        return None

    troubles: list[str] = []
    levels = read(levels_path(studio, take), read_levels, "Levels")
    path = transcript_path(studio, take.id, take.label, take.digest)
    words = read(path, read_transcript, "Transcript")
    annotations = SpeechAnnotations(studio.paths)
    voices = read(path.with_name(VOICES), lambda _: annotations.known_voices(take), "Named voices") or ()
    present = os.path.exists(studio.folder / take.path)
    overlays = stored_overlays(perception_folder(studio.paths, take.id, take.digest))
    return TakeMedia(levels, words, " ".join(troubles), present, tuple(voice.name for voice in voices), overlays)
