"""The cost of giving a job to another machine, with jobs that only sleep: real processes, certificates and sandboxes.

All machines share this one's cores, so that the chunks sleep for long enough that the processor is idle.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

from engine.catalog import Catalog, FarmLease
from engine.farm.caps import Caps
from tests.farm.certificates import TestAuthority
from tests.farm.farm import Farm
from tests.farm.machines import Machines, wait_until

_CHUNKS_OF_ONE, _CHUNKS_OF_FOUR, _CHUNK_S = 8, 32, 3.0


def run() -> None:
    """Prints the results as a table."""
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        farm = begin_farm(Path(scratch), stack)
        farm.join("one", caps=Caps(cores=1))
        _chunks(farm, "warm", 1, 0.1)
        single = _chunks(farm, "single", _CHUNKS_OF_ONE, _CHUNK_S)
        for name in ("two", "three", "four"):
            farm.join(name, caps=Caps(cores=1))
        _chunks(farm, "warm again", 8, 0.1)
        fourfold = _chunks(farm, "fourfold", _CHUNKS_OF_FOUR, _CHUNK_S)
        gaps = _gaps(farm)
        inside = [
            1000 * ((lease.ended_at - lease.claimed_at).total_seconds() - _CHUNK_S)
            for lease in _leases(farm)
            if lease.ended_at and lease.claimed_at and lease.task["parameters"]["seconds"] == _CHUNK_S
        ]
    rate_of_one, rate_of_four = _CHUNKS_OF_ONE / single, _CHUNKS_OF_FOUR / fourfold
    rows = (
        ("a free machine gets its next job after, median", f"{statistics.median(gaps):.0f} ms"),
        ("… longest", f"{max(gaps):.0f} ms"),
        ("from claim to answer, beside the job itself, median", f"{statistics.median(inside):.0f} ms"),
        (f"one machine, {_CHUNKS_OF_ONE} jobs of {_CHUNK_S:.0f} s", f"{single:.1f} s"),
        (f"four machines, {_CHUNKS_OF_FOUR} jobs of {_CHUNK_S:.0f} s", f"{fourfold:.1f} s"),
        ("four machines do as much as", f"{rate_of_four / rate_of_one:.2f} of one"),
    )
    print("| | |\n| --- | ---: |")
    for name, figure in rows:
        print(f"| {name} | {figure} |")


def begin_farm(folder: Path, stack: ExitStack) -> Machines:
    studio = folder / "studio"
    studio.mkdir()
    catalog = Catalog.in_studio(studio)
    stack.callback(catalog.close)
    farm = Farm(studio, catalog, TestAuthority(folder / "certificates"), stack)
    machines = Machines.beside(farm, folder / "machines")
    stack.callback(machines.close)
    machines.listen()
    # This machine takes jobs when the others are busy: jobs that wait fill its cores.
    for number in range(os.cpu_count() or 1):
        machines.submit("local", name=f"blocker {number}", gate="never")
    return machines


def _chunks(farm: Machines, name: str, count: int, seconds: float) -> float:
    """The seconds until so many jobs are done."""
    began = time.monotonic()
    jobs = [farm.submit(name=f"{name} {number}", seconds=seconds) for number in range(count)]
    wait_until(lambda: all(not farm.row(job).state.open for job in jobs), 600)
    return time.monotonic() - began


def _leases(farm: Machines) -> list[FarmLease]:
    return [one for one in farm.table.leases(["answered"]) if one.note == ""]


def _gaps(farm: Machines) -> list[float]:
    """The milliseconds from an answer of a machine to its next claim, while jobs wait."""
    by_machine: defaultdict[str, list[FarmLease]] = defaultdict(list)
    for lease in _leases(farm):
        if lease.machine and lease.task["parameters"]["seconds"] == _CHUNK_S:
            by_machine[lease.machine].append(lease)
    gaps = []
    for leases in by_machine.values():
        leases.sort(key=lambda one: one.claimed_at.isoformat() if one.claimed_at else "")
        for before, after in pairwise(leases):
            if before.ended_at and after.claimed_at and _series(before) == _series(after):
                gaps.append(1000 * (after.claimed_at - before.ended_at).total_seconds())
    return gaps


def _series(lease: FarmLease) -> str:
    return str(lease.task["title"]).rpartition(" ")[0]
