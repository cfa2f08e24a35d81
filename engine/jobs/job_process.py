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

from engine.atomic_files import make_folder, write_whole
from engine.errors import Cancelled, EngineError, GateError, PassingFault
from engine.jobs.kind import Kind, in_words, needs_first
from engine.jobs.paths import job_folder, log_of
from engine.jobs.sandbox import Walls, confine, refused

LOCK, RESULT = "lock", "result.json"
# What a log says where an attempt begins.
BEGINS = "begins attempt"

# What a disk or a volume says when it is away for a moment.
_MAY_PASS = frozenset({errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EBUSY, errno.EAGAIN, errno.ENETDOWN})
_LOCK_PATIENCE_S = 15.0
_PR_SET_PDEATHSIG = 1

logger = logging.getLogger("engine.jobs")


@dataclass(frozen=True, slots=True)
class Errand:
    """Everything a fresh process needs to know. `workshop` names, as module:function, where the kinds come from."""

    studio: Path
    workshop: str
    job_id: str
    kind: str
    parameters: dict[str, Any]
    results: dict[str, dict[str, Any]]
    attempt: int


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended, in the job's own words: done, failed, fault, blocked or stopped."""

    how: str
    result: dict[str, Any] | None = None
    error: dict[str, str] | None = None
    follow: tuple[dict[str, Any], ...] = ()
    used: dict[str, float] | None = None


def kinds_of(workshop: str, studio: Path) -> Mapping[str, Kind[Any]]:
    """The kinds of work that a workshop (module:function) offers in a studio."""
    module, function = workshop.split(":")
    offered: Mapping[str, Kind[Any]] = getattr(importlib.import_module(module), function)(studio)
    return offered


