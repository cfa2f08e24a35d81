"""Converts exceptions on threads to user-facing errors; unexpected ones are logged with their traceback."""

from __future__ import annotations

import traceback
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from platformdirs import user_state_path

from engine.errors import EngineError

_MAX_BYTES = 1 << 20


def error_log_path() -> Path:
    """The path of the error log."""
    return user_state_path("cleanwater") / "errors.log"


def to_engine_error(error: Exception) -> EngineError:
    """An exception as an EngineError. An unexpected one is written to the error log."""
    if isinstance(error, EngineError):
        return error
    if isinstance(error, OSError):
        return EngineError(f"System error: {error}.", "Check permissions and free disk space.")
    path = error_log_path()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            if file.tell() > _MAX_BYTES:
                file.truncate(0)
            file.write(f"{datetime.now().astimezone():%d %b %Y %H:%M:%S %z}\n")
            file.writelines(traceback.format_exception(error))
    return EngineError(
        f"Internal error: {type(error).__name__}: {' '.join(str(error).split())}.",
        f"Your decisions are saved. Details are in {path}.",
    )
