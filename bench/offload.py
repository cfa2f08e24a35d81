"""An offload with proof, beside cp and xxh128sum, and beside cp and ascmhl."""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.measurement import Measurement, measure
from engine.jobs import find_studio_process, stop_studio_process
from engine.studio import Studio

# Hashes files as xxh128sum does, where that is not installed.
_HASH = """
import sys, xxhash
for name in sys.argv[1:]:
    digest = xxhash.xxh3_128()
    with open(name, "rb", buffering=0) as file:
        while block := file.read(1 << 20):
            digest.update(block)
    print(digest.hexdigest(), name)
"""
# Runs a command, and counts the processor time of the studio process and the job that it starts, too.
_WITH_STUDIO_PROCESS = """
import ctypes, json, os, resource, subprocess, sys, time
import psutil
if sys.platform == "linux":
    # PR_SET_CHILD_SUBREAPER: processes that outlive the command become children of this one.
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
begin = time.monotonic()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
wall = time.monotonic() - begin
for left in psutil.Process().children():
    left.terminate()
while True:
    try:
        os.waitpid(-1, 0)
    except ChildProcessError:
        break
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([wall, used.ru_utime + used.ru_stime]))
"""
_OFFLOAD = """
import sys
from pathlib import Path
from engine.studio import Studio
from engine.transfer import offload_card
with Studio(Path(sys.argv[1])) as studio:
    card, *also = map(Path, sys.argv[2:])
    done = offload_card(studio.catalog, studio.folder, studio.project(None), card, also)
assert done.status.safe
"""


def run(megabytes: int = 2048, files: int = 5000, repeats: int = 3) -> None:
    """Prints the times of both comparisons; every cache is cold before each step that reads."""
    print("| card | copies | by | wall, s | processor, s | time relative to the peer's |")
    print("| --- | --- | --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        large = folder / "LARGE"
        _write(large, 4, (megabytes << 20) // 4)
        peer, ours, command = [], [], []
        for _ in range(repeats):
            with tempfile.TemporaryDirectory() as place:
                peer.append(_copied_and_hashed(Path(place), large))
            with tempfile.TemporaryDirectory() as place:
                ours.append(_offloaded(Path(place), large, 2, _engine))
            with tempfile.TemporaryDirectory() as place:
                command.append(_offloaded(Path(place), large, 2, _command))
        title = f"4 files, {megabytes / 1024:.1f} GiB in all"
        _print(title, "2", "cp twice, sync, xxh128sum of both", peer, peer)
        _print(title, "2", "the engine's offload", ours, peer)
        _print(title, "2", "cwtui offload", command, peer)
        shutil.rmtree(large)
        small = folder / "SMALL"
        _write(small, files, 20_000)
        peer, ours, command, running = [], [], [], []
        for number in range(repeats):
            # Nothing is deleted meanwhile: ext4 passes over recently deleted inodes, which takes longer than a copy.
            peer.append(_copied_and_sealed(folder / f"copy-{number}", small))
            ours.append(_offloaded(folder / f"engine-{number}", small, 1, _engine))
            command.append(_offloaded(folder / f"command-{number}", small, 1, _command))
            running.append(_offloaded(folder / f"running-{number}", small, 1, _command_of_running_studio))
        title = f"{files:,} files of 20 KB"
        _print(title, "1", "cp, ascmhl create (nothing is flushed)", peer, peer)
        _print(title, "1", "the engine's offload", ours, peer)
        _print(title, "1", "cwtui offload", command, peer)
        _print(title, "1", "cwtui offload, with a running studio process", running, peer)


def _write(card: Path, count: int, size: int) -> None:
    rng = random.Random(0)
    for number in range(count):
        path = card / f"{number // 1000:03d}" / f"{number:06d}.BIN"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for _ in range(max(1, size >> 20)):
                file.write(rng.randbytes(min(size, 1 << 20)))


def _cool(folder: Path) -> None:
    """Write and drop every page of the files in a folder."""
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            if sys.platform == "linux":
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def _copied_and_hashed(folder: Path, card: Path) -> Measurement:
    copies = [folder / "first", folder / "second"]
    _cool(card)
    steps = [measure(["sh", "-c", 'cp -R "$0" "$1" && cp -R "$0" "$2" && sync', *map(str, (card, *copies))])]
    files = [str(path) for copy in copies for path in sorted(copy.rglob("*.BIN"))]
    for copy in copies:
        _cool(copy)
    tool = shutil.which("xxh128sum")
    steps.append(measure([tool, *files] if tool else [sys.executable, "-c", _HASH, *files]))
    return _sum(steps)


def _copied_and_sealed(copy: Path, card: Path) -> Measurement:
    _cool(card)
    ascmhl = Path(sys.executable).with_name("ascmhl")
    return measure(["sh", "-c", 'cp -R "$0" "$1" && "$2" create "$1"', str(card), str(copy), str(ascmhl)])


def _offloaded(
    folder: Path, card: Path, copies: int, run_it: Callable[[Path, Path, Sequence[Path]], Measurement]
) -> Measurement:
    studio, also = folder / "studio", [folder / f"also-{number}" for number in range(1, copies)]
    for place in also:
        place.mkdir(parents=True)
    with Studio(studio) as opened:
        opened.new_project("Bench")
    _cool(card)
    try:
        return run_it(studio, card, also)
    finally:
        if process := find_studio_process(studio):
            stop_studio_process(studio, process)


def _engine(studio: Path, card: Path, also: Sequence[Path]) -> Measurement:
    return measure([sys.executable, "-c", _OFFLOAD, str(studio), str(card), *map(str, also)])


def _command(studio: Path, card: Path, also: Sequence[Path]) -> Measurement:
    command = [sys.executable, "-c", _WITH_STUDIO_PROCESS, *_command_line(studio, card, also)]
    ended = subprocess.run(command, capture_output=True, check=True)
    wall, processor = json.loads(ended.stdout)
    return Measurement(wall, processor, 0.0)


def _command_of_running_studio(studio: Path, card: Path, also: Sequence[Path]) -> Measurement:
    """The console or an earlier command has started the studio process; its processor time is not counted."""
    first = studio.with_name("FIRST")
    _write(first, 1, 20_000)
    measure(_command_line(studio, first, ()))
    found = measure(_command_line(studio, card, also))
    return Measurement(found.wall, math.nan, found.memory)


def _command_line(studio: Path, card: Path, also: Sequence[Path]) -> list[str]:
    cwtui = str(Path(sys.executable).with_name("cwtui"))
    options = [word for place in also for word in ("--also", str(place))]
    return [cwtui, "--studio", str(studio), "offload", str(card), "--no-prepare", *options]


def _sum(steps: Sequence[Measurement]) -> Measurement:
    return Measurement(
        sum(one.wall for one in steps), sum(one.processor for one in steps), max(one.memory for one in steps)
    )


def _print(card: str, copies: str, name: str, runs: Sequence[Measurement], peer: Sequence[Measurement]) -> None:
    wall, base = statistics.median(one.wall for one in runs), statistics.median(one.wall for one in peer)
    median = statistics.median(one.processor for one in runs)
    processor = "–" if math.isnan(median) else f"{median:.2f}"
    print(f"| {card} | {copies} | {name} | {wall:.2f} | {processor} | {wall / base:.2f} × |", flush=True)
