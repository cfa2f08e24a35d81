"""Opens a studio on a worker thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.workers.error_report import to_engine_error
from cwtui.console.workers.studio_worker import Notice

if TYPE_CHECKING:
    from engine.studio import Studio


def open_studio(folder: Path, post: Callable[[Message], object]) -> Studio | None:
    """A studio of the calling thread's own; None if it cannot be opened, with the error posted as a Notice."""
    try:
        # On this thread, because importing the engine takes a second.
        from engine.studio import Studio

        return Studio(folder)
    except Exception as error:
        post(Notice("", to_engine_error(error)))
        return None
