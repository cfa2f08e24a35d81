"""The model of a farm's time, calibrated with some runs of real machines and compared with others.

All machines share this one's cores, so that the chunks sleep; one machine alone renders. The model takes what they
share for the host and its network. For larger farms, whose machines have cores of their own, it takes the processor
time of each side instead.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil

from bench.farm_dispatch import begin_farm
from engine.errors import EngineError
from engine.farm import ChunkLoad, ContentClient, ContentCredentials, FarmOverheads, Fleet, HostAddress, estimate_cost
from engine.farm.caps import Caps
from tests.farm.farm import FACTS
from tests.farm.machines import Machines, wait_until

_MIB = 1 << 20
_NAMES = ("one", "two", "three", "four")
_LOOPBACK = 1e12
_REPORTS = 500
_IDLE_S = 10.0


@dataclass(frozen=True, slots=True)
class _Case:
    """Chunks that sleep, then encode frames, each with an input of its own of some MiB, on the first machines."""

    machines: int
    chunks: int
    seconds: float
    megabytes: int = 0
    frames: int = 0

    @property
    def bytes(self) -> int:
        return self.chunks * self.megabytes * _MIB

    def __str__(self) -> str:
        machines = "1 machine" if self.machines == 1 else f"{self.machines} machines"
        inputs = f" with inputs of {self.megabytes} MiB" if self.megabytes else ""
        work = f"{self.frames} rendered frames" if self.frames else f"{self.seconds:g} s"
        return f"{machines}, {self.chunks} chunks of {work}{inputs}"


@dataclass(frozen=True, slots=True)
class _Mark:
    """Processor seconds of the host and of a machine until a time."""

    at: float
    host: float
    machine: float


# What is measured to calibrate the model: how long a chunk takes one machine, and how many chunks, and bytes, all
# machines together get through; and how long the frames of a render take.
_ALONE, _WITH_INPUTS = _Case(1, 4, 2.0), _Case(1, 4, 2.0, 32)
_FULL, _FULL_WITH_INPUTS = _Case(4, 16, 0.0), _Case(4, 8, 0.0, 32)
_RENDER = _Case(1, 2, 0.0, frames=20)
_TESTS = (
    _Case(1, 2, 16.0),
    _Case(2, 4, 16.0),
    _Case(4, 8, 16.0),
    _Case(4, 8, 16.0, 16),
    _Case(1, 3, 0.0, frames=20),
)
# An hour of a UHD film in chunks of 10 s, which take 40 s on 2 cores (see “The picture”). Its takes have 50 Mbit/s and
# last a minute; proxies have a tenth of that. The film has 8 Mbit/s.
_HOUR = {
    "originals": ChunkLoad(360, 40.0, 375e6, 10e6),
    "proxies": ChunkLoad(360, 40.0, 37.5e6, 10e6),
}
_NETWORKS = {"1 Gbit/s": 125e6, "10 Gbit/s": 1.25e9}
_FLEETS = (1, 4, 16, 100, 1000)
# An example of prices, not an offer of anybody.
_PER_HOUR, _PER_GIGABYTE = 0.20, 0.09


@dataclass(frozen=True, slots=True)
class _Calibration:
    """What the calibrating cases took in one round, in seconds."""

    alone: float
    with_inputs: float
    full: float
    full_with_inputs: float
    render: float

    def overheads(self, join: float, report: float) -> FarmOverheads:
        """The overheads without a processor of their own. What the machines share counts as the host's."""
        dispatch = self.full / _FULL.chunks
        chunk = max(0.0, self.alone / _ALONE.chunks - _ALONE.seconds - dispatch)
        byte = max(0.0, self.with_inputs - self.alone) / _WITH_INPUTS.bytes
        return FarmOverheads(join, chunk, dispatch, max(0.0, byte - self.shared_byte), report)

    @property
    def shared_byte(self) -> float:
        """Seconds for a byte when all machines fetch at once."""
        without = self.full * _FULL_WITH_INPUTS.chunks / _FULL.chunks
        return max(1e-12, self.full_with_inputs - without) / _FULL_WITH_INPUTS.bytes

    @property
    def frame(self) -> float:
        """Seconds for a rendered frame."""
        overhead = self.alone / _ALONE.chunks - _ALONE.seconds
        return max(0.0, self.render / _RENDER.chunks - overhead) / _RENDER.frames


