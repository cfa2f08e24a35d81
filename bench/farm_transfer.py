"""The farm's transfers beside bare TLS sockets, over loopback and over links of a limited rate."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_MIB = 1 << 20
_HOST_NET, _MACHINE_NET = "cwbenchhost", "cwbenchmachine"
_WAYS = {
    "bare-get": "bare TLS sockets, to a machine",
    "fetch": "an input, verified, into the cache, encrypted",
    "place": "the same, and placed for the job",
    "bare-put": "bare TLS sockets, to the host",
    "send": "an output, verified, on the disk",
}
_PEER = {"fetch": "bare-get", "place": "bare-get", "send": "bare-put"}


@dataclass(frozen=True, slots=True)
class Transfer:
    """Wall seconds, processor seconds of machine and host, and the peak memory of both, in MiB."""

    wall: float
    machine: float
    host: float
    memory: float
    host_memory: float


def run(megabytes: int = 256, repeats: int = 5, large: int = 4096) -> None:
    """Prints the rates of each way over each link, the best of several runs, and the memory for a large file."""
    print("| link | transfer | MB/s | of bare TLS | processor s per GB: machine | host |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    _compare("loopback", "127.0.0.1", (), (), megabytes, repeats)
    for title, rate in (("1 Gbit/s", "1gbit"), ("2.5 Gbit/s", "2500mbit")):
        with _link(rate) as ready:
            if not ready:
                print(f"| {title} | needs root, ip and tc | | | | |")
                continue
            host = ("ip", "netns", "exec", _HOST_NET)
            machine = ("ip", "netns", "exec", _MACHINE_NET)
            _compare(title, "10.99.0.1", host, machine, megabytes // 2, repeats)
    with _served("127.0.0.1", (), large) as served:
        found = served.transfer("fetch")
        print(
            f"\nPeak memory for an input of {large / 1024:.0f} GiB: {found.memory:.0f} MiB on the machine, "
            f"{found.host_memory:.0f} MiB on the host ({large * _MIB / found.wall / 1e6:.0f} MB/s)."
        )


def _compare(
    title: str, address: str, host: Sequence[str], machine: Sequence[str], megabytes: int, repeats: int
) -> None:
    with _served(address, host, megabytes, machine) as served:
        runs: dict[str, list[Transfer]] = {way: [] for way in _WAYS}
        for _ in range(repeats):
            for way in _WAYS:
                runs[way].append(served.transfer(way))
    size = megabytes * _MIB
    wall = {way: min(one.wall for one in runs[way]) for way in _WAYS}
    for way, name in _WAYS.items():
        share = f"{wall[_PEER[way]] / wall[way]:.2f} ×" if way in _PEER else "1.00 ×"
        used = [min(getattr(one, side) for one in runs[way]) * 1e9 / size for side in ("machine", "host")]
        print(
            f"| {title} | {name} | {size / wall[way] / 1e6:.0f} | {share} | {used[0]:.2f} | {used[1]:.2f} |", flush=True
        )


class _Served:
    def __init__(
        self, process: subprocess.Popen[str], folder: Path, address: str, megabytes: int, machine: Sequence[str]
    ) -> None:
        assert process.stdout is not None
        self._process = process
        self._folder = folder
        self._address = address
        self._size = megabytes * _MIB
        self._machine = machine
        self._known = json.loads(process.stdout.readline())

    def transfer(self, way: str) -> Transfer:
        """One transfer in a new process, with a new lease, into a new folder."""
        lease = self._known["leases"].pop()
        place = self._folder / "machine"
        place.mkdir()
        if way == "send":
            os.link(self._folder / "studio" / "input.bin", place / "output.bin")
        port = self._known["bare" if way.startswith("bare") else "port"]
        before = self._host_usage()
        arguments = [way, self._address, str(port), json.dumps(self._known["leaf"]), lease, str(self._size), str(place)]
        ended = subprocess.run(
            [*self._machine, sys.executable, "-m", "bench.farm_machine", *arguments],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        after = self._host_usage()
        shutil.rmtree(place)
        shutil.rmtree(self._folder / "studio" / "farm" / "incoming", ignore_errors=True)
        wall, machine, memory = json.loads(ended.stdout)
        scale = _MIB if sys.platform == "darwin" else 1024
        return Transfer(wall, machine, after[0] - before[0], memory / scale, after[1] / scale)

    def _host_usage(self) -> tuple[float, int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        processor, memory = json.loads(self._process.stdout.readline())
        return processor, memory


@contextmanager
def _served(address: str, host: Sequence[str], megabytes: int, machine: Sequence[str] = ()) -> Iterator[_Served]:
    """A host in a process of its own. The files are in memory where the system has such a folder and they are small."""
    memory = Path("/dev/shm")
    inside = memory if memory.is_dir() and megabytes <= 1024 else None
    with tempfile.TemporaryDirectory(dir=inside) as folder:
        command = [*host, sys.executable, "-m", "bench.farm_host", folder, address, str(megabytes * _MIB)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            yield _Served(process, Path(folder), address, megabytes, machine)


@contextmanager
def _link(rate: str) -> Iterator[bool]:
    """Two network namespaces, each with one end of a link of this rate. False where that is not possible."""
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("tc"):
        yield False
        return
    pairs = ((_HOST_NET, "cwb0", "10.99.0.1"), (_MACHINE_NET, "cwb1", "10.99.0.2"))
    try:
        for net, _, _ in pairs:
            _run("ip", "netns", "add", net)
        _run("ip", "link", "add", "cwb0", "netns", _HOST_NET, "type", "veth", "peer", "cwb1", "netns", _MACHINE_NET)
        for net, end, address in pairs:
            _run("ip", "-n", net, "address", "add", f"{address}/24", "dev", end)
            _run("ip", "-n", net, "link", "set", end, "up")
            _run(
                "tc",
                "-n",
                net,
                "qdisc",
                "add",
                "dev",
                end,
                "root",
                "tbf",
                "rate",
                rate,
                "burst",
                "1mb",
                "latency",
                "50ms",
            )
        yield True
    finally:
        for net, _, _ in pairs:
            subprocess.run(["ip", "netns", "delete", net], check=False)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
