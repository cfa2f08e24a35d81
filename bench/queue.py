"""The overhead of the studio process: empty jobs, a cached graph, and queueing while consoles watch."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

# Jobs are forked from a process that has imported the real job kinds.
import engine.studio.job_kinds  # noqa: F401
from engine.catalog import Catalog, Job, JobState
from engine.jobs import (
    JobClient,
    JobContext,
    JobKind,
    JobRequest,
    ResourceNeeds,
    find_studio_process,
    stop_studio_process,
)

_JOB_KINDS = "bench.queue:kinds"
_EMPTY, _CACHED, _LISTED, _CONSOLES, _REQUESTS = 1000, 500, 10_000, 8, 200


class Nothing(BaseModel):
    """Parameters that distinguish empty jobs."""

    name: str


def kinds(studio: Path) -> Mapping[str, JobKind[Any]]:
    """A single job kind, which does nothing."""
    return {"nothing": NOTHING}


def _nothing(parameters: Nothing, context: JobContext) -> dict[str, Any]:
    return {"at": time.time()}


NOTHING: JobKind[Nothing] = JobKind(
    "nothing",
    1,
    Nothing,
    _nothing,
    lambda p: f"nothing {p.name}",
    lambda result: True,
    needs=ResourceNeeds(memory=1 << 26),
)


def run() -> None:
    """Prints the results as a table."""
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
    rows: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory() as scratch:
        studio = Path(scratch) / "studio"
        studio.mkdir()
        catalog = Catalog.in_studio(studio)
        client = JobClient(catalog, studio, _JOB_KINDS, idle=60)
        rows.append(
            ("first job, including the start of the studio process", f"{_seconds(client, [_step('first')]):.2f} s")
        )
        singles = [_step(f"single {n}") for n in range(20)]
        requested, durations = [], []
        for step in singles:
            requested.append(time.time())
            durations.append(_seconds(client, [step]))
        rows.append(("one small job, request to result, median of 20", f"{1000 * statistics.median(durations):.0f} ms"))
        began = [_started_at(catalog, step) - at for step, at in zip(singles, requested, strict=True)]
        rows.append(("of that, until it starts work, median", f"{1000 * statistics.median(began):.0f} ms"))
        rows.append(("of that, until it starts work, longest", f"{1000 * max(began):.0f} ms"))
        rows.append((f"{_EMPTY} empty jobs", f"{_seconds(client, [_step(str(n)) for n in range(_EMPTY)]):.1f} s"))
        chain: JobRequest | None = None
        for number in range(_CACHED):
            chain = _step(f"link {number}", (chain,) if chain else ())
        assert chain
        client.wait(client.submit([chain]))
        links = [chain]
        while links[-1].after:
            links.append(links[-1].after[0])
        rows.append((f"a cached graph of {_CACHED} steps, every step requested", f"{_seconds(client, links):.3f} s"))
        rows += _measure_watched(studio, catalog, client)
        if present := find_studio_process(studio):
            stop_studio_process(studio, present)
        catalog.close()
    print("| | |\n| --- | ---: |")
    for name, figure in rows:
        print(f"| {name} | {figure} |")


def _step(name: str, after: tuple[JobRequest, ...] = ()) -> JobRequest:
    return JobRequest(NOTHING, Nothing(name=name), after=after)


def _seconds(client: JobClient, steps: list[JobRequest]) -> float:
    began = time.monotonic()
    ended = client.wait(client.submit(steps))
    assert all(job.state is JobState.DONE for job in ended)
    return time.monotonic() - began


def _started_at(catalog: Catalog, step: JobRequest) -> float:
    job = catalog.queue.job(step.id)
    assert job
    assert job.result
    return float(job.result["at"])


def _measure_watched(studio: Path, catalog: Catalog, client: JobClient) -> list[tuple[str, str]]:
    """Measures queueing while many consoles watch a long list and jobs run."""
    now = datetime.now(UTC)
    old = _step("old").as_job()
    with catalog.transaction():
        for number in range(_LISTED):
            catalog.queue.submit(
                [old.model_copy(update={"id": f"old{number:08d}", "created_at": now, "state": JobState.BLOCKED})]
            )
    spawn = multiprocessing.get_context("spawn")
    stop = spawn.Event()
    messages: Any = spawn.Queue()
    consoles = [spawn.Process(target=_console, args=(studio, stop, messages)) for _ in range(_CONSOLES)]
    for console in consoles:
        console.start()
    for _ in consoles:
        assert messages.get() == "watching"
    waits = []
    for number in range(_REQUESTS):
        began = time.monotonic()
        client.submit([_step(f"watched {number}")])
        waits.append(time.monotonic() - began)
    stop.set()
    errors = sum(messages.get() for _ in consoles)
    for console in consoles:
        console.join()
    p95 = statistics.quantiles(waits, n=20)[-1]
    listed = f"{_CONSOLES} consoles watch {_LISTED} jobs"
    return [
        (f"queueing a job while {listed}, p95 of {_REQUESTS}", f"{1000 * p95:.1f} ms"),
        ("“database is locked” errors, all consoles", str(errors)),
    ]


def _console(studio: Path, stop: Any, messages: Any) -> None:
    """Reads the catalog as `cwtui jobs --watch` does, at the same interval."""
    catalog = Catalog.in_studio(studio)
    locked, version = 0, -1
    messages.put("watching")
    while not stop.is_set():
        try:
            now = catalog.version()
            if now != version:
                version = now
                catalog.queue.counts()
                _read(catalog)
        except Exception as error:
            locked += "locked" in str(error)
        time.sleep(0.1)
    messages.put(locked)


def _read(catalog: Catalog) -> list[Job]:
    return [job for state in JobState for job in catalog.queue.jobs([state], 40)]
