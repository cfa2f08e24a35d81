"""Edits recipes and looks of one's own with the user's editor. A text with errors is kept as a draft."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cwtui.commands._output import expects_json

if TYPE_CHECKING:
    from engine.file_stamp import FileStamp
    from engine.validation import Problem

_STDERR = 2
# Used in this order when neither VISUAL nor EDITOR is set.
_EDITORS = ("nano", "vim", "vi")


def edit_preset(
    name: str,
    path: Path,
    stored: str,
    stamp: FileStamp | None,
    find_problems: Callable[[str, Path], list[Problem]],
    command: str,
) -> Literal["saved", "unchanged"]:
    """Edits the `stored` text of a file with $VISUAL or $EDITOR, from its draft if there is one, and saves it.

    Raises RequestError if it is not saved; `command` continues with the draft.
    """
    from cwtui.console.documents.drafts import Draft, draft_path, read_draft, same_text, write_draft
    from engine.atomic_files import exclusive_lock, write_atomic
    from engine.file_stamp import read_stamp

    editor = _editor()
    # Hidden, so that it is no preset; beside it, so that editors find the schema. A killed editor leaves it there.
    copy = path.with_name(f".{path.name}")
    with exclusive_lock(draft_path(copy).with_suffix(".lock"), wait=False, what=f"An editor of {name}"):
        draft = read_draft(path) or Draft(text=stored, base=stamp)
        if not copy.exists():
            write_atomic(copy, draft.text.encode())
        # With --json, stdout has only the result.
        shown = _STDERR if expects_json() else None
        code = subprocess.run([*editor, str(copy)], check=False, stdout=shown).returncode
        text, found = _read_back(copy, path, find_problems)
        now = read_stamp(path)
        state: Literal["saved", "unchanged"] = "unchanged"
        if not same_text(text, stored):
            if code or found or now != draft.base:
                # The next edit replaces a version of the file that another program has written since.
                write_draft(path, Draft(text=text, base=now))
                copy.unlink()
                raise _not_saved(name, editor[0], code, found, command)
            write_atomic(path, text.encode())
            state = "saved"
        write_draft(path, None)
        copy.unlink()
    return state


def _editor() -> list[str]:
    """The user's editor and its arguments. Raises RequestError if there is none."""
    from engine.errors import RequestError

    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    command = shlex.split(chosen) if chosen else [next(filter(shutil.which, _EDITORS), "")]
    if not command or not shutil.which(command[0]):
        what = f"The editor {command[0]} was not found." if chosen and command else "There is no editor."
        raise RequestError(what, "Set EDITOR to the command of your editor: export EDITOR=nano")
    return command


def _read_back(
    copy: Path, path: Path, find_problems: Callable[[str, Path], list[Problem]]
) -> tuple[str, list[Problem]]:
    """The text after editing, and its errors."""
    from engine.own_presets import read_partly
    from engine.validation import Problem

    text, error = read_partly(copy)
    return text, [Problem((), *error, error[1])] if error else find_problems(text, path)


def _not_saved(name: str, editor: str, code: int, found: list[Problem], command: str) -> Exception:
    from engine.errors import RequestError
    from engine.validation import list_problems

    if code:
        why = f"{editor} ended with exit code {code}"
    else:
        why = list_problems(found) if found else "another program has changed it in the meantime"
    return RequestError(
        f"{name} was not saved: {why}.",
        f"Your text is kept as a draft: {command} {name} continues with it, and the console shows it.",
    )
