"""Errors a person can cause or meet: each says what happened and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class EngineError(Exception):
    """The work could not be done. `message` says what happened, `hint` what to do next.

    The command line prints both and leaves with `exit_code`; a traceback is a bug.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class RequestError(EngineError):
    """The request itself was wrong: no such take, a malformed recipe, a file that is not footage."""

    exit_code = 2


class FileInTheWayError(RequestError):
    """A file lies where one is to be written, and may not be replaced."""


@dataclass(frozen=True, slots=True)
class GateChoice:
    """An answer that opens a gate: it sets `option` of the request, or of the job that waits, to `value`.

    `title` and `effect` name it and what follows from it; `command` gives the same answer on the command line.
    """

    option: str
    value: str | bool
    title: str
    effect: str = ""
    command: str = ""


class GateError(EngineError):
    """A gate refused: an answer from the director is needed before the work may go on.

    `choices` are the answers that it accepts, all for one option; empty where the answer is given in another way.
    """

    exit_code = 3

    def __init__(self, message: str, hint: str = "", choices: Sequence[GateChoice] = ()) -> None:
        super().__init__(message, hint)
        self.choices = tuple(choices)


class Cancelled(EngineError):
    """The director stopped the work; nothing half-written is left behind."""


class TransientError(EngineError):
    """Something outside the work failed that may be over in a moment: a volume that went away, a killed process."""


class Detached(EngineError):
    """The director stopped watching work that goes on without a console."""


def failure_as_json(path: Path | str, error: EngineError) -> dict[str, str]:
    """What went wrong with one of many, for people and for JSON."""
    return {"path": str(path), "message": error.message, "hint": error.hint}