def perform(errand: Errand, studio_end: Connection) -> None:
    """The process's whole life. Whatever happens is told to the studio, if it lives to hear it."""
    os.setsid()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    for name in (signal.SIGINT, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    _die_with_the_pool()
    folder = job_folder(errand.studio, errand.job_id)
    walls: Walls | None = None
    try:
        make_folder(folder)
        _log_to(log_of(errand.studio, errand.job_id))
        logger.info("%s %d at %s", BEGINS, errand.attempt, errand.kind)
        with _Alone(folder / LOCK):
            os.environ.update(_private_places(errand.studio, folder))
            # A screen is not a job's: graphics drivers would wait for one that an SSH connection took with it. Without
            # a name they would try wayland-0.
            os.environ.pop("DISPLAY", None)
            os.environ["WAYLAND_DISPLAY"] = "none"
            tempfile.tempdir = None
            kind = kinds_of(errand.workshop, errand.studio)[errand.kind]
            parameters = kind.parameters.model_validate(errand.parameters)
            outside = tuple(kind.writes(parameters))
            for place in outside:
                make_folder(place)
            needs = kind.needs
            walls = Walls((errand.studio, *outside), needs.network, needs.memory, needs.cpu_seconds)
            confine(walls)
            threading.Thread(target=_die_with_the_studio, args=(studio_end,), daemon=True).start()
            context = _Context(folder, errand.results, studio_end, stop)
            result = kind.run(parameters, context)
            ended = Ended("done", result, follow=tuple(_follow(kind, parameters, result)), used=_used())
            _keep(folder / RESULT, errand.attempt, ended)
            shutil.rmtree(folder / "tmp", ignore_errors=True)
    except BaseException as error:
        ended = _ended_by(error, walls)
    logger.info("attempt %d: %s", errand.attempt, ended.how)
    try:
        studio_end.send(ended)
    except OSError:
        logger.info("the studio process is gone")


def kept_result(studio: Path, job_id: str, attempt: int) -> Ended | None:
    """What an attempt came to that ended well just before its studio process died."""
    try:
        kept = json.loads((job_folder(studio, job_id) / RESULT).read_bytes())
    except (OSError, ValueError):
        return None
    if kept["attempt"] != attempt:
        return None
    return Ended("done", kept["result"], follow=tuple(kept["follow"]), used=kept["used"])


def _keep(path: Path, attempt: int, ended: Ended) -> None:
    kept = {"attempt": attempt, "result": ended.result, "follow": ended.follow, "used": ended.used}
    write_whole(path, json.dumps(kept, ensure_ascii=False).encode())


def _follow(kind: Kind[Any], parameters: Any, result: dict[str, Any]) -> list[dict[str, Any]]:
    return [step.job().model_dump(mode="json") for step in needs_first(kind.follow(parameters, result))]


def _ended_by(error: BaseException, walls: Walls | None) -> Ended:
    used = _used()
    refusal = refused(error, walls) if walls else None
    if refusal is not None:
        traceback.print_exception(error)
        return Ended("failed", error=in_words(refusal), used=used)
    if isinstance(error, Cancelled):
        return Ended("stopped", error=in_words(error), used=used)
    if isinstance(error, GateError):
        return Ended("blocked", error=in_words(error), used=used)
    if isinstance(error, EngineError):
        cause = error.__cause__
        passing = isinstance(error, PassingFault) or (isinstance(cause, OSError) and cause.errno in _MAY_PASS)
        logger.info("%s %s", error.message, error.hint)
        return Ended("fault" if passing else "failed", error=in_words(error), used=used)
    traceback.print_exception(error)
    if isinstance(error, OSError):
        told = EngineError(f"The system refused: {error}.", "Check the name, the rights and the room on the disk.")
        return Ended("fault" if error.errno in _MAY_PASS else "failed", error=in_words(told), used=used)
    told = EngineError(f"{type(error).__name__}: {error}", "This is a bug in Cleanwater; cwtui log shows where.")
    return Ended("failed", error=in_words(told), used=used)


class _Context:
    """The job's side of the pipe."""

    def __init__(
        self, folder: Path, results: Mapping[str, Mapping[str, Any]], studio_end: Connection, stop: threading.Event
    ) -> None:
        self.folder = folder
        self.results = results
        self._studio = studio_end
        self._stop = stop
        self._told = 0.0
        self._last: tuple[int, int, str, str] | None = None

    def progress(self, done: int, total: int, unit: str = "", message: str = "") -> None:
        """Told at most twenty times a second, the last word always."""
        now = time.monotonic()
        told = (done, total, unit, message)
        if told != self._last and (now - self._told >= 0.05 or done >= total):
            self._told, self._last = now, told
            self._studio.send(told)

    def cancelled(self) -> bool:
        """Whether the studio asked for an end."""
        return self._stop.is_set()


class _Alone:
    """Holds the job's lock, with this process's id in it: nobody else works on this job meanwhile."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._file = self._path.open("a+")
        until = time.monotonic() + _LOCK_PATIENCE_S
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > until:
                    raise PassingFault("An earlier attempt at this job is still ending.") from error
                time.sleep(0.02)
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def __exit__(self, *error: object) -> None:
        self._file.close()


def _private_places(studio: Path, folder: Path) -> dict[str, str]:
    """A temporary folder of the job's own, emptied by each attempt, and one cache for all."""
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    places = {"TMPDIR": folder / "tmp", "XDG_CACHE_HOME": studio / "work" / "cache"}
    for place in places.values():
        make_folder(place)
    return {name: str(place) for name, place in places.items()}


def _log_to(path: Path) -> None:
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    # A crash in a native library leaves the Python lines that led to it.
    faulthandler.enable(2)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", force=True)


def _die_with_the_pool() -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _die_with_the_studio(studio_end: Connection) -> None:
    """Work nobody can take over would only be in the way of the next studio process."""
    try:
        studio_end.recv()
    except (EOFError, OSError):
        os.killpg(0, signal.SIGKILL)


def _used() -> dict[str, float]:
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    unit = 1 if sys.platform == "darwin" else 1024
    seconds = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    return {"cpu_seconds": round(seconds, 3), "peak_memory": max(own.ru_maxrss, others.ru_maxrss) * unit}
