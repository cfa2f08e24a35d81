"""The studio process of a folder: a single process, found by a lock and a heartbeat, started on demand."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

from engine import __version__
from engine.atomic_files import make_folder
from engine.credentials import credential_path
from engine.errors import EngineError

LOCK = "studio.lock"
LOG = Path("work") / "studio.log"
HEARTBEAT_S = 2.0

# Allows for several late heartbeats on a busy machine.
_STALE_S = 20.0
_LOCK_TIMEOUT_S = 15.0
# A stop may take longer than this as long as the process is alive; `waiting` is called after the other one.
_STOP_TIMEOUT_S = 30.0
_STOP_NOTICE_S = 2.0
_MAX_LOG_BYTES = 1 << 20
# A new owner writes its presence right after it took the lock, but a busy machine may suspend it between the two.
_WRITTEN_S = 2.0
# One write of a fixed length replaces the presence, so that no reader finds half of it.
_PRESENCE_BYTES = 4096


class Presence(BaseModel):
    """The studio process of a folder, with its Cleanwater version.

    `awake`: it prevents system sleep because jobs run. `leaving`: it is about to exit. `keys` is the folder in which
    its jobs look for the user's signing key. `settled`: no job of an earlier process runs any more, or counts as such.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    pid: int
    host: str
    version: str = ""
    since: datetime
    awake: bool = False
    leaving: bool = False
    keys: str = ""
    settled: bool = True


class StudioLock:
    """The lock on a studio folder, owned by its studio process until it exits."""

    def __init__(self, studio: Path, file: IO[bytes]) -> None:
        self._file = file
        self._path = studio / LOCK
        self._presence = Presence(
            pid=os.getpid(),
            host=socket.gethostname(),
            version=__version__,
            since=datetime.now(UTC),
            keys=str(credential_path().parent),
            settled=False,
        )
        self.update()

    @classmethod
    def acquire(cls, studio: Path) -> StudioLock:
        """Locks the folder. Raises EngineError, with the owner, if another process has it.

        The system releases the lock of a dead process. Waits for a process that is about to exit.
        """
        make_folder(studio)
        file = os.fdopen(os.open(studio / LOCK, os.O_RDWR | os.O_CREAT, 0o644), "rb+", buffering=0)
        until = time.monotonic() + _LOCK_TIMEOUT_S
        sure = 0
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                holder = _read(studio)
                # `find_studio_process` takes the lock for a moment, so one failure is not conclusive.
                sure += holder is not None and not holder.leaving
                if sure > 10 or time.monotonic() > until:
                    raise studio_in_use(studio, holder) from error
                time.sleep(0.05)
        elsewhere = _read(studio)
        here = socket.gethostname()
        if elsewhere and elsewhere.host != here and not elsewhere.leaving and _age(studio) < _STALE_S:
            raise studio_in_use(studio, elsewhere)
        return cls(studio, file)

    def heartbeat(self) -> bool:
        """Updates the heartbeat. Returns False if the studio folder, and the lock with it, was removed or replaced."""
        try:
            os.utime(self._path)
            return os.path.samestat(os.stat(self._path), os.fstat(self._file.fileno()))
        except FileNotFoundError:
            return False
        except OSError:  # an unavailable volume may come back
            return True

    def update(self, *, awake: bool | None = None, leaving: bool = False) -> None:
        """Writes the presence of this process."""
        change = {"leaving": leaving, **({} if awake is None else {"awake": awake})}
        self._presence = self._presence.model_copy(update=change)
        content = self._presence.model_dump_json().encode().ljust(_PRESENCE_BYTES)
        os.pwrite(self._file.fileno(), content, 0)
        self._file.truncate(len(content))

    def settle(self) -> None:
        """Notes that no job of an earlier process counts as running."""
        if not self._presence.settled:
            self._presence = self._presence.model_copy(update={"settled": True})
            self.update()

    def release(self) -> None:
        """Releases the folder."""
        self.update(awake=False, leaving=True)
        self._file.close()


