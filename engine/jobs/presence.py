"""Who runs a studio: one process per folder, known by a lock and a heartbeat, called when there is work."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

from engine import __version__
from engine.atomic_files import make_folder
from engine.errors import EngineError

LOCK = "studio.lock"
LOG = Path("work") / "studio.log"
HEARTBEAT_S = 2.0

# Several beats may be late on a machine that is out of breath.
_STALE_S = 20.0
_LOCK_TIMEOUT_S = 15.0
_STOP_TIMEOUT_S = 30.0
_MAX_LOG_BYTES = 1 << 20


class Presence(BaseModel):
    """The studio process of a folder, with its Cleanwater's version.

    `awake`: it keeps the machine from sleeping, because jobs run.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    pid: int
    host: str
    version: str = ""
    since: datetime
    awake: bool = False
    leaving: bool = False


class StudioLock:
    """The lock on a studio folder, held by its studio process for as long as it lives."""

    def __init__(self, studio: Path, file: IO[str]) -> None:
        self._file = file
        self._path = studio / LOCK
        self._presence = Presence(
            pid=os.getpid(), host=socket.gethostname(), version=__version__, since=datetime.now(UTC)
        )
        self.update()

    @classmethod
    def acquire(cls, studio: Path) -> StudioLock:
        """Takes the folder. EngineError, saying who has it, where another process does.

        The dead hold nothing: their lock went with them. One that is just leaving is waited for.
        """
        make_folder(studio)
        file = (studio / LOCK).open("a+", encoding="utf-8")
        until = time.monotonic() + _LOCK_TIMEOUT_S
        sure = 0
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                holder = _read(studio)
                # A console that looks who is there holds the lock for an instant: look twice.
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
        """Shows that the process is alive. False where its folder was taken away, and the seat with it."""
        try:
            os.utime(self._path)
            return os.path.samestat(os.stat(self._path), os.fstat(self._file.fileno()))
        except FileNotFoundError:
            return False
        except OSError:  # a volume that is away may come back
            return True

    def update(self, *, awake: bool | None = None, leaving: bool = False) -> None:
        """Writes who is here and how."""
        change = {"leaving": leaving, **({} if awake is None else {"awake": awake})}
        self._presence = self._presence.model_copy(update=change)
        self._file.seek(0)
        self._file.truncate()
        self._file.write(self._presence.model_dump_json())
        self._file.flush()

    def release(self) -> None:
        """Gives the folder free."""
        self.update(awake=False, leaving=True)
        self._file.close()


def find_studio_process(studio: Path) -> Presence | None:
    """The studio process that is there now, None where there is none."""
    try:
        with (studio / LOCK).open("r", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                present = _read(studio)
                return None if present and present.leaving else present
    except OSError:
        return None
    elsewhere = _read(studio)
    if elsewhere and elsewhere.host != socket.gethostname() and not elsewhere.leaving and _age(studio) < _STALE_S:
        return elsewhere
    return None


def seconds_silent(studio: Path) -> float:
    """Seconds since the studio process last gave a sign of life beyond what is usual, else 0."""
    late = _age(studio)
    return late if late > _STALE_S else 0.0


def stop_studio_process(studio: Path, present: Presence) -> None:
    """Ends a studio process and waits until it has left. EngineError where it cannot be reached, or does not leave."""
    if present.host != socket.gethostname():
        raise EngineError(f"{studio} is run on {present.host}.", "End it there: cwtui studio --stop.")
    try:
        os.kill(present.pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise EngineError(f"Process {present.pid} belongs to somebody else.", "Let them end it.") from error
    until = time.monotonic() + _STOP_TIMEOUT_S
    while (there := find_studio_process(studio)) and there.pid == present.pid:
        if time.monotonic() > until:
            raise EngineError(
                f"Process {present.pid} has not left for {_STOP_TIMEOUT_S:.0f} s.",
                f"kill -9 {present.pid} ends it; nothing is lost.",
            )
        time.sleep(0.05)


def spawn_studio_process(studio: Path, job_kinds: str, idle: float) -> subprocess.Popen[bytes]:
    """Starts a studio process of its own session, which leaves when there has been no work for `idle` seconds.

    Where one is there already, the new one sees that and leaves at once.
    """
    log = studio / LOG
    make_folder(log.parent)
    command = [sys.executable, "-m", "engine.jobs", str(studio), job_kinds, "--idle", str(idle)]
    with log.open("a") as said:
        # Several may write: each at what is the end then.
        if said.tell() > _MAX_LOG_BYTES:
            said.truncate(0)
        try:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True, cwd=studio
            )
        except OSError as error:
            raise EngineError(
                f"The studio process could not be started: {error.strerror}.",
                f"Start it yourself: cwtui studio, in {studio}.",
            ) from error


def is_starting(studio: Path, process: subprocess.Popen[bytes]) -> bool:
    """Whether a summoned process lives and has not had the seat yet."""
    if process.poll() is not None:
        return False
    last = _read(studio)
    return last is None or last.pid != process.pid


def studio_in_use(studio: Path, holder: Presence | None) -> EngineError:
    """The refusal of a second studio process."""
    if holder is None:
        return EngineError(f"Another process holds {studio}.", "cwtui studio --stop ends it.")
    since = holder.since.astimezone().strftime("%H:%M on %d %B")
    late = seconds_silent(studio)
    word = f", silent for {late:.0f} s" if late else ""
    return EngineError(
        f"{studio} is run by process {holder.pid} on {holder.host} since {since}{word}.",
        f"It works for every console. To end it: cwtui studio --stop, or kill {holder.pid}.",
    )


def _age(studio: Path) -> float:
    with suppress(OSError):
        return max(0.0, time.time() - (studio / LOCK).stat().st_mtime)
    return 0.0


def _read(studio: Path) -> Presence | None:
    """Who wrote the lock last. Read again where it is just being written."""
    for _ in range(5):
        with suppress(OSError, ValidationError, json.JSONDecodeError):
            return Presence.model_validate_json((studio / LOCK).read_bytes())
        time.sleep(0.01)
    return None
