"""What happens to a farm of network namespaces while it renders: `python scenarios.py NAME FOLDER TAKE`.

It runs in namespaces of its own. The host, whose studio delivers, has a bridge to four machines, which find it by
Bonjour and join with a code. Prints what came of it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from engine.catalog import Catalog, FarmMachine
from engine.farm.history import SAME_BYTES
from engine.jobs import find_studio_process
from engine.studio import Studio
from tests.farm.sites import HOST, Site, bridge, ip, listeners, machine, stop_all, wait_for

NAMES = ("north", "south", "west", "east")
ASLEEP_S, DAY_S = 60, 86_400
# A membership and a whole part need more than is left on a full disk.
LEFT_ON_DISK, DISK = 256 << 10, "96m"
# Four parts: one for each machine.
PIECE_S = 28
LATENCY = ("100", "0.01")
RECIPE = """
title = "Picture only"
[picture]
view = "hlg"
codec = "hevc"
canvas = "640x360"
gop_seconds = 0.5
quality = 20
"""


def new_studio(site: Site, take: Path) -> None:
    site.folder.mkdir()
    site.run("new", "Harbour")
    site.run("ingest", str(take), "--no-prepare")
    recipes = site.folder / "studio" / "recipes"
    recipes.mkdir(exist_ok=True)
    (recipes / "picture.toml").write_text(RECIPE)


@dataclass
class Stage:
    """The host with its catalog, the machines, the delivery that runs, and what is printed at the end."""

    folder: Path
    host: Site
    catalog: Catalog
    on: dict[str, Any]
    machines: list[Site] = field(default_factory=list)
    delivery: subprocess.Popen[bytes] | None = None
    found: dict[str, Any] = field(default_factory=dict)
    before: set[str] = field(default_factory=set)

    def join(self, skewed: tuple[int, ...] = (), wire: tuple[str, ...] = (), small: Collection[str] = ()) -> None:
        for number, name in enumerate(NAMES, 1):
            site = machine(self.folder / name, number, (*wire, str(number)) if wire else ())
            self.machines.append(site)
            if name in small:
                (site.folder / "state").mkdir()
                disk = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "disk", str(site.folder / "state")]
                subprocess.run(disk, check=True)
            if skewed and skewed[number - 1]:
                site.skew_clock(skewed[number - 1])
            code = self.host.run("farm", "code")["code"]["code"]
            # Without an address: they find the host by Bonjour.
            site.run("farm", "join", "--code", code, "--name", name, "--only-join")
            # By itself each would leave the first core free, and all would share the other ones.
            site.run("farm", "limits", "--cores", str(os.cpu_count()))

    def row(self, site: Site) -> FarmMachine:
        return next(one for one in self.catalog.farm.machines() if one.label == site.folder.name)

    def site_of(self, name: str) -> Site:
        return next(one for one in self.machines if name.startswith(one.folder.name))

    def are_ready(self) -> bool:
        """Whether all machines report, and have nothing to do."""
        return all((one.facts or {}).get("state") == "ready" for one in self.catalog.farm.machines())

    def ready(self) -> None:
        wait_for(self.are_ready, "all machines are ready")

    def prove(self) -> None:
        """Deliver pieces of the take until the bytes of each machine have been compared with this one's."""
        for piece in range(3):
            first, last = str(piece * PIECE_S), str((piece + 1) * PIECE_S)
            self.host.run("deliver", "picture", "1", "--farm", "--from", first, "--to", last)
            answered = self.catalog.farm.leases(["answered"])
            if len({one.machine for one in answered if one.note.startswith(SAME_BYTES)}) == len(NAMES):
                self.before = {job.id for job in self.catalog.queue.jobs(kind="render-chunk")}
                return
        raise AssertionError("the machines are not proved")

    def begin(self) -> None:
        self.delivery = self.host.start(*self.host.command("deliver", "picture", "1", "--farm", "--json"))

    def claimed_by(self, names: Collection[str] = NAMES) -> Site:
        """Wait until one of these machines renders a part; return it."""

        def site() -> Site | None:
            rows = self.catalog.farm.leases(["claimed"])
            sites = [self.site_of(one.machine) for one in rows if one.machine and one.done]
            assert sites or not self.is_over(), "the delivery is over"
            return next((one for one in sites if one.folder.name in names), None)

        return wait_for(site, f"a part on {', '.join(names)}")

    def is_over(self) -> bool:
        assert self.delivery
        return self.delivery.poll() is not None

    def finish(self) -> None:
        wait_for(self.is_over, "the delivery", 900)
        assert self.delivery
        self.found["exit"] = self.delivery.returncode
        output = (self.host.folder / "output").read_bytes()
        self.found["parts"] = self.parts()
        self.found["files"] = [one["sha256"] for one in json.loads(output).get("files", [])] if output else []

    def parts(self) -> dict[str, list[str]]:
        """The journal of each part of the film, by its title."""
        jobs = self.catalog.queue.jobs(kind="render-chunk")
        jobs = [job for job in jobs if job.id not in self.before]
        return {job.title: [one.note for one in self.catalog.queue.journal(job.id) if one.note] for job in jobs}

    def twice(self) -> list[str]:
        """Parts that machines have done twice although their bytes were not to be compared and nobody was late."""
        found = []
        for job in self.catalog.queue.jobs(kind="render-chunk"):
            leases = [
                one for attempt in range(job.attempts + 1) for one in self.catalog.farm.leases_of(job.id, attempt)
            ]
            done = [one for one in leases if one.state == "answered" and (one.answer or {}).get("status") == "done"]
            needed = [one for one in done if not one.note]
            if len(needed) > 1:
                found.append(job.title)
        return found


