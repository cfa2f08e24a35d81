"""What goes wrong on a thread, in words: what nobody foresaw is written down whole, and the thread goes on."""

from __future__ import annotations

import traceback
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from platformdirs import user_state_path

from engine.errors import EngineError

_MAX_BYTES = 1 << 20


def error_log_path() -> Path:
    """Where they are written down."""
    return user_state_path("cleanwater") / "errors.log"


def to_engine_error(error: Exception) -> EngineError:
    """An error as it is said on the screen."""
    if isinstance(error, EngineError):
        return error
    if isinstance(error, OSError):
        return EngineError(f"The system refused: {error}.", "Check the rights and the room on disk.")
    path = error_log_path()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            if file.tell() > _MAX_BYTES:
                file.truncate(0)
            file.write(f"{datetime.now().astimezone():%d %b %Y %H:%M:%S %z}\n")
            file.writelines(traceback.format_exception(error))
    return EngineError(
        f"Something is wrong in Cleanwater itself: {type(error).__name__}: {' '.join(str(error).split())}.",
        f"Nothing that was decided is lost; {path} has the details.",
    )
