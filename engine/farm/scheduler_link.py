"""Starts the Dask scheduler of a studio process, and passes it the ids of leases."""

from __future__ import annotations

import logging
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.catalog import FarmListener
from engine.farm.confined_child import log_tail, start_child
from engine.farm.dask_credentials import scheduler_credentials, scheduler_folder
from engine.farm.json_lines import LineChannel
from engine.file_stamp import FileStamp, read_stamp

_MODULE = "engine.farm.scheduler_process"
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
_HEALTHY_S = 60.0

logger = logging.getLogger("engine.farm")


class SchedulerLink:
    """The scheduler process while the farm listens. All methods are called by one thread; `hint` is called by another.

    `hint` gets the id of a lease about which the scheduler has heard something: its row may have changed.
    """

    def __init__(self, studio: Path, hint: Callable[[str], None]) -> None:
        self._folder = scheduler_folder(studio)
        self._credentials = scheduler_credentials(studio)
        self._hint = hint
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: LineChannel | None = None
        self._place: tuple[str, int, FileStamp] | None = None
        self._retry_at = self._pause = 0.0
        self._started_at = 0.0
        self._number = 0
        self.ready = False

    def follow(self, listener: FarmListener | None) -> bool:
        """Start, restart or end the scheduler so that it listens where the farm does. Return whether it has started."""
        place = None
        if listener and (stamp := read_stamp(self._credentials.certificate)):
            place = (listener.address, listener.scheduler_port, stamp)
        if self._process is not None and (place != self._place or self._has_ended()):
            if self._has_ended():
                logger.warning("the farm's scheduler has ended: %s", log_tail(self._folder))
                self._pause = (
                    min(2 * self._pause, _LONGEST_PAUSE_S)
                    if time.monotonic() - self._started_at < _HEALTHY_S and self._pause
                    else _FIRST_PAUSE_S
                )
                self._retry_at = time.monotonic() + self._pause
            self.close()
        if place is None or self._process is not None or time.monotonic() < self._retry_at:
            return False
        self._place = place
        self._start(place[0], place[1])
        return True

    def _has_ended(self) -> bool:
        """Whether the process has ended, or hears nothing any more: then it runs hostile code, or is suspended."""
        runs = self._process is not None and self._process.poll() is None
        return not (runs and self._channel and self._channel.is_open)

    def _start(self, address: str, port: int) -> None:
        settings = {
            "address": address,
            "port": port,
            "certificate": str(self._credentials.certificate),
            "key": str(self._credentials.key),
            "authority": str(self._credentials.authority),
        }
        self._process, end = start_child(_MODULE, self._folder, settings)
        self._started_at = time.monotonic()
        self._channel = LineChannel(end, self._received, lambda: None)

    def submit(self, lease_id: str, machine: str) -> None:
        """Have a machine run a lease. The pool submits it again when the scheduler has started again."""
        self._number += 1
        if self._channel:
            self._channel.send({"op": "submit", "lease": lease_id, "machine": machine, "number": self._number})

    def forget(self, lease_id: str) -> None:
        """Forget a lease that is over."""
        if self._channel:
            self._channel.send({"op": "forget", "lease": lease_id})

    def close(self) -> None:
        """End the scheduler."""
        self.ready = False
        process, channel = self._process, self._channel
        self._process = self._channel = self._place = None
        if process:
            # It may be suspended, or run hostile code that ignores the end of the socket.
            process.kill()
            process.wait()
        if channel:
            channel.close()

    @property
    def pid(self) -> int | None:
        """The scheduler's process id."""
        return self._process.pid if self._process else None

    def _received(self, message: dict[str, Any]) -> None:
        if message.get("event") == "listening":
            self.ready = True
        elif isinstance(lease := message.get("lease"), str):
            self._hint(lease)
