"""The job process: one attempt at a job, in a sandbox, with its result saved to disk."""

from __future__ import annotations

import errno
import faulthandler
import fcntl
import gc
import importlib
import json
import logging
import os
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from engine.atomic_files import make_folder, write_atomic
from engine.errors import Cancelled, EngineError, GateError, TransientError
from engine.jobs.kind import JobKind, dependencies_first, error_as_json
from engine.jobs.paths import job_folder, log_path
from engine.jobs.sandbox import SandboxPolicy, confine, violation

LOCK, RESULT = "lock", "result.json"
# The log line that begins an attempt.
ATTEMPT_MARK = "begins attempt"

# Errors of a disk or volume that is temporarily unavailable.
_TRANSIENT_ERRNOS = frozenset({errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EBUSY, errno.EAGAIN, errno.ENETDOWN})
_LOCK_TIMEOUT_S = 15.0
# To be raised when the names in stored results change.
_RESULT_FORMAT = 1
_PR_SET_PDEATHSIG = 1

logger = logging.getLogger("engine.jobs")


@dataclass(frozen=True, slots=True)
class JobSpec:
    """The arguments of a job process. `job_kinds` is the module:function that returns the job kinds.

    `results` are the results of the job's dependencies, by job id. `niceness` is added to the process's.
    """

    studio: Path
    job_kinds: str
    job_id: str
    kind: str
    parameters: dict[str, Any]
    results: dict[str, dict[str, Any]]
    attempt: int
    niceness: int = 0


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """The result of an attempt. `status`: done, failed, fault (transient error), blocked or stopped."""

    status: str
    result: dict[str, Any] | None = None
    error: dict[str, str] | None = None
    successors: tuple[dict[str, Any], ...] = ()
    usage: dict[str, float] | None = None


def kinds_of(job_kinds: str, studio: Path) -> Mapping[str, JobKind[Any]]:
    """The job kinds that `job_kinds` (module:function) returns for a studio, by name."""
    module, function = job_kinds.split(":")
    offered: Mapping[str, JobKind[Any]] = getattr(importlib.import_module(module), function)(studio)
    return offered


