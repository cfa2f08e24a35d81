"""User-facing errors. Each has a message (what happened) and a hint (what to do)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class EngineError(Exception):
    """Base class of user-facing errors. `message` says what happened, `hint` what to do next.

    The command line prints both and exits with `exit_code`. A traceback is a bug.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class RequestError(EngineError):
    """The request is invalid: an unknown take, a malformed recipe, a file that is not footage."""

    exit_code = 2


class FileInTheWayError(RequestError):
    """The output file already exists and may not be replaced."""


@dataclass(frozen=True, slots=True)
class GateChoice:
    """An answer that a gate accepts: it sets `option` of the request, or of the blocked job, to `value`.

    `title` names the answer, `effect` its consequence; `command` gives the same answer on the command line.
    """

    option: str
    value: str | bool
    title: str
    effect: str = ""
    command: str = ""


class GateError(EngineError):
    """The user has to answer a question before the work can continue.

    `choices` are the accepted answers, all for one option. They are empty if the answer is given in another way.
    """

    exit_code = 3

    def __init__(self, message: str, hint: str = "", choices: Sequence[GateChoice] = ()) -> None:
        super().__init__(message, hint)
        self.choices = tuple(choices)


class Cancelled(EngineError):
    """The user cancelled the work. No partial file remains."""


class TransientError(EngineError):
    """An external failure that may be temporary, such as an unmounted volume or a killed process."""


class Detached(EngineError):
    """The user stopped watching work that continues without a console."""


def failure_as_json(path: Path | str, error: EngineError) -> dict[str, str]:
    """Return the error of one of several files as a JSON object: `path`, `message`, `hint`."""
    return {"path": str(path), "message": error.message, "hint": error.hint}
