"""Machines that are network namespaces: their cables, processes and listeners. For `scenarios.py`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil

T = TypeVar("T")
CWTUI = str(Path(sys.executable).with_name("cwtui"))
HOST = "10.77.0.1"
_WIRE, _CLOCK = (Path(__file__).with_name(name) for name in ("slow_wire.py", "skewed_clock.c"))
_SKEWED = "import sys; sys.executable, sys.argv[:2] = sys.argv[1], ['cwtui']; from cwtui.cli import main; main()"


def wait_for(condition: Callable[[], T], what: str, seconds: float = 400) -> T:
    end = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return result


def ip(*arguments: str, inside: int | None = None) -> None:
    within = ["nsenter", "-t", str(inside), "-n"] if inside else []
    subprocess.run([*within, "ip", *arguments], check=True)


@dataclass
class Site:
    """A machine: its folder, and the process that keeps its namespace; the host has none.

    `python`: the interpreter of its processes, if their clock is skewed.
    """

    folder: Path
    keeper: int | None = None
    cable: str = ""
    python: Path | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def environment(self) -> dict[str, str]:
        return {**os.environ, "CWTUI_STUDIO": str(self.folder / "studio"), "XDG_STATE_HOME": str(self.folder / "state")}

    def command(self, *arguments: str) -> list[str]:
        within = ["nsenter", "-t", str(self.keeper), "-n"] if self.keeper else []
        program = [str(self.python), "-c", _SKEWED, str(self.python)] if self.python else [CWTUI]
        # Jobs of a machine let other programs go first. All share one processor here: those of the host do so too.
        polite = [] if self.keeper else ["nice", "-n", "10"]
        return [*within, *polite, *program, *arguments]

    def run(self, *arguments: str) -> Any:
        done = subprocess.run(
            [*self.command(*arguments), "--json"], env=self.environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return json.loads(done.stdout)

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log, (self.folder / "output").open("wb") as output:
            return subprocess.Popen(command, env=self.environment(), stdout=output, stderr=log)

    def work(self, *command: str) -> None:
        """Work for the farm that it has joined: `cwtui farm join`, or another program."""
        within = ["nsenter", "-t", str(self.keeper), "-n"] if self.keeper else []
        self.process = self.start(*([*within, *command] if command else self.command("farm", "join")))

    def processes(self) -> list[psutil.Process]:
        """Its supervisor and all that descends from it."""
        assert self.process is not None
        with suppress(psutil.NoSuchProcess):
            leader = psutil.Process(self.process.pid)
            return [leader, *leader.children(recursive=True)]
        return []

    def kill(self) -> None:
        assert self.process is not None
        for one in self.processes():
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self.process.wait()

    def skew_clock(self, seconds: int) -> None:
        """Have all its processes see another time of day. Their monotonic clock is right."""
        self.python = self.folder / "bin" / "python"
        self.python.parent.mkdir()
        clock = self.python.with_name("clock.so")
        subprocess.run(["cc", "-shared", "-fPIC", f"-DOFFSET={seconds}", "-o", str(clock), str(_CLOCK)], check=True)
        self.python.write_text(f'#!/bin/sh\nLD_PRELOAD="{clock}" exec "{sys.executable}" "$@"\n')
        self.python.chmod(0o755)


def bridge() -> None:
    """The host's side of all cables."""
    ip("link", "set", "lo", "up")
    ip("link", "add", "bridge", "type", "bridge")
    ip("addr", "add", f"{HOST}/24", "dev", "bridge")
    ip("link", "set", "bridge", "up")


def machine(folder: Path, number: int, wire: tuple[str, ...] = ()) -> Site:
    """A machine with a cable to the host's bridge. `wire`: the arguments of `slow_wire.py`, if the cable is such."""
    folder.mkdir()
    keeper = subprocess.Popen(["unshare", "-n", "sleep", "infinity"])
    own = os.readlink("/proc/self/ns/net")
    wait_for(lambda: os.readlink(f"/proc/{keeper.pid}/ns/net") != own, "a namespace")
    pid, cable, far = keeper.pid, f"cable{number}", f"far{number}"
    if wire:
        with (folder / "wire").open("wb") as counts:
            subprocess.Popen([sys.executable, str(_WIRE), cable, far, *wire], stdout=counts)
        wait_for((folder / "wire").read_bytes, "the wire")
    else:
        ip("link", "add", cable, "type", "veth", "peer", "name", far)
    ip("link", "set", far, "netns", str(pid))
    ip("link", "set", cable, "master", "bridge", "up")
    ip("link", "set", "lo", "up", inside=pid)
    ip("addr", "add", f"10.77.0.{number + 1}/24", "dev", far, inside=pid)
    ip("link", "set", far, "up", inside=pid)
    ip("route", "add", "default", "via", HOST, inside=pid)
    return Site(folder, pid, cable)


def listeners(pids: Iterable[int]) -> list[tuple[str, int]]:
    """Where processes and their descendants listen."""
    found = set()
    for pid in pids:
        with suppress(psutil.Error):
            leader = psutil.Process(pid)
            for one in (leader, *leader.children(recursive=True)):
                with suppress(psutil.Error):
                    sockets = one.net_connections("inet")
                    found |= {tuple(each.laddr) for each in sockets if each.status == psutil.CONN_LISTEN}
    return sorted(found)  # type: ignore[arg-type]


def stop_all() -> None:
    """End every process that this one has started: the namespaces end with them."""
    for one in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            one.resume()
            one.kill()
