"""A project's script: a plain text file that other programs may edit too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from cwtui.console.documents.drafts import Draft, LoadedDrafts, discard_draft, draft_path
from engine.atomic_files import write_atomic
from engine.errors import RequestError
from engine.file_stamp import FileStamp, read_stamp
from engine.units import format_bytes

SCRIPT_NAME = "script.txt"
_MAX_BYTES = 4_000_000


@dataclass(frozen=True)
class ScriptFile:
    """A project's script as read from disk; `error` is the reason when it could not be read."""

    project: str
    path: Path
    stamp: FileStamp
    text: str = ""
    error: str = ""

    @property
    def as_draft(self) -> Draft:
        """The saved text as the base of a draft."""
        return Draft(text=self.text, base=self.stamp)


class ScriptLoaded(Message):
    """The script and its draft have been read; `rebase` when the draft is now based on this script."""

    def __init__(
        self, script: ScriptFile, stamps: tuple[FileStamp, FileStamp], found: LoadedDrafts, settles: bool
    ) -> None:
        super().__init__()
        self.script = script
        self.stamps = stamps
        self.drafts = found
        self.rebase = settles


def script_stamps(path: Path) -> tuple[FileStamp, FileStamp]:
    """The stamps of the script and of its draft."""
    return read_stamp(path), read_stamp(draft_path(path))


def read_script(project: str, path: Path) -> ScriptFile:
    """Read the script of a project; `error` is set when that fails."""
    stamp: FileStamp = None
    try:
        stamp = read_stamp(path)
        if stamp is None:
            return ScriptFile(project, path, None)
        if stamp[1] > _MAX_BYTES:
            return ScriptFile(project, path, stamp, error=f"{SCRIPT_NAME} is too large: {format_bytes(stamp[1])}.")
        content = path.read_bytes()
        return ScriptFile(project, path, stamp, content.decode("utf-8-sig"))
    except OSError as error:
        return ScriptFile(project, path, stamp, error=f"{SCRIPT_NAME} cannot be read: {error.strerror}.")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        trouble = f"{SCRIPT_NAME} is not UTF-8 (line {line}): save it as UTF-8."
        return ScriptFile(project, path, stamp, error=trouble)


def save_script(path: Path, draft: Draft) -> None:
    """Write the script atomically. Raises RequestError when it has changed since the draft was started."""
    if read_stamp(path) != draft.base:
        raise RequestError(f"{SCRIPT_NAME} was changed by another program.", "Press ctrl+s again to overwrite it.")
    write_atomic(path, draft.text.encode())
    discard_draft(path, draft)
