"""Job kinds and pools of other machines for tests. Studio processes and machines import them by name."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from engine.atomic_files import make_folder, write_atomic
from engine.catalog import Catalog
from engine.errors import Cancelled, EngineError
from engine.farm import Identity
from engine.farm.farm_times import FarmTimes
from engine.farm.pool import FarmPool
from engine.jobs import GIB, JobContext, JobKind, RemoteInput, RemoteWork, ResourceNeeds, Workload

IDENTITY = Identity(engine="1", libraries="2", models="3", encoder="4", device="5")
SMALL = ResourceNeeds(memory=GIB // 4)
# Machines that tests share are slow: only what a test waits for may end by time.
TIMES = FarmTimes(claim=300, silent=600, grace=2)
MADE = Path("work") / "made"


class Work(BaseModel):
    """Parameters of all kinds. `gate` is the name of a file for which a job waits, `source` an input in the studio.

    A job sleeps for `seconds`, then renders and encodes so many `frames`. `paths` are those that `peek` tries to open.
    """

    name: str = ""
    gate: str = ""
    source: str = ""
    seconds: float = 0.0
    frames: int = 0
    paths: tuple[str, ...] = ()


def kinds(studio: Path) -> Mapping[str, JobKind[Any]]:
    """The kinds of an honest machine."""
    return _kinds(studio, lambda content: content)


def lying_kinds(studio: Path) -> Mapping[str, JobKind[Any]]:
    """The kinds of a machine that makes wrong bytes."""
    return _kinds(studio, lambda content: content[::-1])


def failing_kinds(studio: Path) -> Mapping[str, JobKind[Any]]:
    """The kinds of a machine on which every job fails."""

    def fail(content: bytes) -> bytes:
        raise EngineError("The disk is full.", "Free some space.")

    return _kinds(studio, fail)


def pool(studio: Path, job_kinds: str, catalog: Catalog) -> FarmPool:
    """A pool that compares bytes with this machine's, and only of machines that are new."""
    return FarmPool(studio, job_kinds, catalog, identity=lambda: IDENTITY, spot_checks=1 << 60, times=TIMES)


def trusting_pool(studio: Path, job_kinds: str, catalog: Catalog) -> FarmPool:
    """A pool that compares no bytes with this machine's."""
    return FarmPool(studio, job_kinds, catalog, identity=lambda: None, spot_checks=1 << 60, times=TIMES)


def impatient_pool(studio: Path, job_kinds: str, catalog: Catalog) -> FarmPool:
    """A trusting pool that waits for no job without progress."""
    times = replace(TIMES, stuck=5)
    return FarmPool(studio, job_kinds, catalog, identity=lambda: None, spot_checks=1 << 60, times=times)


def _kinds(studio: Path, changed: Callable[[bytes], bytes]) -> Mapping[str, JobKind[Any]]:
    def make(parameters: Work, context: JobContext) -> dict[str, Any]:
        _wait(parameters, context)
        content = parameters.name.encode()
        if parameters.source:
            content += (studio / parameters.source).read_bytes()
        time.sleep(parameters.seconds)
        if parameters.frames:
            _render(parameters.frames)
        path = studio / MADE / parameters.name
        make_folder(path.parent)
        write_atomic(path, changed(hashlib.sha256(content).digest()))
        return {"path": str(MADE / parameters.name)}

    def peek(parameters: Work, context: JobContext) -> dict[str, Any]:
        path = studio / MADE / parameters.name
        make_folder(path.parent)
        write_atomic(path, json.dumps({one: _reach(Path(one)) for one in parameters.paths}).encode())
        return {"path": str(MADE / parameters.name)}

    def inputs(parameters: Work, results: Mapping[str, Mapping[str, Any]]) -> Iterable[RemoteInput]:
        if parameters.source:
            yield RemoteInput(studio / parameters.source, Path(parameters.source), "proxies")

    def is_current(result: Mapping[str, Any]) -> bool:
        return (studio / result["path"]).is_file()

    remote = RemoteWork(inputs, lambda parameters, result: [Path(result["path"])])
    exact = RemoteWork(inputs, lambda parameters, result: [Path(result["path"])], exact=True)
    return {
        one.name: one
        for one in (
            JobKind("make", 1, Work, make, _title, is_current, needs=SMALL, remote=remote),
            JobKind("exact", 1, Work, make, _title, is_current, needs=SMALL, remote=exact),
            JobKind("timed", 1, Work, make, _title, is_current, needs=SMALL, remote=remote, workload=_workload),
            JobKind("peek", 1, Work, peek, _title, is_current, needs=SMALL, remote=remote),
            JobKind("local", 1, Work, make, _title, is_current, needs=SMALL),
            JobKind("host", 1, Work, _serve, _title, lambda result: False, needs=_SERVICE),
        )
    }


def _render(frames: int) -> None:
    """Renders small frames and encodes them to memory with one thread, as a chunk of a movie is."""
    import io

    import av
    import numpy as np

    rows, columns = np.mgrid[0:360, 0:640]
    with av.open(io.BytesIO(), "w", format="mp4") as movie:
        stream = movie.add_stream("libx264", rate=25, options={"threads": "1", "preset": "medium"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(frames):
            shades = (np.sin(rows / 40 + number / 5) * np.cos(columns / 60 - number / 9) * 100 + 128).astype(np.uint8)
            picture = av.VideoFrame.from_ndarray(np.stack([shades] * 3, axis=-1), format="rgb24")
            movie.mux(stream.encode(picture.reformat(format="yuv420p")))
        movie.mux(stream.encode())


_SERVICE = ResourceNeeds(cpu=0, memory=GIB // 4, network=True, cpu_seconds=None)


def _reach(path: Path) -> str:
    """What a job, whose libraries a hostile input has taken over, can do with a path."""
    found = []
    for flags, done in ((os.O_RDONLY, "read"), (os.O_WRONLY | os.O_CREAT, "written")):
        try:
            os.close(os.open(path if flags == os.O_RDONLY else path.with_name(path.name + ".mine"), flags))
            found.append(done)
        except OSError as error:
            found.append(type(error).__name__)
    return ", ".join(found)


def _workload(parameters: Work) -> Workload:
    return Workload(1.0)


def _title(parameters: Work) -> str:
    return parameters.name or "work"


def gates() -> Path:
    """The folder of the files for which jobs wait. It is a place of modules, which the sandbox lets jobs read."""
    return next(Path(entry) for entry in sys.path if entry.endswith("gates"))


def _wait(parameters: Work, context: JobContext) -> None:
    gate = gates() / parameters.gate if parameters.gate else None
    while gate and not gate.exists():
        context.progress(1, 100, "steps", f"waiting in {os.getpid()}")
        if context.cancelled():
            raise Cancelled("Stopped.")
        time.sleep(0.01)


def _serve(parameters: Work, context: JobContext) -> dict[str, Any]:
    """Stands for the job that listens: while it runs, the catalog's listener counts."""
    while not context.cancelled():
        time.sleep(0.02)
    raise Cancelled("Stopped.")