def kills(stage: Stage) -> None:
    """A machine, the scheduler and the studio process are killed; a cable is cut, and connected again."""
    present = find_studio_process(stage.host.folder / "studio")
    assert present
    stage.found["listening"] = listeners([present.pid])
    stage.found["working"] = listeners([site.process.pid for site in stage.machines if site.process])
    stage.begin()
    first = stage.claimed_by()
    first.kill()
    first.work()
    scheduler = next(
        one for one in psutil.Process(present.pid).children(recursive=True) if "scheduler_process" in str(one.cmdline())
    )
    scheduler.kill()
    stage.claimed_by()
    os.kill(present.pid, signal.SIGKILL)
    cut = stage.claimed_by([name for name in NAMES if name != first.folder.name])
    ip("link", "set", cut.cable, "down")
    lost = stage.row(cut).name

    def heard_of_nothing() -> bool:
        return not [one for one in stage.catalog.farm.leases(["claimed"]) if one.machine == lost]

    wait_for(lambda: heard_of_nothing() or stage.is_over(), "the lease behind the cut cable ends")
    ip("link", "set", cut.cable, "up")
    stage.finish()
    stage.ready()
    stage.host.run("farm", "revoke", stage.row(first).name)
    assert first.process
    stage.found["revoked_exit"] = first.process.wait()


def asleep(stage: Stage) -> None:
    """All processes of a machine are suspended for a minute while it renders a part."""
    stage.begin()
    site = stage.claimed_by()
    sleeping = site.processes()
    for one in sleeping:
        one.suspend()
    time.sleep(ASLEEP_S)
    for one in sleeping:
        one.resume()
    stage.finish()
    stage.ready()
    # It works again, without a person.
    stage.found["works"] = works_again(stage, site)


def clocks(stage: Stage) -> None:
    """A machine has the date of tomorrow, and another one that of yesterday."""
    stage.begin()
    stage.finish()


def slow_cables(stage: Stage) -> None:
    """All cables have a round trip of 200 ms and lose 1 % of the frames."""
    stage.begin()
    stage.finish()
    counts = [json.loads((site.folder / "wire").read_text().splitlines()[-1]) for site in stage.machines]
    stage.found["frames"] = {name: sum(one[name] for one in counts) for name in ("carried", "lost")}