def run_job(spec: JobSpec, studio_end: Connection) -> None:
    """Entry point of a job process: runs the job and sends the result to the studio process, if it still runs."""
    # Modules imported by the fork server stay: a collection need not look at them, which would also copy their memory.
    gc.freeze()
    gc.enable()
    os.setsid()
    os.nice(spec.niceness)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    for name in (signal.SIGINT, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    _die_with_fork_server()
    folder = job_folder(spec.studio, spec.job_id)
    policy: SandboxPolicy | None = None
    try:
        make_folder(folder)
        _redirect_output(log_path(spec.studio, spec.job_id))
        logger.info("%s %d at %s", ATTEMPT_MARK, spec.attempt, spec.kind)
        with _JobLock(folder / LOCK):
            os.environ.update(_private_folders(spec.studio, folder))
            # Jobs must not use a display: graphics drivers would wait for one lost with an SSH connection. Without
            # WAYLAND_DISPLAY they would try wayland-0.
            os.environ.pop("DISPLAY", None)
            os.environ["WAYLAND_DISPLAY"] = "none"
            tempfile.tempdir = None
            kind = kinds_of(spec.job_kinds, spec.studio)[spec.kind]
            parameters = kind.parameters.model_validate(spec.parameters)
            outside = tuple(kind.writes(parameters))
            for place in outside:
                make_folder(place)
            needs, readable = kind.needs, tuple(kind.reads(parameters))
            policy = SandboxPolicy((spec.studio, *outside), readable, needs.network, needs.memory, needs.cpu_seconds)
            confine(policy)
            threading.Thread(target=_die_with_studio_process, args=(studio_end,), daemon=True).start()
            context = _Context(folder, spec.results, studio_end, stop)
            result = kind.run(parameters, context)
            ended = AttemptResult(
                "done", result, successors=tuple(_successor_rows(kind, parameters, result)), usage=_resource_usage()
            )
            _save_result(folder / RESULT, spec.attempt, ended)
            shutil.rmtree(folder / "tmp", ignore_errors=True)
    except BaseException as error:
        ended = _result_of_error(error, policy)
    logger.info("attempt %d: %s", spec.attempt, ended.status)
    try:
        studio_end.send(ended)
    except OSError:
        logger.info("the studio process is gone")


def saved_result(studio: Path, job_id: str, attempt: int) -> AttemptResult | None:
    """The saved result of an attempt that succeeded before its studio process died; None if there is none."""
    try:
        kept = json.loads((job_folder(studio, job_id) / RESULT).read_bytes())
    except (OSError, ValueError):
        return None
    # Another version's result may have other names; the attempt is repeated.
    if kept["attempt"] != attempt or kept.get("format") != _RESULT_FORMAT:
        return None
    return AttemptResult("done", kept["result"], successors=tuple(kept["follow"]), usage=kept["used"])


def _save_result(path: Path, attempt: int, ended: AttemptResult) -> None:
    kept = {
        "format": _RESULT_FORMAT,
        "attempt": attempt,
        "result": ended.result,
        "follow": ended.successors,
        "used": ended.usage,
    }
    write_atomic(path, json.dumps(kept, ensure_ascii=False).encode())


def _successor_rows(kind: JobKind[Any], parameters: Any, result: dict[str, Any]) -> list[dict[str, Any]]:
    return [step.as_job().model_dump(mode="json") for step in dependencies_first(kind.successors(parameters, result))]


def _result_of_error(error: BaseException, policy: SandboxPolicy | None) -> AttemptResult:
    used = _resource_usage()
    refusal = violation(error, policy) if policy else None
    if refusal is not None:
        traceback.print_exception(error)
        return AttemptResult("failed", error=error_as_json(refusal), usage=used)
    if isinstance(error, Cancelled):
        return AttemptResult("stopped", error=error_as_json(error), usage=used)
    if isinstance(error, GateError):
        return AttemptResult("blocked", error=error_as_json(error), usage=used)
    if isinstance(error, EngineError):
        cause = error.__cause__
        passing = isinstance(error, TransientError) or (isinstance(cause, OSError) and cause.errno in _TRANSIENT_ERRNOS)
        logger.info("%s %s", error.message, error.hint)
        return AttemptResult("fault" if passing else "failed", error=error_as_json(error), usage=used)
    traceback.print_exception(error)
    if isinstance(error, OSError):
        reported = EngineError(f"System error: {error}.", "Check the name, the permissions and the free disk space.")
        return AttemptResult(
            "fault" if error.errno in _TRANSIENT_ERRNOS else "failed", error=error_as_json(reported), usage=used
        )
    reported = EngineError(
        f"{type(error).__name__}: {error}", "This is a bug in Cleanwater. cwtui log shows the traceback."
    )
    return AttemptResult("failed", error=error_as_json(reported), usage=used)


class _Context:
    """The JobContext of a job process: sends progress through the pipe."""

    def __init__(
        self, folder: Path, results: Mapping[str, Mapping[str, Any]], studio_end: Connection, stop: threading.Event
    ) -> None:
        self.folder = folder
        self.results = results
        self._studio = studio_end
        self._stop = stop
        self._reported_at = 0.0
        self._last: tuple[int, int, str, str] | None = None

    def progress(self, done: int, total: int, unit: str = "", message: str = "") -> None:
        """Sends progress at most 20 times per second; always sends `done >= total`."""
        now = time.monotonic()
        reported = (done, total, unit, message)
        if reported != self._last and (now - self._reported_at >= 0.05 or done >= total):
            self._reported_at, self._last = now, reported
            self._studio.send(reported)

    def cancelled(self) -> bool:
        """Whether the studio process requested a stop (SIGTERM)."""
        return self._stop.is_set()


class _JobLock:
    """An exclusive file lock on a job. The file contains this process's id.

    Raises TransientError if another attempt still has the lock after 15 s.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._file = self._path.open("a+")
        until = time.monotonic() + _LOCK_TIMEOUT_S
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > until:
                    raise TransientError("An earlier attempt at this job is still ending.") from error
                time.sleep(0.02)
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def __exit__(self, *error: object) -> None:
        self._file.close()


def _private_folders(studio: Path, folder: Path) -> dict[str, str]:
    """Environment variables for the job's temporary folder, emptied for each attempt, and the cache of all jobs."""
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    places = {"TMPDIR": folder / "tmp", "XDG_CACHE_HOME": studio / "work" / "cache"}
    for place in places.values():
        make_folder(place)
    return {name: str(place) for name, place in places.items()}


def _redirect_output(path: Path) -> None:
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    # Logs the Python stack if a native library crashes.
    faulthandler.enable(2)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", force=True)


def _die_with_fork_server() -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _die_with_studio_process(studio_end: Connection) -> None:
    """Kills this process group if the studio process dies: the next studio process cannot adopt it."""
    try:
        studio_end.recv()
    except (EOFError, OSError):
        os.killpg(0, signal.SIGKILL)


def _resource_usage() -> dict[str, float]:
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    unit = 1 if sys.platform == "darwin" else 1024
    seconds = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    return {"cpu_seconds": round(seconds, 3), "peak_memory": max(own.ru_maxrss, others.ru_maxrss) * unit}
