"""Footage and rivals for the picture's benchmarks: a long UHD take, and commands timed turn by turn."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import av

from bench.measured import Measured, measure

RUNS = 3


def ffmpeg_with_zscale() -> str:
    """The peer. Leaves with what to install where it is missing."""
    found = shutil.which("ffmpeg")
    if found is None:
        sys.exit("The peer is missing: install ffmpeg with zscale (brew install ffmpeg, or apt-get install ffmpeg).")
    return found


def tone_mapped(width: int, height: int, scaled_first: bool = False) -> str:
    """ffmpeg's filters from HLG to SDR: linearised before it is scaled, as ours is, or after."""
    first, last = (f"w={width}:h={height}:", "") if scaled_first else ("", f",scale={width}:{height}")
    return (
        f"zscale={first}t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=hable:desat=0,"
        f"zscale=t=bt709:m=bt709:r=tv,format=yuv420p{last}"
    )


def uhd_take(folder: Path, times: int) -> tuple[Path, int]:
    """The sample shoot's UHD HLG take so many times over, without sound, and how many frames it has."""
    # In a process of its own: a child's peak memory counts from what its parent held when it forked.
    subprocess.run([sys.executable, "-m", "fixtures.shoot", str(folder / "footage")], check=True, capture_output=True)
    film = folder / "uhd.mov"
    return film, _looped(folder / "footage" / "IMG_0102.MOV", film, times)


def contend(commands: Mapping[str, Sequence[str]], folder: Path) -> dict[str, list[Measured]]:
    """Each command several times, in turn; ours (cwtui) each time in a new studio, its jobs counted in.

    What has no studio keeps its caches from run to run.
    """
    runs: dict[str, list[Measured]] = {name: [] for name in commands}
    for turn in range(RUNS):
        for name, command in commands.items():
            studio = str(folder / f"studio-{turn}")
            measured = measure(command, {"CWTUI_STUDIO": studio, "XDG_CACHE_HOME": str(folder / "cache")})
            ours = Path(command[0]).name == "cwtui"
            runs[name].append(_with_jobs(measured, command[0], studio) if ours else measured)
    return runs


def show(frames: int, runs: Mapping[str, Sequence[Measured]]) -> None:
    """A table in Markdown, medians, the first name's as the measure."""
    names = list(runs)
    median = {name: statistics.median(one.wall for one in runs[name]) for name in names}
    print("| | frames/s | against ours | CPU s | peak memory |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name in names:
        memory = max(one.memory for one in runs[name])
        processor = statistics.median(one.processor for one in runs[name])
        ratio = median[names[0]] / median[name]
        print(f"| {name} | {frames / median[name]:.2f} | {ratio:.2f} × | {processor:.1f} | {memory:.0f} MiB |")


def _with_jobs(console: Measured, ours: str, studio: str) -> Measured:
    """The console's own figures with those of the jobs it asked for, which other processes did."""
    listed = subprocess.run([ours, "--studio", studio, "jobs", "--json"], capture_output=True, check=True)
    subprocess.run([ours, "--studio", studio, "studio", "--stop"], capture_output=True, check=True)
    jobs = json.loads(listed.stdout)["jobs"]
    processor = console.processor + sum(job["cpu_seconds"] for job in jobs)
    return Measured(console.wall, processor, max(job["peak_memory"] for job in jobs) / (1 << 20))


def _looped(take: Path, out: Path, times: int) -> int:
    """The take's packets several times over, without sound, so that a start does not weigh too much."""
    written = 0
    with av.open(str(out), "w", format="mov") as film:
        stream = None
        offset = 0
        for _ in range(times):
            with av.open(str(take)) as source:
                video = source.streams.video[0]
                stream = stream or film.add_stream_from_template(video)
                end = 0
                for packet in source.demux(video):
                    if packet.dts is None:
                        continue
                    end = max(end, packet.pts + packet.duration)
                    packet.pts, packet.dts, packet.stream = packet.pts + offset, packet.dts + offset, stream
                    film.mux(packet)
                    written += 1
                offset += end
    return written
