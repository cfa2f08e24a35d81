"""Helpers for the picture benchmarks: a long UHD take, ffmpeg commands, and alternating runs of commands."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import av

from bench.measurement import Measurement, measure

RUNS = 3


def ffmpeg_with_zscale() -> str:
    """The path of ffmpeg. Exits with installation instructions if it is missing."""
    found = shutil.which("ffmpeg")
    if found is None:
        sys.exit("ffmpeg is missing. Install it with zscale: brew install ffmpeg, or apt-get install ffmpeg.")
    return found


def tone_mapped(width: int, height: int, scaled_first: bool = False) -> str:
    """The ffmpeg filters from HLG to SDR, scaled after tone mapping, or first with `scaled_first`."""
    first, last = (f"w={width}:h={height}:", "") if scaled_first else ("", f",scale={width}:{height}")
    return (
        f"zscale={first}t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=hable:desat=0,"
        f"zscale=t=bt709:m=bt709:r=tv,format=yuv420p{last}"
    )


def uhd_take(folder: Path, times: int) -> tuple[Path, int]:
    """The UHD HLG take of the sample shoot, repeated `times` times without sound. Returns its path and frame count."""
    # In a child process: the peak memory of later children would include this process's memory at the fork.
    subprocess.run([sys.executable, "-m", "fixtures.shoot", str(folder / "footage")], check=True, capture_output=True)
    path = folder / "uhd.mov"
    return path, _repeat_packets(folder / "footage" / "IMG_0102.MOV", path, times)


def measure_alternating(commands: Mapping[str, Sequence[str]], folder: Path) -> dict[str, list[Measurement]]:
    """Measures each command RUNS times, alternating. `cwtui` runs in a new studio each time; its jobs are included.

    Other commands keep their caches between runs.
    """
    runs: dict[str, list[Measurement]] = {name: [] for name in commands}
    for turn in range(RUNS):
        for name, command in commands.items():
            studio = str(folder / f"studio-{turn}")
            measured = measure(command, {"CWTUI_STUDIO": studio, "XDG_CACHE_HOME": str(folder / "cache")})
            ours = Path(command[0]).name == "cwtui"
            runs[name].append(_with_jobs(measured, command[0], studio) if ours else measured)
    return runs


def print_table(frames: int, runs: Mapping[str, Sequence[Measurement]]) -> None:
    """Prints a Markdown table of medians, relative to the first command."""
    names = list(runs)
    median = {name: statistics.median(one.wall for one in runs[name]) for name in names}
    print("| | frames/s | relative to ours | CPU s | peak memory |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name in names:
        memory = max(one.memory for one in runs[name])
        processor = statistics.median(one.processor for one in runs[name])
        ratio = median[names[0]] / median[name]
        print(f"| {name} | {frames / median[name]:.2f} | {ratio:.2f} × | {processor:.1f} | {memory:.0f} MiB |")


def _with_jobs(console: Measurement, ours: str, studio: str) -> Measurement:
    """The measurements of the command with those of its jobs, which run in other processes."""
    listed = subprocess.run([ours, "--studio", studio, "jobs", "--json"], capture_output=True, check=True)
    subprocess.run([ours, "--studio", studio, "studio", "--stop"], capture_output=True, check=True)
    jobs = json.loads(listed.stdout)["jobs"]
    processor = console.processor + sum(job["cpu_seconds"] for job in jobs)
    return Measurement(console.wall, processor, max(job["peak_memory"] for job in jobs) / (1 << 20))


def _repeat_packets(take: Path, out: Path, times: int) -> int:
    """Writes the video packets of a take `times` times, so that startup time matters less. Returns the packet count."""
    written = 0
    with av.open(str(out), "w", format="mov") as output:
        stream = None
        offset = 0
        for _ in range(times):
            with av.open(str(take)) as source:
                video = source.streams.video[0]
                stream = stream or output.add_stream_from_template(video)
                end = 0
                for packet in source.demux(video):
                    if packet.dts is None:
                        continue
                    end = max(end, packet.pts + packet.duration)
                    packet.pts, packet.dts, packet.stream = packet.pts + offset, packet.dts + offset, stream
                    output.mux(packet)
                    written += 1
                offset += end
    return written
