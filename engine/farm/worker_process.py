"""The process in which a machine works for a farm: found by a lock, started in the background, stopped."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from engine.catalog import FrozenModel
from engine.errors import EngineError
from engine.farm.membership import Membership
from engine.jobs import tail

_MODULE = "engine.farm.detached_worker"
_LOCK, _LOG = "worker.lock", "worker.log"
_MAX_LOG_BYTES = 1 << 20
_LOG_LINES = 3
_LOOK_S = 0.05
_STOP_S = 60.0


class WorkingProcess(FrozenModel):
    """A process that works for a farm. `detached`: it runs without a terminal."""

    pid: int
    since: datetime
    detached: bool = False


@contextmanager
def announced_worker(folder: Path, detached: bool) -> Iterator[None]:
    """Let `find_worker` find this process while the block runs. The caller has made sure that there is no other.

    The system releases the lock of a process that is killed; what it wrote stays.
    """
    working = WorkingProcess(pid=os.getpid(), since=datetime.now(UTC), detached=detached)
    with (folder / _LOCK).open("wb", buffering=0) as file:
        # Written before it is locked: it counts only while it is locked, and no reader finds half of it.
        file.write(working.model_dump_json().encode())
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            file.truncate(0)


def find_worker(membership: Membership) -> WorkingProcess | None:
    """Return the process of this machine that works for a farm now, or None."""
    found, runs = _read(membership.folder)
    return found if runs else None


def killed_worker(membership: Membership) -> WorkingProcess | None:
    """Return the last process in the background if it was killed, or the system went down; None if it ended itself."""
    found, runs = _read(membership.folder)
    return found if found and found.detached and not runs else None


def _read(folder: Path) -> tuple[WorkingProcess | None, bool]:
    """The process that was announced last, and whether it runs."""
    try:
        with (folder / _LOCK).open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                runs = False
            except BlockingIOError:
                runs = True
            return WorkingProcess.model_validate_json(file.read()), runs
    except (OSError, ValueError):
        return None, False


def detach_worker(membership: Membership, job_kinds: str) -> WorkingProcess:
    """Work for a farm in the background, also after this terminal was closed. Return once the process works.

    `job_kinds` is module:function, as for a studio process. Raises EngineError if the process ends at once.
    """
    log = membership.folder / _LOG
    with log.open("a") as said:
        if said.tell() > _MAX_LOG_BYTES:
            said.truncate(0)
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", _MODULE, membership.host, job_kinds],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                cwd=membership.folder,
            )
        except OSError as error:
            raise EngineError(
                f"The process that works for the farm could not be started: {error.strerror}.",
                "Without --detach, it works in this terminal.",
            ) from error
    while (working := find_worker(membership)) is None:
        if process.poll() is not None:
            words = " ".join(tail(log, _LOG_LINES))
            raise EngineError(f"The process that works for the farm has ended: {words}", f"Its log is {log}.")
        time.sleep(_LOOK_S)
    return working


def stop_worker(membership: Membership) -> WorkingProcess | None:
    """End the process that works for a farm, with its jobs. Return it, None if there was none. Raises EngineError."""
    working = find_worker(membership)
    if working is None:
        return None
    with suppress(ProcessLookupError):
        os.kill(working.pid, signal.SIGTERM)
    until = time.monotonic() + _STOP_S
    # It releases the lock shortly before it releases the cache.
    while _is_alive(working.pid) or find_worker(membership) == working:
        if time.monotonic() > until:
            raise EngineError(
                f"Process {working.pid}, which works for the farm, has not ended for {_STOP_S:.0f} s.",
                f"Run kill -9 {working.pid}. The host gives its jobs to other machines.",
            )
        time.sleep(_LOOK_S)
    return working


def _is_alive(pid: int) -> bool:
    """Whether a process runs; one whose parent has not read its exit code does not."""
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
