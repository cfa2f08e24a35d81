"""Job kinds for tests that wait, crash, use memory, open connections or leave child processes behind."""

from __future__ import annotations

import ctypes
import fcntl
import gc
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
    all_kinds = [
        kind("empty", lambda parameters, context: {"name": parameters.name}),
        kind("niceness", lambda parameters, context: {"niceness": os.nice(0)}),
        kind("garbage", lambda parameters, context: {"collected": gc.isenabled(), "shared": gc.get_freeze_count() > 0}),
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
        kind("look", look),
        kind("shown", look, reads=lambda parameters: [parameters.path] if parameters.path else []),
        kind("invited", intrude, writes=lambda parameters: [parameters.path.parent] if parameters.path else []),
        kind("gated", gated),
        kind("wrong", wrong),
        kind("bug", lambda parameters, context: {"oh": 1 // parameters.amount}),
        kind("flaky", flaky),
        kind("leave-behind", leave_behind),
        kind("with-child", with_child),
        kind("scratch", scratch),
        kind("wants", wants),
        kind("steps", steps),
        kind("in-turn", hold, mutex=lambda parameters: "one"),
        kind("parent", lambda parameters, context: {}, successors=child_of),
    ]
    return {one.name: one for one in all_kinds}


def kind(
    name: str,
    run: Callable[[Ask, JobContext], dict[str, Any]],
    needs: ResourceNeeds = SMALL,
    intact: Callable[[Mapping[str, Any]], bool] = lambda result: "path" not in result or Path(result["path"]).exists(),
    **more: Any,
) -> JobKind[Ask]:
    return JobKind(
        name, 1, Ask, run, lambda parameters: f"{name} {parameters.name}".strip(), intact, needs=needs, **more
    )


def request(
    kind_name: str, *, after: tuple[JobRequest, ...] = (), priority: int = 0, waits_for: Any = None, **parameters: Any
) -> JobRequest:
    """A request for a job of one of these kinds."""
    return JobRequest(kinds(Path())[kind_name], Ask(**parameters), after=after, priority=priority, blocked_by=waits_for)


def child_of(parameters: Ask, result: Mapping[str, Any]) -> list[JobRequest]:
    return [request("empty", name=f"child of {parameters.name}")]


def add_up(parameters: Ask, context: JobContext) -> dict[str, Any]:
    return {"sum": parameters.amount + sum(int(result["sum"]) for result in context.results.values())}


def write(parameters: Ask, context: JobContext) -> dict[str, Any]:
    assert parameters.path
    write_atomic(parameters.path, bytes(parameters.amount))
    return {"path": str(parameters.path)}


def hold(parameters: Ask, context: JobContext) -> dict[str, Any]:
    """Runs until the file `path` exists or it is cancelled. Fails if another attempt runs."""
    tick = 0
    with (context.folder / "alone").open("w") as alone:
        try:
            fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError("another attempt is still running") from None
        while not (parameters.path and parameters.path.exists()):
            tick += 1
            context.progress(min(tick, 99), 100, "ticks", "holding")
            if context.cancelled():
                raise Cancelled("Stopped.")
            time.sleep(0.01)
    return {}


def stubborn(parameters: Ask, context: JobContext) -> dict[str, Any]:
    context.progress(1, 2)
    while True:
        time.sleep(1)


def crash(parameters: Ask, context: JobContext) -> dict[str, Any]:
    print("about to read from nowhere", flush=True)
    ctypes.string_at(0)
    return {}


def eat(parameters: Ask, context: JobContext) -> dict[str, Any]:
    blocks = []
    while True:
        blocks.append(b"\xff" * (16 * MIB))


def spin(parameters: Ask, context: JobContext) -> dict[str, Any]:
    while True:
        pass


def reach(parameters: Ask, context: JobContext) -> dict[str, Any]:
    with socket.create_connection(("127.0.0.1", parameters.amount), timeout=5) as connection:
        return {"heard": connection.recv(5).decode()}


def intrude(parameters: Ask, context: JobContext) -> dict[str, Any]:
    assert parameters.path
    parameters.path.write_text("was here")
    return {}


def look(parameters: Ask, context: JobContext) -> dict[str, Any]:
    assert parameters.path
    return {"content": parameters.path.read_text()}


def gated(parameters: Ask, context: JobContext) -> dict[str, Any]:
    raise GateError("The director has to say.", "Say so.")


def wrong(parameters: Ask, context: JobContext) -> dict[str, Any]:
    raise RequestError("No such take.", "Choose another.")


def flaky(parameters: Ask, context: JobContext) -> dict[str, Any]:
    """Fails `amount` times with a transient error, then succeeds."""
    count = context.folder / "count"
    attempts = int(count.read_text()) if count.exists() else 0
    count.write_text(str(attempts + 1))
    if attempts < parameters.amount:
        raise TransientError("The volume went away.", "Plug it in.")
    return {"tried": attempts}


def leave_behind(parameters: Ask, context: JobContext) -> dict[str, Any]:
    """Ends while its child process still runs."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    return {"pid": child.pid}


def with_child(parameters: Ask, context: JobContext) -> dict[str, Any]:
    """Runs `hold` with a child that ignores SIGTERM; the file `child` contains the child's process id."""
    child = subprocess.Popen(["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"])
    (context.folder / "child").write_text(str(child.pid))
    return hold(parameters, context)


def scratch(parameters: Ask, context: JobContext) -> dict[str, Any]:
    """Writes a file to the temporary folder; fails if `amount` is 0."""
    folder = Path(tempfile.gettempdir())
    found = sorted(path.name for path in folder.iterdir())
    (folder / "left over").write_text("x")
    return {"place": str(folder), "found": found, "whole": 1 // parameters.amount}


def wants(parameters: Ask, context: JobContext) -> dict[str, Any]:
    """Fails until the file `path` exists."""
    if not (parameters.path and parameters.path.exists()):
        raise RequestError("The file is not there.", "Bring it.")
    return {"sum": 0}


def steps(parameters: Ask, context: JobContext) -> dict[str, Any]:
    """Writes `amount` files one by one, skipping those that exist."""
    written = 0
    for number in range(parameters.amount):
        path = context.folder / f"{number:04d}.part"
        if not path.exists():
            time.sleep(0.005)
            write_atomic(path, f"{os.getpid()}".encode())
            written += 1
        context.progress(number + 1, parameters.amount, "files")
        if context.cancelled():
            raise Cancelled("Stopped.")
    return {"made": written}
