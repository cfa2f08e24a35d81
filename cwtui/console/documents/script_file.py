"""A project's script: a plain text file that other programs may edit too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from cwtui.console.documents.document import Stamps
from cwtui.console.documents.drafts import LoadedDrafts
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
    def name(self) -> str:
        """The name of the file, which is the same in all projects."""
        return SCRIPT_NAME


class ScriptLoaded(Message):
    """The script and its draft have been read; `rebase` when the draft is now based on this script."""

    def __init__(self, script: ScriptFile, stamps: Stamps, drafts: LoadedDrafts, rebase: bool) -> None:
        super().__init__()
        self.script = script
        self.stamps = stamps
        self.drafts = drafts
        self.rebase = rebase


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
