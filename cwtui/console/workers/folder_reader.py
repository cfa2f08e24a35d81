"""Lists folders, counts their footage and completes paths. A slow or absent disk delays this thread and no key."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.footage_messages import FolderCounted, FolderListed, PathCompleted, PathsResolved, PlacesListed
from cwtui.console.workers.error_report import to_engine_error
from cwtui.path_text import complete_path, parse_paths
from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.ingest import MediaCount, VolumeSource


class FolderReader(Thread):
    """Reads folders for one dialog. `post` accepts messages from this thread.

    Counts of a folder that is no longer shown are cancelled.
    """

    def __init__(self, studio: Path, volumes: VolumeSource | None, post: Callable[[Message], object]) -> None:
        super().__init__(name="folders", daemon=True)
        self._studio, self._volumes, self._post = studio, volumes, post
        self._requests: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._interrupted, self._idle = Event(), Event()
        # Only this thread uses these.
        self._uncounted: deque[Path] = deque()
        self._counted: dict[Path, tuple[MediaCount, str | None]] = {}

    def open(self, folder: Path | None) -> None:
        """List a folder, then count what is in it; without one, list the places."""
        self._submit(lambda: self._list(folder))

    def count(self, folders: Iterable[Path]) -> None:
        """Count folders before others."""
        wanted = list(folders)
        self._submit(lambda: self._uncounted.extendleft(reversed(wanted)))

    def complete(self, text: str) -> None:
        """Complete a typed path."""
        self._submit(lambda: self._send(PathCompleted(text, complete_path(text))))

    def resolve(self, text: str, submitted: bool) -> None:
        """Find the paths in a text."""
        self._submit(lambda: self._resolve(text, submitted))

    def stop(self) -> None:
        """End the thread after the current folder."""
        self._interrupted.set()
        self._requests.put(None)

    def idle(self) -> bool:
        """Whether everything is listed and counted."""
        return self._idle.is_set()

    def run(self) -> None:
        while True:
            if self._requests.empty() and not self._uncounted:
                self._idle.set()
            try:
                request = self._requests.get(block=not self._uncounted)
            except Empty:
                self._count_next()
                continue
            if request is None:
                return
            self._idle.clear()
            if self._requests.empty():
                self._interrupted.clear()
            try:
                request()
            except Exception as error:
                self._send(FolderListed(Path(), (), to_engine_error(error)))

    def _submit(self, request: Callable[[], None]) -> None:
        self._idle.clear()
        self._interrupted.set()
        self._requests.put(request)

    def _send(self, message: Message) -> None:
        self._post(message)

    def _list(self, folder: Path | None) -> None:
        from engine.ingest import list_folder, list_places, system_volumes
        from engine.studio import recent_sources

        self._uncounted.clear()
        if folder is None:
            places = list_places(self._volumes or system_volumes(), recent_sources(self._studio))
            self._send(PlacesListed(places))
            self._uncounted.extend(place.path for place in places if place.card)
            return
        try:
            entries = list_folder(folder)
        except EngineError as error:
            self._send(FolderListed(folder, (), error))
            return
        self._send(FolderListed(folder, entries, None))
        self._uncounted.extend(entry.path for entry in entries if entry.kind == "folder")

    def _count_next(self) -> None:
        from engine.ingest import card_layout, count_media

        folder = self._uncounted.popleft()
        if folder not in self._counted:
            count = count_media(folder, self._interrupted.is_set)
            if self._interrupted.is_set():
                self._uncounted.appendleft(folder)
                return
            self._counted[folder] = count, card_layout(folder)
        self._send(FolderCounted(folder, *self._counted[folder]))

    def _resolve(self, text: str, submitted: bool) -> None:
        from engine.ingest import read_entry

        entries = {path: read_entry(path) for path in parse_paths(text)}
        found = [entry for entry in entries.values() if entry]
        self._send(PathsResolved(found, [path for path, entry in entries.items() if entry is None], submitted))