def full_disk(stage: Stage) -> None:
    """The disk of a machine is full while it renders, and then it is not."""
    site = stage.machines[0]
    filler = site.folder / "state" / "other files"
    free = os.statvfs(filler.parent).f_bavail * os.statvfs(filler.parent).f_frsize
    filler.write_bytes(bytes(free - LEFT_ON_DISK))
    stage.begin()
    stage.finish()
    stage.found["full"] = [one.reason for one in stage.catalog.farm.faults(stage.row(site).name)]
    filler.unlink()
    stage.host.run("farm", "forgive", stage.row(site).name)
    stage.found["works"] = works_again(stage, site)


def wrong_bytes(stage: Stage) -> None:
    """A machine renders other pictures than the others."""
    stage.begin()
    stage.finish()
    liar = wait_for(lambda: _in_quarantine(stage), "the liar is in quarantine")
    stage.found["quarantined"] = {liar.label: liar.reason}
    stage.found["states"] = {one.label: one.state for one in stage.catalog.farm.machines()}


def _in_quarantine(stage: Stage) -> FarmMachine | None:
    return next((one for one in stage.catalog.farm.machines() if one.state == "quarantined"), None)


def works_again(stage: Stage, site: Site) -> bool:
    """Measure the sound of the take while no other machine gets work: whether this one has done it."""
    row = stage.row(site)
    for other in stage.machines:
        if other is not site:
            stage.host.run("farm", "drain", stage.row(other).name)
    with Studio(stage.host.folder / "studio") as studio:
        (take,) = studio.takes(studio.project("Harbour"))
        (job,) = studio.jobs.wait(studio.jobs.submit([studio.tasks.levels_request(studio.subject_unprobed(take))]))
    done = [one for one in stage.catalog.farm.leases_of(job.id, 1) if (one.answer or {}).get("status") == "done"]
    return [one.machine for one in done] == [row.name]


SCENARIOS: dict[str, tuple[Callable[[Stage], None], dict[str, Any]]] = {
    "kills": (kills, {}),
    "asleep": (asleep, {}),
    "clocks": (clocks, {"skewed": (DAY_S, -DAY_S, 0, 0)}),
    "slow-cables": (slow_cables, {"wire": LATENCY}),
    "full-disk": (full_disk, {"small": ("north",)}),
    "wrong-bytes": (wrong_bytes, {}),
}


def main() -> None:
    name, folder, take = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    bridge()
    host = Site(folder / "host")
    new_studio(host, take)
    host.run("policy", "privacy", "originals", "-p", "Harbour", "--yes")
    on = host.run("farm", "host", "--interface", HOST, "--port", "0")
    studio = host.folder / "studio"
    play, given = SCENARIOS[name]
    with closing(Catalog.in_studio(studio)) as catalog:
        stage = Stage(folder, host, catalog, on)
        stage.join(**given)
        for number, site in enumerate(stage.machines):
            lies = name == "wrong-bytes" and number == 0
            site.work(*([sys.executable, "-m", "tests.farm.lying_machine"] if lies else ()))
        stage.ready()
        if name != "wrong-bytes":
            stage.prove()
        began = time.monotonic()
        play(stage)
        present = find_studio_process(studio)
        host.run("farm", "off")
        stage.found |= {
            "seconds": round(time.monotonic() - began),
            "twice": stage.twice(),
            "faults": {
                one.label: [each.reason for each in catalog.farm.faults(one.name)] for one in catalog.farm.machines()
            },
            "ports": sorted([HOST, on[port]] for port in ("pairing_port", "content_port", "scheduler_port")),
            "after": listeners([present.pid] if present else []),
        }
    print(json.dumps(stage.found))


if __name__ == "__main__":
    try:
        main()
    finally:
        stop_all()
