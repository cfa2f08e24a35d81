"""One attempt at a job, in a process of its own: confined, watched by the studio, its result made to last."""

from __future__ import annotations

import errno
import faulthandler
import fcntl
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
# What a log says where an attempt begins.
ATTEMPT_MARK = "begins attempt"

# What a disk or a volume says when it is away for a moment.
_TRANSIENT_ERRNOS = frozenset({errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EBUSY, errno.EAGAIN, errno.ENETDOWN})
_LOCK_TIMEOUT_S = 15.0
_PR_SET_PDEATHSIG = 1

logger = logging.getLogger("engine.jobs")


@dataclass(frozen=True, slots=True)
class JobSpec:
    """Everything a fresh process needs to know. `job_kinds` names, as module:function, where the kinds come from."""

    studio: Path
    job_kinds: str
    job_id: str
    kind: str
    parameters: dict[str, Any]
    results: dict[str, dict[str, Any]]
    attempt: int


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """How an attempt ended, in the job's own words: done, failed, fault, blocked or stopped."""

    status: str
    result: dict[str, Any] | None = None
    error: dict[str, str] | None = None
    successors: tuple[dict[str, Any], ...] = ()
    usage: dict[str, float] | None = None


def kinds_of(job_kinds: str, studio: Path) -> Mapping[str, JobKind[Any]]:
    """The kinds of work that a workshop (module:function) offers in a studio."""
    module, function = job_kinds.split(":")
    offered: Mapping[str, JobKind[Any]] = getattr(importlib.import_module(module), function)(studio)
    return offered


def run_job(spec: JobSpec, studio_end: Connection) -> None:
    """The process's whole life. Whatever happens is told to the studio, if it lives to hear it."""
    os.setsid()
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
            # A screen is not a job's: graphics drivers would wait for one that an SSH connection took with it. Without
            # a name they would try wayland-0.
            os.environ.pop("DISPLAY", None)
            os.environ["WAYLAND_DISPLAY"] = "none"
            tempfile.tempdir = None
            kind = kinds_of(spec.job_kinds, spec.studio)[spec.kind]
            parameters = kind.parameters.model_validate(spec.parameters)
            outside = tuple(kind.writes(parameters))
            for place in outside:
                make_folder(place)
            needs = kind.needs
            policy = SandboxPolicy((spec.studio, *outside), needs.network, needs.memory, needs.cpu_seconds)
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
    """What an attempt came to that ended well just before its studio process died."""
    try:
        kept = json.loads((job_folder(studio, job_id) / RESULT).read_bytes())
    except (OSError, ValueError):
        return None
    if kept["attempt"] != attempt:
        return None
    return AttemptResult("done", kept["result"], successors=tuple(kept["follow"]), usage=kept["used"])


def _save_result(path: Path, attempt: int, ended: AttemptResult) -> None:
    kept = {"attempt": attempt, "result": ended.result, "follow": ended.successors, "used": ended.usage}
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
        reported = EngineError(f"The system refused: {error}.", "Check the name, the rights and the room on the disk.")
        return AttemptResult(
            "fault" if error.errno in _TRANSIENT_ERRNOS else "failed", error=error_as_json(reported), usage=used
        )
    reported = EngineError(f"{type(error).__name__}: {error}", "This is a bug in Cleanwater; cwtui log shows where.")
    return AttemptResult("failed", error=error_as_json(reported), usage=used)


class _Context:
    """The job's side of the pipe."""

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
        """Told at most twenty times a second, the last word always."""
        now = time.monotonic()
        reported = (done, total, unit, message)
        if reported != self._last and (now - self._reported_at >= 0.05 or done >= total):
            self._reported_at, self._last = now, reported
            self._studio.send(reported)

    def cancelled(self) -> bool:
        """Whether the studio asked for an end."""
        return self._stop.is_set()


class _JobLock:
    """Holds the job's lock, with this process's id in it: nobody else works on this job meanwhile."""

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
    """A temporary folder of the job's own, emptied by each attempt, and one cache for all."""
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
    # A crash in a native library leaves the Python lines that led to it.
    faulthandler.enable(2)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", force=True)


def _die_with_fork_server() -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _die_with_studio_process(studio_end: Connection) -> None:
    """Work nobody can take over would only be in the way of the next studio process."""
    try:
        studio_end.recv()
    except (EOFError, OSError):
        os.killpg(0, signal.SIGKILL)


def _resource_usage() -> dict[str, float]:
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    unit = 1 if sys.platform == "darwin" else 1024
    seconds = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    return {"cpu_seconds": round(seconds, 3), "peak_memory": max(own.ru_maxrss, others.ru_maxrss) * unit}
