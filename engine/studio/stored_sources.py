"""The masks, depth and flow of takes for frames on a screen, opened once."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.tasks import stored_folders, stored_sources

if TYPE_CHECKING:
    from engine.looks import TakeSources
    from engine.tasks import ResultPaths
    from engine.transfer import Subject


@dataclass(slots=True)
class StoredSources:
    """Opens the newest products of takes; they are opened again after a change. Not thread-safe; close it after use."""

    paths: ResultPaths
    _open: dict[str, tuple[tuple[str, ...], TakeSources | None, ExitStack]] = field(default_factory=dict)

    def of(self, subject: Subject) -> TakeSources | None:
        """The sources of a take or a file, None if nothing is stored. Raises EngineError if they cannot be read."""
        digest = subject.digest()
        folders = stored_folders(self.paths, subject)
        names = tuple(folder.name for folder in folders)
        known = self._open.get(digest)
        if known and known[0] == names:
            return known[1]
        if known:
            known[2].close()
        with ExitStack() as stack:
            sources = stored_sources(folders, stack) if folders else None
            self._open[digest] = (names, sources, stack.pop_all())
        return sources

    def close(self) -> None:
        """Closes the files."""
        while self._open:
            self._open.popitem()[1][2].close()
