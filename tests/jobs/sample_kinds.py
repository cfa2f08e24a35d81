"""Job kinds for tests that wait, crash, use memory, open connections or leave child processes behind."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from engine.atomic_files import write_atomic
from engine.errors import Cancelled, GateError, RequestError, TransientError
from engine.jobs import GIB, JobContext, JobKind, JobRequest, ResourceNeeds

MIB = 1 << 20
SMALL = ResourceNeeds(memory=GIB // 4)


class Ask(BaseModel):
    """Parameters of all kinds. `name` distinguishes jobs; each kind interprets the others."""

    name: str = ""
    path: Path | None = None
    amount: int = 0


def kinds(studio: Path) -> Mapping[str, JobKind[Any]]:
    """The job kinds of the tests."""
    made = [
        kind("empty", lambda asked, context: {"name": asked.name}),
        kind("sum", add_up),
        kind("write", write),
        kind("hold", hold),
        kind("stubborn", stubborn),
        kind("crash", crash),
        kind("eat", eat, needs=ResourceNeeds(memory=512 * MIB)),
        kind("spin", spin, needs=ResourceNeeds(cpu_seconds=1)),
        kind("reach", reach),
        kind("reach-allowed", reach, needs=ResourceNeeds(network=True)),
        kind("intrude", intrude),
        kind("invited", intrude, writes=lambda asked: [asked.path.parent] if asked.path else []),
        kind("gated", gated),
        kind("wrong", wrong),
        kind("bug", lambda asked, context: {"oh": 1 // asked.amount}),
        kind("flaky", flaky),
        kind("leave-behind", leave_behind),
        kind("with-child", with_child),
        kind("scratch", scratch),
        kind("wants", wants),
        kind("steps", steps),
        kind("in-turn", hold, mutex=lambda asked: "one"),
        kind("parent", lambda asked, context: {}, successors=child_of),
    ]
    return {one.name: one for one in made}


def kind(
    name: str,
    run: Callable[[Ask, JobContext], dict[str, Any]],
    needs: ResourceNeeds = SMALL,
    intact: Callable[[Mapping[str, Any]], bool] = lambda result: "path" not in result or Path(result["path"]).exists(),
    **more: Any,
) -> JobKind[Ask]:
    return JobKind(name, 1, Ask, run, lambda asked: f"{name} {asked.name}".strip(), intact, needs=needs, **more)


def step(
    of: str, *, after: tuple[JobRequest, ...] = (), priority: int = 0, waits_for: Any = None, **asked: Any
) -> JobRequest:
    """A request for a job of one of these kinds."""
    return JobRequest(kinds(Path())[of], Ask(**asked), after=after, priority=priority, blocked_by=waits_for)


def child_of(asked: Ask, result: Mapping[str, Any]) -> list[JobRequest]:
    return [step("empty", name=f"child of {asked.name}")]


def add_up(asked: Ask, context: JobContext) -> dict[str, Any]:
    return {"sum": asked.amount + sum(int(result["sum"]) for result in context.results.values())}


def write(asked: Ask, context: JobContext) -> dict[str, Any]:
    assert asked.path
    write_atomic(asked.path, bytes(asked.amount))
    return {"path": str(asked.path)}


def hold(asked: Ask, context: JobContext) -> dict[str, Any]:
    """Runs until the file `path` exists or it is cancelled. Fails if another attempt runs."""
    tick = 0
    with (context.folder / "alone").open("w") as alone:
        try:
            fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError("another attempt is still at it") from None
        while not (asked.path and asked.path.exists()):
            tick += 1
            context.progress(min(tick, 99), 100, "ticks", "holding")
            if context.cancelled():
                raise Cancelled("Stopped.")
            time.sleep(0.01)
    return {}


def stubborn(asked: Ask, context: JobContext) -> dict[str, Any]:
    context.progress(1, 2)
    while True:
        time.sleep(1)


def crash(asked: Ask, context: JobContext) -> dict[str, Any]:
    print("about to read from nowhere", flush=True)
    ctypes.string_at(0)
    return {}


def eat(asked: Ask, context: JobContext) -> dict[str, Any]:
    kept = []
    while True:
        kept.append(b"\xff" * (16 * MIB))


def spin(asked: Ask, context: JobContext) -> dict[str, Any]:
    while True:
        pass


def reach(asked: Ask, context: JobContext) -> dict[str, Any]:
    with socket.create_connection(("127.0.0.1", asked.amount), timeout=5) as line:
        return {"heard": line.recv(5).decode()}


def intrude(asked: Ask, context: JobContext) -> dict[str, Any]:
    assert asked.path
    asked.path.write_text("was here")
    return {}


def gated(asked: Ask, context: JobContext) -> dict[str, Any]:
    raise GateError("The director has to say.", "Say so.")


def wrong(asked: Ask, context: JobContext) -> dict[str, Any]:
    raise RequestError("No such take.", "Choose another.")


def flaky(asked: Ask, context: JobContext) -> dict[str, Any]:
    """Fails `amount` times with a transient error, then succeeds."""
    count = context.folder / "count"
    tried = int(count.read_text()) if count.exists() else 0
    count.write_text(str(tried + 1))
    if tried < asked.amount:
        raise TransientError("The volume went away.", "Plug it in.")
    return {"tried": tried}


def leave_behind(asked: Ask, context: JobContext) -> dict[str, Any]:
    """Ends while its child process still runs."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    return {"pid": child.pid}


def with_child(asked: Ask, context: JobContext) -> dict[str, Any]:
    """Runs `hold` with a child that ignores SIGTERM; the file `child` contains the child's process id."""
    child = subprocess.Popen(["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"])
    (context.folder / "child").write_text(str(child.pid))
    return hold(asked, context)


def scratch(asked: Ask, context: JobContext) -> dict[str, Any]:
    """Writes a file to the temporary folder; fails if `amount` is 0."""
    place = Path(tempfile.gettempdir())
    found = sorted(path.name for path in place.iterdir())
    (place / "left over").write_text("x")
    return {"place": str(place), "found": found, "whole": 1 // asked.amount}


def wants(asked: Ask, context: JobContext) -> dict[str, Any]:
    """Fails until the file `path` exists."""
    if not (asked.path and asked.path.exists()):
        raise RequestError("The file is not there.", "Bring it.")
    return {"sum": 0}


def steps(asked: Ask, context: JobContext) -> dict[str, Any]:
    """Writes `amount` files one by one, skipping those that exist."""
    made = 0
    for number in range(asked.amount):
        path = context.folder / f"{number:04d}.part"
        if not path.exists():
            time.sleep(0.005)
            write_atomic(path, f"{os.getpid()}".encode())
            made += 1
        context.progress(number + 1, asked.amount, "files")
        if context.cancelled():
            raise Cancelled("Stopped.")
    return {"made": made}
