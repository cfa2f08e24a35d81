"""Drafts: unsaved texts, stored beside their files so that neither closing nor a lost connection loses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

from pydantic import BaseModel, ConfigDict

from engine.atomic_files import exclusive_lock, write_atomic
from engine.errors import RequestError
from engine.file_stamp import FileStamp

_FOLDER = ".drafts"


class Draft(BaseModel):
    """An unsaved text; `base` is the stamp of the file that it was started from."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str
    base: FileStamp


LoadedDrafts = Mapping[Path, tuple[Draft | None, int]]
"""Drafts on disk by the document's path, with the number of the last write request that was completed."""


def same_text(one: str, other: str) -> bool:
    """Whether two texts are equal apart from their line endings."""
    return one == other or one.splitlines() == other.splitlines()


def draft_path(path: Path) -> Path:
    """The path of a document's draft."""
    return path.parent / _FOLDER / f"{path.name}.json"


def files_with_drafts(folder: Path) -> list[Path]:
    """The documents of a folder that have drafts, including those that do not exist themselves."""
    return sorted(folder / path.stem for path in (folder / _FOLDER).glob("[!.]*.json"))


def read_draft(path: Path) -> Draft | None:
    """The draft of a document; None when there is none or it cannot be read."""
    with suppress(OSError, ValueError):
        return Draft.model_validate_json(draft_path(path).read_bytes())
    return None


def write_draft(path: Path, draft: Draft | None) -> None:
    """Write the draft of a document, or remove it."""
    target = draft_path(path)
    if draft is None:
        target.unlink(missing_ok=True)
        return
    # Without `parents`, because the folder of an unmounted disk must not be created again.
    target.parent.mkdir(exist_ok=True)
    write_atomic(target, draft.model_dump_json().encode())


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock a document's draft against other consoles."""
    if not path.parent.exists():
        # The disk is unmounted. The next write reports that; a lock file would create the missing folders.
        yield
        return
    with exclusive_lock(draft_path(path).with_suffix(".lock"), wait=True, what=path.name):
        yield


def discard_draft(path: Path, draft: Draft) -> None:
    """Remove the draft of a saved document, unless another console has replaced it."""
    with locked(path):
        if read_draft(path) == draft:
            write_draft(path, None)


@dataclass(frozen=True, slots=True)
class _DraftState:
    """The newest draft of a document, and the draft on disk as it was last read or written.

    `requested` is the number of the last write request, `written` that of the last one that was completed.
    """

    draft: Draft | None = None
    on_disk: Draft | None = None
    requested: int = 0
    written: int = 0

    @property
    def pending(self) -> bool:
        """Whether the newest draft is not written yet: queued, or failed by a full disk or another console's draft."""
        return self.written != self.requested


class Drafts:
    """The drafts of a screen: updated in memory at once, written in order by the thread behind `submit_write`.

    All consoles on a studio share them. A loaded draft is applied only when no write is pending for it. A draft of
    another console is never overwritten.
    """

    def __init__(self, submit_write: Callable[[Callable[[], None]], None]) -> None:
        self._submit_write = submit_write
        self._states: dict[Path, _DraftState] = {}
        self._lock = Lock()

    def get(self, path: Path) -> Draft | None:
        """The draft of a document, if it has one."""
        return self._state(path).draft

    def store(self, path: Path, draft: Draft | None) -> None:
        """Set the draft of a document, or remove it with None."""
        state = self._state(path)
        if draft == state.draft and not state.pending:
            return
        number = state.requested + 1
        self._set(path, draft=draft, requested=number)

        def write() -> None:
            with locked(path):
                there = read_draft(path)
                theirs = there is not None and there not in (draft, self._state(path).on_disk)
                if theirs and draft:
                    raise RequestError(
                        f"Another console is editing {path.name}.", "Your text stays on this screen: ctrl+s saves it."
                    )
                if not theirs:
                    write_draft(path, draft)
                    self._set(path, on_disk=draft)
            self._set(path, written=number)

        self._submit_write(write)

    def update(self, path: Path, text: str, saved: Draft) -> None:
        """Store the editor's text as a draft if it differs from the known draft; `saved` is the content of the file."""
        state = self._state(path)
        known = state.draft or saved
        if not same_text(text, known.text) or state.pending:
            self.store(path, None if same_text(text, saved.text) else Draft(text=text, base=known.base))

    def retry_writes(self) -> None:
        """Retry the writes that failed."""
        for path, state in list(self._states.items()):
            if state.pending:
                self.store(path, state.draft)

    def reader(self, *paths: Path) -> Callable[[list[Path]], LoadedDrafts]:
        """A function that reads these drafts, the known ones and more. Run it on the thread that writes them."""
        wanted = {*paths, *(path for path, state in self._states.items() if state.draft)}
        return lambda more: {path: (read_draft(path), self._state(path).written) for path in {*wanted, *more}}

    def apply_loaded(self, found: LoadedDrafts) -> None:
        """Apply drafts that were read from disk."""
        for path, (draft, number) in found.items():
            if number == self._state(path).requested:
                self._set(path, draft=draft, on_disk=draft)

    def reconcile(self, path: Path, saved: Draft, rebase: bool) -> None:
        """Drop a draft that equals the saved file; with `rebase`, rebase any other draft on that file."""
        draft = self.get(path)
        if draft and same_text(draft.text, saved.text):
            self.store(path, None)
        elif draft and rebase:
            self.store(path, Draft(text=draft.text, base=saved.base))

    def _state(self, path: Path) -> _DraftState:
        return self._states.get(path, _DraftState())

    def _set(self, path: Path, **changes: Any) -> None:
        # The screen and the writing thread change different fields of one state.
        with self._lock:
            self._states[path] = replace(self._state(path), **changes)
