"""A project's script on the disk: plain text that others may write, too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from cwtui.console.documents.drafts import Draft, LoadedDrafts, discard_draft, draft_path
from cwtui.formatting import format_bytes
from engine.atomic_files import write_atomic
from engine.errors import RequestError
from engine.file_stamp import FileStamp, read_stamp

SCRIPT_NAME = "script.txt"
_MAX_BYTES = 4_000_000


@dataclass(frozen=True)
class ScriptFile:
    """A project's script as it was read from the disk; `error` says why it could not be."""

    project: str
    path: Path
    stamp: FileStamp
    text: str = ""
    error: str = ""

    @property
    def as_draft(self) -> Draft:
        """What a draft of it is held against."""
        return Draft(text=self.text, base=self.stamp)


class ScriptLoaded(Message):
    """The script and its draft have been read; `rebase` where the draft is to be held against this script now."""

    def __init__(
        self, script: ScriptFile, stamps: tuple[FileStamp, FileStamp], found: LoadedDrafts, settles: bool
    ) -> None:
        super().__init__()
        self.script = script
        self.stamps = stamps
        self.drafts = found
        self.rebase = settles


def script_stamps(path: Path) -> tuple[FileStamp, FileStamp]:
    """When the script and its draft were written."""
    return read_stamp(path), read_stamp(draft_path(path))


def read_script(project: str, path: Path) -> ScriptFile:
    """The script of a project; one that cannot be read says why."""
    stamp: FileStamp = None
    try:
        stamp = read_stamp(path)
        if stamp is None:
            return ScriptFile(project, path, None)
        if stamp[1] > _MAX_BYTES:
            return ScriptFile(
                project, path, stamp, error=f"{SCRIPT_NAME} is {format_bytes(stamp[1])}: that is no script."
            )
        content = path.read_bytes()
        return ScriptFile(project, path, stamp, content.decode("utf-8-sig"))
    except OSError as error:
        return ScriptFile(project, path, stamp, error=f"{SCRIPT_NAME} cannot be read: {error.strerror}.")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        trouble = f"{SCRIPT_NAME} is not UTF-8 (line {line}): save it as UTF-8 in its editor."
        return ScriptFile(project, path, stamp, error=trouble)


def save_script(path: Path, draft: Draft) -> None:
    """Writes it, whole or not at all. RequestError where somebody else wrote it since the draft was begun."""
    if read_stamp(path) != draft.base:
        raise RequestError(f"{SCRIPT_NAME} was changed elsewhere meanwhile.", "ctrl+s again writes yours over it.")
    write_atomic(path, draft.text.encode())
    discard_draft(path, draft)