def find_studio_process(studio: Path) -> Presence | None:
    """The studio process that runs now; None if there is none or it is about to exit."""
    try:
        with (studio / LOCK).open("r", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                present = _read_written(studio)
                return None if present and present.leaving else present
    except OSError:
        return None
    elsewhere = _read(studio)
    if elsewhere and elsewhere.host != socket.gethostname() and not elsewhere.leaving and _age(studio) < _STALE_S:
        return elsewhere
    return None


def _read_written(studio: Path) -> Presence | None:
    """The presence of the process that has the lock.

    A new owner has the lock for a moment before its presence replaces that of a dead owner, or an empty file.
    """
    until = time.monotonic() + _WRITTEN_S
    while ((present := _read(studio)) is None or _is_dead(present)) and time.monotonic() < until:
        time.sleep(0.005)
    return present


def _is_dead(present: Presence) -> bool:
    """Whether a process of this machine has ended, also one whose parent has not read its exit code."""
    import psutil

    if present.host != socket.gethostname():
        return False
    try:
        return bool(psutil.Process(present.pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False


def was_killed(studio: Path) -> bool:
    """Whether the last studio process of a folder, on this machine, did not end by itself: it was killed."""
    if find_studio_process(studio) is not None:
        return False
    last = _read(studio)
    return last is not None and last.host == socket.gethostname() and not last.leaving


def seconds_silent(studio: Path) -> float:
    """Seconds since the last heartbeat if more than 20, else 0."""
    late = _age(studio)
    return late if late > _STALE_S else 0.0


def stop_studio_process(studio: Path, present: Presence, waiting: Callable[[], None] | None = None) -> None:
    """Stops a studio process and waits for its exit, which follows that of its running jobs.

    Calls `waiting` once if that takes longer than 2 s. Raises EngineError if it fails, or 30 s after the last
    heartbeat: a busy machine may need longer.
    """
    if present.host != socket.gethostname():
        raise EngineError(
            f"The studio process of {studio} runs on {present.host}.", "Stop it there: cwtui studio --stop."
        )
    try:
        os.kill(present.pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise EngineError(f"Process {present.pid} belongs to another user.", "That user must stop it.") from error
    since = time.monotonic()
    while (there := find_studio_process(studio)) and there.pid == present.pid:
        gone = time.monotonic() - since
        if waiting and gone > _STOP_NOTICE_S:
            waiting()
            waiting = None
        if min(gone, _age(studio)) > _STOP_TIMEOUT_S:
            raise EngineError(
                f"Process {present.pid} has not responded for {_STOP_TIMEOUT_S:.0f} s.",
                f"Run kill -9 {present.pid}. No work is lost.",
            )
        time.sleep(0.05)


def spawn_studio_process(
    studio: Path, job_kinds: str, idle: float, remote_pool: str | None = None
) -> subprocess.Popen[bytes]:
    """Starts a studio process in its own session. It exits after `idle` seconds without work.

    If one runs already, the new one exits at once.
    """
    log = studio / LOG
    make_folder(log.parent)
    command = [sys.executable, "-m", "engine.jobs", str(studio), job_kinds, "--idle", str(idle)]
    command += ["--remote-pool", remote_pool] if remote_pool else []
    with log.open("a") as said:
        # Several processes may write: append mode writes at the current end.
        if said.tell() > _MAX_LOG_BYTES:
            said.truncate(0)
        try:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True, cwd=studio
            )
        except OSError as error:
            raise EngineError(
                f"The studio process could not be started: {error.strerror}.",
                f"Run it in a terminal: cwtui studio, in {studio}.",
            ) from error


def is_starting(studio: Path, process: subprocess.Popen[bytes]) -> bool:
    """Whether a spawned process is alive and has not taken the lock yet."""
    if process.poll() is not None:
        return False
    last = _read(studio)
    return last is None or last.pid != process.pid


def studio_in_use(studio: Path, holder: Presence | None) -> EngineError:
    """The error for a second studio process of a folder."""
    if holder is None:
        return EngineError(f"Another process has locked {studio}.", "Stop it with cwtui studio --stop.")
    since = holder.since.astimezone().strftime("%H:%M on %d %B")
    late = seconds_silent(studio)
    word = f", not responding for {late:.0f} s" if late else ""
    return EngineError(
        f"{studio} already has a studio process: {holder.pid} on {holder.host} since {since}{word}.",
        f"It serves all consoles. To stop it: cwtui studio --stop, or kill {holder.pid}.",
    )


def _age(studio: Path) -> float:
    with suppress(OSError):
        return max(0.0, time.time() - (studio / LOCK).stat().st_mtime)
    return 0.0


def _read(studio: Path) -> Presence | None:
    """The presence written to the lock last; None if unreadable. Retries while it is being written."""
    for _ in range(5):
        with suppress(OSError, ValidationError, json.JSONDecodeError):
            return Presence.model_validate_json((studio / LOCK).read_bytes())
        time.sleep(0.01)
    return None
