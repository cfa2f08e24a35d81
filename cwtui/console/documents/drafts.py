"""Drafts: unsaved texts, stored beside their files so that neither closing nor a lost connection loses them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

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


class Drafts:
    """The drafts of a screen: updated in memory at once, written in order by the thread behind `note`.

    All consoles on a studio share them. A loaded draft is applied only when no write is pending for it. A draft of
    another console is never overwritten.
    """

    def __init__(self, note: Callable[[Callable[[], None]], None]) -> None:
        self._submit_write = note
        self._known: dict[Path, Draft] = {}
        self._requested: Counter[Path] = Counter()
        self._written: Counter[Path] = Counter()
        self._on_disk: dict[Path, Draft | None] = {}

    def get(self, path: Path) -> Draft | None:
        """The draft of a document, if it has one."""
        return self._known.get(path)

    def store(self, path: Path, draft: Draft | None) -> None:
        """Set the draft of a document, or remove it with None."""
        if draft == self._known.get(path) and not self._is_pending(path):
            return
        self._set(path, draft)
        self._requested[path] += 1
        number = self._requested[path]

        def write() -> None:
            with locked(path):
                there = read_draft(path)
                theirs = there is not None and there not in (draft, self._on_disk.get(path))
                if theirs and draft:
                    raise RequestError(
                        f"Another console is editing {path.name}.", "Your text stays on this screen: ctrl+s saves it."
                    )
                if not theirs:
                    write_draft(path, draft)
                    self._on_disk[path] = draft
            self._written[path] = number

        self._submit_write(write)

    def update(self, path: Path, text: str, saved: Draft) -> None:
        """Store the editor's text as a draft if it differs from the known draft; `saved` is the content of the file."""
        known = self._known.get(path, saved)
        if not same_text(text, known.text) or self._is_pending(path):
            self.store(path, None if same_text(text, saved.text) else Draft(text=text, base=known.base))

    def retry_writes(self) -> None:
        """Retry the writes that failed."""
        for path in [path for path in self._requested if self._is_pending(path)]:
            self.store(path, self._known.get(path))

    def reader(self, *paths: Path) -> Callable[[list[Path]], LoadedDrafts]:
        """A function that reads these drafts, the known ones and more. Run it on the thread that writes them."""
        wanted = {*paths, *self._known}
        return lambda more: {path: (read_draft(path), self._written[path]) for path in {*wanted, *more}}

    def _is_pending(self, path: Path) -> bool:
        """Whether the newest draft is not written yet: queued, or failed by a full disk or another console's draft."""
        return self._written[path] != self._requested[path]

    def apply_loaded(self, found: LoadedDrafts) -> None:
        """Apply drafts that were read from disk."""
        for path, (draft, number) in found.items():
            if number == self._requested[path]:
                self._on_disk[path] = draft
                self._set(path, draft)

    def reconcile(self, path: Path, saved: Draft, settles: bool) -> None:
        """Drop a draft that equals the saved file; with `settles`, rebase any other draft on that file."""
        draft = self._known.get(path)
        if draft and same_text(draft.text, saved.text):
            self.store(path, None)
        elif draft and settles:
            self.store(path, Draft(text=draft.text, base=saved.base))

    def _set(self, path: Path, draft: Draft | None) -> None:
        if draft is None:
            self._known.pop(path, None)
        else:
            self._known[path] = draft