def run(repeats: int = 5, rounds: int = 3) -> None:
    """Prints the overheads, the predicted and measured times of several runs, and what larger farms would take.

    Each run calibrates the model anew: the cases that calibrate it are measured in rounds, before, between and after
    those that test it, because the load of the machine changes. Their medians count.
    """
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        farm = begin_farm(Path(scratch), stack)
        joins = []
        for name in _NAMES:
            began = time.monotonic()
            farm.join(name, caps=Caps(cores=1))
            joins.append(time.monotonic() - began)
        # The first job of each machine is slower.
        _measure(farm, _Case(4, 12, 0.5, frames=1), "warm")
        apart = _apart(farm, max(joins), _report_seconds())
        print("| run | case | predicted, s | measured, s | error |\n| ---: | --- | ---: | ---: | ---: |")
        for number in range(1, repeats + 1):
            found, measured = _one_run(farm, f"run {number}", rounds)
            overheads = found.overheads(0.0, 0.0)
            for case, seconds in zip(_TESTS, measured, strict=True):
                predicted = _predict(case, found, overheads)
                error = f"{100 * (predicted / seconds - 1):+.0f} %"
                print(f"| {number} | {case} | {predicted:.1f} | {seconds:.1f} | {error} |", flush=True)
    print()
    _print_overheads(found.overheads(max(joins), apart.report), apart)
    _print_fleets(apart)


def _one_run(farm: Machines, name: str, rounds: int) -> tuple[_Calibration, list[float]]:
    """The medians of the calibrating cases, and the seconds of the tests between them."""
    found = [_calibrate(farm, f"{name} 0")]
    measured = []
    for number, case in enumerate(_TESTS, 1):
        measured.append(_measure(farm, case, f"{name} test {number}"))
        if number * (rounds - 1) // len(_TESTS) > (number - 1) * (rounds - 1) // len(_TESTS):
            found.append(_calibrate(farm, f"{name} {number}"))
    fields = _Calibration.__slots__
    return _Calibration(*(statistics.median(getattr(one, field) for one in found) for field in fields)), measured


def _calibrate(farm: Machines, name: str) -> _Calibration:
    cases = {
        "alone": _ALONE, "with inputs": _WITH_INPUTS, "full": _FULL, "full with inputs": _FULL_WITH_INPUTS,
        "render": _RENDER,
    }  # fmt: skip
    return _Calibration(*(_measure(farm, case, f"{name} {title}") for title, case in cases.items()))


def _predict(case: _Case, found: _Calibration, overheads: FarmOverheads) -> float:
    """The seconds of a case on machines that have joined; their reports are among what was measured."""
    load = ChunkLoad(case.chunks, case.seconds + case.frames * found.frame, case.megabytes * _MIB)
    return estimate_cost(load, Fleet(case.machines, _LOOPBACK, 1 / found.shared_byte), overheads).seconds


def _processor(farm: Machines) -> _Mark:
    """The processor seconds of the studio process and of the first machine, with all that they started, and when."""
    assert farm.studio_process is not None
    found = []
    for pid in (farm.studio_process.pid, farm.machines[0].process.pid):
        leader = psutil.Process(pid)
        found.append(sum(sum(one.cpu_times()[:4]) for one in (leader, *leader.children(recursive=True))))
    return _Mark(time.monotonic(), found[0], found[1])


