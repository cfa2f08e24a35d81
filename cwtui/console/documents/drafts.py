"""Texts that are not saved yet, beside the files that they are to be: neither leaving nor a dropped line loses one."""

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
    """What was written; `base` is the stamp of the file that it began from."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str
    base: FileStamp


LoadedDrafts = Mapping[Path, tuple[Draft | None, int]]
"""Drafts as they are on the disk, by their texts' files, and which of those that were asked for was written last."""


def same_text(one: str, other: str) -> bool:
    """Whether two texts say the same, however their lines end."""
    return one == other or one.splitlines() == other.splitlines()


def draft_path(path: Path) -> Path:
    """Where a text's draft lies."""
    return path.parent / _FOLDER / f"{path.name}.json"


def files_with_drafts(folder: Path) -> list[Path]:
    """The files in a folder that there are drafts of, whether they are there themselves or not."""
    return sorted(folder / path.stem for path in (folder / _FOLDER).glob("[!.]*.json"))


def read_draft(path: Path) -> Draft | None:
    """A text's draft; none where it cannot be read."""
    with suppress(OSError, ValueError):
        return Draft.model_validate_json(draft_path(path).read_bytes())
    return None


def write_draft(path: Path, draft: Draft | None) -> None:
    """Writes a text's draft, or removes it."""
    target = draft_path(path)
    if draft is None:
        target.unlink(missing_ok=True)
        return
    # Only this one: where a disk is away, no other studio is to be begun in its place.
    target.parent.mkdir(exist_ok=True)
    write_atomic(target, draft.model_dump_json().encode())


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """While no other console looks at a text's draft, or writes it."""
    if not path.parent.exists():
        # The disk is away, which is said where something is written; a lock would make folders in its place.
        yield
        return
    with exclusive_lock(draft_path(path).with_suffix(".lock"), wait=True, what=path.name):
        yield


def discard_draft(path: Path, draft: Draft) -> None:
    """The file says what this draft says: it goes, where it is not another console's that lies there."""
    with locked(path):
        if read_draft(path) == draft:
            write_draft(path, None)


class Drafts:
    """The drafts of a room: changed at once, written by the thread that `note` leaves things to, in that order.

    All consoles on a studio have the same ones. What is read from the disk is believed where nothing was asked to be
    written since; what another console wrote meanwhile is never written over.
    """

    def __init__(self, note: Callable[[Callable[[], None]], None]) -> None:
        self._submit_write = note
        self._known: dict[Path, Draft] = {}
        self._requested: Counter[Path] = Counter()
        self._written: Counter[Path] = Counter()
        self._on_disk: dict[Path, Draft | None] = {}

    def get(self, path: Path) -> Draft | None:
        """A text's draft, if it has one."""
        return self._known.get(path)

    def store(self, path: Path, draft: Draft | None) -> None:
        """This is the draft from now on, or there is none any more."""
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
                        f"Another console writes in {path.name}, too.", "Yours stays on this screen: ctrl+s saves it."
                    )
                if not theirs:
                    write_draft(path, draft)
                    self._on_disk[path] = draft
            self._written[path] = number

        self._submit_write(write)

    def update(self, path: Path, text: str, saved: Draft) -> None:
        """An editor has this text; `saved` is what its file has. A draft is what neither of them knows yet."""
        known = self._known.get(path, saved)
        if not same_text(text, known.text) or self._is_pending(path):
            self.store(path, None if same_text(text, saved.text) else Draft(text=text, base=known.base))

    def retry_writes(self) -> None:
        """What could not be written is tried once more."""
        for path in [path for path in self._requested if self._is_pending(path)]:
            self.store(path, self._known.get(path))

    def reader(self, *paths: Path) -> Callable[[list[Path]], LoadedDrafts]:
        """Reads these, those that are known by now and more, on the thread that writes them."""
        wanted = {*paths, *self._known}
        return lambda more: {path: (read_draft(path), self._written[path]) for path in {*wanted, *more}}

    def _is_pending(self, path: Path) -> bool:
        """Whether the newest is still to be written: it waits, the disk was full, or another console was faster."""
        return self._written[path] != self._requested[path]

    def apply_loaded(self, found: LoadedDrafts) -> None:
        """What is on the disk."""
        for path, (draft, number) in found.items():
            if number == self._requested[path]:
                self._on_disk[path] = draft
                self._set(path, draft)

    def reconcile(self, path: Path, saved: Draft, settles: bool) -> None:
        """No draft any more where the file says the same; where that `settles` it, it is held against this file now."""
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
