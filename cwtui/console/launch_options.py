"""The options that a console is opened with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cwtui.console.keymap import Keymap
from cwtui.console.session import Session
from cwtui.console.terminal.capabilities import Terminal
from cwtui.console.terminal.signals import ShutdownSignals

if TYPE_CHECKING:
    from engine.ingest import VolumeSource


@dataclass(frozen=True)
class LaunchOptions:
    """The options that a console is opened with.

    Tests replace `clock` (monotonic seconds), `today`, `volumes` and two delays: `suggestion_delay_s` is the pause
    after an edit of a cut before suggestions are searched, which takes time from the next edit; a message is shown for
    `message_s`.

    `create`: the director has agreed that a missing studio is created. `motion`: what runs is animated.
    """

    folder: Path
    session: Session
    keymap: Keymap
    terminal: Terminal
    project: str | None = None
    clock: Callable[[], float] = time.monotonic
    today: Callable[[], datetime] = lambda: datetime.now(UTC)
    signals: ShutdownSignals | None = None
    volumes: VolumeSource | None = None
    create: bool = False
    motion: bool = False
    suggestion_delay_s: float = 1.0
    message_s: float = 5.0
