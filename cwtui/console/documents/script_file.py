"""A project's script on the disk: plain text that others may write, too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from cwtui.console.documents.drafts import Draft, Found, draft_path, settle_draft
from cwtui.console.documents.file_stamp import Stamp, stamp_of
from cwtui.formatting import size
from engine.atomic_files import write_atomic
from engine.errors import RequestError

NAME = "script.txt"
_LARGEST = 4_000_000


@dataclass(frozen=True)
class Sheet:
    """A project's script as it was read from the disk; `trouble` says why it could not be."""

    project: str
    path: Path
    stamp: Stamp
    text: str = ""
    trouble: str = ""

    @property
    def saved(self) -> Draft:
        """What a draft of it is held against."""
        return Draft(text=self.text, base=self.stamp)


class SheetRead(Message):
    """The script and its draft have been read; `settles` where the draft is to be held against this script now."""

    def __init__(self, sheet: Sheet, stamps: tuple[Stamp, Stamp], found: Found, settles: bool) -> None:
        super().__init__()
        self.sheet = sheet
        self.stamps = stamps
        self.found = found
        self.settles = settles


def stamps_of(path: Path) -> tuple[Stamp, Stamp]:
    """When the script and its draft were written."""
    return stamp_of(path), stamp_of(draft_path(path))


def read_sheet(project: str, path: Path) -> Sheet:
    """The script of a project; one that cannot be read says why."""
    stamp: Stamp = None
    try:
        stamp = stamp_of(path)
        if stamp is None:
            return Sheet(project, path, None)
        if stamp[1] > _LARGEST:
            return Sheet(project, path, stamp, trouble=f"{NAME} is {size(stamp[1])}: that is no script.")
        content = path.read_bytes()
        return Sheet(project, path, stamp, content.decode("utf-8-sig"))
    except OSError as error:
        return Sheet(project, path, stamp, trouble=f"{NAME} cannot be read: {error.strerror}.")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        trouble = f"{NAME} is not UTF-8 (line {line}): save it as UTF-8 in its editor."
        return Sheet(project, path, stamp, trouble=trouble)


def save_sheet(path: Path, draft: Draft) -> None:
    """Writes it, whole or not at all. RequestError where somebody else wrote it since the draft was begun."""
    if stamp_of(path) != draft.base:
        raise RequestError(f"{NAME} was changed elsewhere meanwhile.", "ctrl+s again writes yours over it.")
    write_atomic(path, draft.text.encode())
    settle_draft(path, draft)
