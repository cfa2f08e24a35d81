"""UHD 10-bit HLG to a 720p SDR review proxy, against one ffmpeg command that does the same."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import av

from bench.measured import Measured, measure

_RUNS = 3
_TONEMAP = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=hable:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv420p,scale=1280:720"
)
_SMALL_FIRST = (
    "zscale=w=1280:h=720:t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=hable:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
)


def run() -> None:
    """Builds the sample shoot, takes its UHD take, times each contender in turn and prints a table."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        sys.exit("The peer is missing: install ffmpeg with zscale (brew install ffmpeg, or apt-get install ffmpeg).")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        # In a process of its own: a child's peak memory counts from what its parent held when it forked.
        subprocess.run(
            [sys.executable, "-m", "fixtures.shoot", str(folder / "footage")], check=True, capture_output=True
        )
        take = folder / "footage" / "IMG_0102.MOV"
        film = folder / "uhd.mov"
        frames = _looped(take, film, 4)
        proxy = str(folder / "ffmpeg.mp4")
        encode = [
            "-c:v",
            "libx264",
            "-preset",
            "veryfast",
            "-crf",
            "23",
            "-g",
            "30",
            "-c:a",
            "aac",
            "-b:a",
            "128k",
            proxy,
        ]
        peer = [ffmpeg, "-y", "-v", "error", "-i", str(film), "-vf"]
        ours = str(Path(sys.executable).with_name("cwtui"))
        contenders = {
            "cwtui deliver review-proxy": [ours, "deliver", "review-proxy", str(film), "-o", str(folder / "out")],
            "ffmpeg, tone-mapped at full size": [*peer, _TONEMAP, *encode],
            "ffmpeg, scaled first": [*peer, _SMALL_FIRST, *encode],
        }
        runs: dict[str, list[Measured]] = {name: [] for name in contenders}
        for turn in range(_RUNS):
            for name, command in contenders.items():
                studio = str(folder / f"studio-{turn}")
                measured = measure(command, {"CWTUI_STUDIO": studio})
                runs[name].append(_with_jobs(measured, ours, studio) if command[0] == ours else measured)
    _print(frames, runs)


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


def _print(frames: int, runs: dict[str, list[Measured]]) -> None:
    names = list(runs)
    median = {name: statistics.median(one.wall for one in runs[name]) for name in names}
    print(f"UHD 10-bit HLG HEVC → 1280×720 SDR H.264, {frames} frames, median of {_RUNS} runs\n")
    print("| | frames/s | against ours | CPU s | peak memory |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name in names:
        memory = max(one.memory for one in runs[name])
        processor = statistics.median(one.processor for one in runs[name])
        ratio = median[names[0]] / median[name]
        print(f"| {name} | {frames / median[name]:.2f} | {ratio:.2f} × | {processor:.1f} | {memory:.0f} MiB |")
