"""A farm of machines that are network namespaces: `python namespaces.py FOLDER TAKE`, in a namespace of its own.

The host and two machines have a bridge between them. The machines find the host by Bonjour and join with a code. While
they render, a machine, the scheduler and the studio process are killed, and a cable is cut. Prints what came of it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil

from engine.catalog import Catalog
from engine.jobs import find_studio_process

T = TypeVar("T")
CWTUI = str(Path(sys.executable).with_name("cwtui"))
HOST = "10.77.0.1"
RECIPE = """
title = "Picture only"
[picture]
view = "hlg"
codec = "hevc"
canvas = "192x108"
gop_seconds = 0.5
quality = 20
"""


def wait_for(condition: Callable[[], T], seconds: float = 240) -> T:
    end = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < end, f"not true within {seconds} s"
        time.sleep(0.05)
    return result


def ip(*arguments: str, inside: int | None = None) -> None:
    within = ["nsenter", "-t", str(inside), "-n"] if inside else []
    subprocess.run([*within, "ip", *arguments], check=True)


@dataclass
class Site:
    """A machine: its folder, and the process that keeps its namespace; the host has none."""

    folder: Path
    keeper: int | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def environment(self) -> dict[str, str]:
        return {**os.environ, "CWTUI_STUDIO": str(self.folder / "studio"), "XDG_STATE_HOME": str(self.folder / "state")}

    def command(self, *arguments: str) -> list[str]:
        within = ["nsenter", "-t", str(self.keeper), "-n"] if self.keeper else []
        return [*within, CWTUI, *arguments]

    def run(self, *arguments: str) -> Any:
        done = subprocess.run(
            [*self.command(*arguments), "--json"], env=self.environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return json.loads(done.stdout)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        log = (self.folder / "log").open("ab")
        output = (self.folder / "output").open("wb")
        return subprocess.Popen(self.command(*arguments), env=self.environment(), stdout=output, stderr=log)

    def work(self) -> None:
        self.process = self.start("farm", "join")

    def kill(self) -> None:
        assert self.process is not None
        leader = psutil.Process(self.process.pid)
        for one in (leader, *leader.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self.process.wait()


def machine(folder: Path, number: int) -> Site:
    """A machine with a cable to the host's bridge."""
    folder.mkdir()
    keeper = subprocess.Popen(["unshare", "-n", "sleep", "infinity"])
    own = os.readlink("/proc/self/ns/net")
    wait_for(lambda: os.readlink(f"/proc/{keeper.pid}/ns/net") != own)
    pid = keeper.pid
    ip("link", "add", f"cable{number}", "type", "veth", "peer", "name", "eth0", "netns", str(pid))
    ip("link", "set", f"cable{number}", "master", "bridge", "up")
    ip("link", "set", "lo", "up", inside=pid)
    ip("addr", "add", f"10.77.0.{number + 1}/24", "dev", "eth0", inside=pid)
    ip("link", "set", "eth0", "up", inside=pid)
    ip("route", "add", "default", "via", HOST, inside=pid)
    return Site(folder, pid)


def listeners(pids: list[int]) -> list[tuple[str, int]]:
    found = set()
    for pid in pids:
        with suppress(psutil.Error):
            leader = psutil.Process(pid)
            for one in (leader, *leader.children(recursive=True)):
                with suppress(psutil.Error):
                    sockets = one.net_connections("inet")
                    found |= {tuple(each.laddr) for each in sockets if each.status == psutil.CONN_LISTEN}
    return sorted(found)  # type: ignore[arg-type]


def prepare(site: Site, take: Path) -> None:
    site.run("new", "Harbour")
    site.run("ingest", str(take))
    recipes = site.folder / "studio" / "recipes"
    recipes.mkdir(exist_ok=True)
    (recipes / "picture.toml").write_text(RECIPE)


def main() -> None:
    folder, take = Path(sys.argv[1]), Path(sys.argv[2])
    ip("link", "set", "lo", "up")
    ip("link", "add", "bridge", "type", "bridge")
    ip("addr", "add", f"{HOST}/24", "dev", "bridge")
    ip("link", "set", "bridge", "up")
    host = Site(folder / "host")
    alone = Site(folder / "alone")
    for site in (host, alone):
        site.folder.mkdir()
        prepare(site, take)
    host.run("policy", "privacy", "originals", "-p", "Harbour", "--yes")
    on = host.run("farm", "host", "--interface", HOST, "--port", "0")
    machines = [machine(folder / name, number) for number, name in enumerate(("north", "south"), 1)]
    code = on["code"]["code"]
    for site in machines:
        # Without an address: they find the host by Bonjour.
        site.run("farm", "join", "--code", code, "--name", site.folder.name, "--only-join")
        code = host.run("farm", "code")["code"]["code"]
        site.work()
    studio = host.folder / "studio"
    with closing(Catalog.in_studio(studio)) as catalog:

        def states() -> set[str]:
            return {str((one.facts or {}).get("state")) for one in catalog.farm.machines()}

        def claimed_by() -> str | None:
            return next((one.machine for one in catalog.farm.leases(["claimed"])), None)

        wait_for(lambda: states() == {"ready"})
        delivery = host.start("deliver", "picture", "1", "--farm", "--json")
        name = wait_for(claimed_by)
        present = find_studio_process(studio)
        assert present
        listening = listeners([present.pid])
        working = listeners([site.process.pid for site in machines if site.process])
        first = next(site for site in machines if name.startswith(site.folder.name))
        first.kill()
        scheduler = next(
            one
            for one in psutil.Process(present.pid).children(recursive=True)
            if "scheduler_process" in str(one.cmdline())
        )
        scheduler.kill()
        first.work()
        wait_for(claimed_by)
        os.kill(present.pid, signal.SIGKILL)
        number = 1 + machines.index(first)
        ip("link", "set", f"cable{number}", "down")
        ended = wait_for(lambda: delivery.poll() is not None and [delivery.returncode])
        ip("link", "set", f"cable{number}", "up")
        # The machine whose cable was cut comes back by itself.
        wait_for(lambda: "ready" in states() and len(states()) == 1)
        answered = sorted({one.machine for one in catalog.farm.leases(["answered"]) if one.machine})
        faults = [one.reason for site in catalog.farm.machines() for one in catalog.farm.faults(site.name)]
    delivered = json.loads((host.folder / "output").read_bytes())
    reference = alone.run("deliver", "picture", "1")
    revoked = catalog_name(host, first)
    host.run("farm", "revoke", revoked)
    assert first.process
    first.process.wait()
    host.run("farm", "off")
    present = find_studio_process(studio)
    print(
        json.dumps(
            {
                "exit": ended[0],
                "farm": [one["sha256"] for one in delivered.get("files", [])],
                "alone": [one["sha256"] for one in reference["files"]],
                "ports": sorted([HOST, on[name]] for name in ("pairing_port", "content_port", "scheduler_port")),
                "listening": listening,
                "working": working,
                "answered": answered,
                "faults": faults,
                "revoked_exit": first.process.returncode,
                "after": listeners([present.pid] if present else []),
            }
        )
    )


def catalog_name(host: Site, site: Site) -> str:
    names = [str(one["name"]) for one in host.run("farm", "list")["machines"]]
    return next(one for one in names if one.startswith(site.folder.name))


def stop_all() -> None:
    """End every process that this one has started: the namespace ends with them."""
    for one in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            one.kill()


if __name__ == "__main__":
    try:
        main()
    finally:
        stop_all()