def _apart(farm: Machines, join: float, report: float) -> FarmOverheads:
    """The overheads in processor seconds, which count where each machine has a processor of its own."""
    marks = [_processor(farm)]
    # The processes also work without a chunk, such as the jobs that keep this machine's cores: that is not the farm's.
    time.sleep(_IDLE_S)
    marks.append(_processor(farm))
    for name, case in {"alone": _ALONE, "inputs": _WITH_INPUTS}.items():
        _measure(farm, case, name)
        marks.append(_processor(farm))
    idle, *spans = pairwise(marks)
    rate = [(idle[1].host - idle[0].host) / _IDLE_S, (idle[1].machine - idle[0].machine) / _IDLE_S]
    (host, machine), (_, with_inputs) = (
        (
            after.host - before.host - rate[0] * (after.at - before.at),
            after.machine - before.machine - rate[1] * (after.at - before.at),
        )
        for before, after in spans
    )
    return FarmOverheads(
        join,
        max(0.0, machine / _ALONE.chunks),
        max(0.0, host / _ALONE.chunks),
        max(0.0, with_inputs - machine) / _WITH_INPUTS.bytes,
        report,
    )


def _measure(farm: Machines, case: _Case, name: str) -> float:
    """The seconds from the request until all chunks are done; machines beyond those of the case do nothing."""
    for number, machine in enumerate(_NAMES):
        farm.table.set_state(machine, "active" if number < case.machines else "draining")
    sources = [""] * case.chunks
    if case.megabytes:
        sources = [f"work/{name} {number}.bin" for number in range(case.chunks)]
        block = bytes(_MIB)
        for number, source in enumerate(sources):
            place = farm.farm.studio / source
            place.parent.mkdir(exist_ok=True)
            with place.open("wb") as file:
                for _ in range(case.megabytes):
                    file.write(f"{name} {number}".encode().ljust(32) + block[32:])
    began = time.monotonic()
    jobs = [
        farm.submit(name=f"{name} {number}", seconds=case.seconds, frames=case.frames, source=source)
        for number, source in enumerate(sources)
    ]
    wait_until(lambda: all(not farm.row(job).state.open for job in jobs), 900)
    seconds = time.monotonic() - began
    for source in filter(None, sources):
        (farm.farm.studio / source).unlink()
    return seconds


def _report_seconds() -> float:
    """The processor time of the host for one report of a machine."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench.farm_host", folder, "127.0.0.1", str(_MIB)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            known = json.loads(process.stdout.readline())
            client = ContentClient(
                HostAddress("127.0.0.1", known["port"]), ContentCredentials(*map(Path, known["leaf"]))
            )
            used = []
            for count in (0, _REPORTS):
                for _ in range(count):
                    client.report(FACTS)
                process.stdin.write("\n")
                process.stdin.flush()
                used.append(json.loads(process.stdout.readline())[0])
            client.close()
    return float(used[1] - used[0]) / _REPORTS


def _print_overheads(shared: FarmOverheads, apart: FarmOverheads) -> None:
    print("| overhead | wall time, all on these cores | processor time |\n| --- | ---: | ---: |")
    print(f"| a machine reports after its start | {shared.join:.1f} s | |")
    print(f"| a chunk on its machine, beside the work | {1000 * shared.chunk:.0f} ms | {1000 * apart.chunk:.0f} ms |")
    print(f"| a chunk on the host | {1000 * shared.dispatch:.0f} ms | {1000 * apart.dispatch:.0f} ms |")
    print(f"| 100 MB of inputs on a machine | {100e6 * shared.byte:.2f} s | {100e6 * apart.byte:.2f} s |")
    print(f"| a report, on the host | | {1000 * apart.report:.2f} ms |")


def _print_fleets(overheads: FarmOverheads) -> None:
    print("\n| an hour of film from | network of the host | machines | time | machines work | limit | hours | price |")
    print("| --- | --- | ---: | ---: | ---: | --- | ---: | ---: |")
    for source, load in _HOUR.items():
        for network, rate in _NETWORKS.items():
            for machines in _FLEETS:
                fleet = Fleet(machines, 125e6, rate, _PER_HOUR, _PER_GIGABYTE)
                row = f"| {source} | {network} | {machines:,} |"
                try:
                    found = estimate_cost(load, fleet, overheads)
                except EngineError as error:
                    print(f"{row} {error.message} | | | | |")
                    continue
                print(
                    f"{row} {found.seconds / 60:.1f} min | {100 * found.working:.0f} % | {found.limit} | "
                    f"{found.machine_hours:.1f} | {found.price:.2f} |"
                )
