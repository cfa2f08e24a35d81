"""Time to check one minute of 1080p HEVC for damage, compared to decoding with PyAV and with ffmpeg."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av

from engine.ingest import check_condition, inspect
from fixtures.short_clip import Clip, write_clip

_SECONDS = 60
_CLIP = Clip(
    "clip.mov", "mov", "libx265", None, Fraction(2), size=(1920, 1080), rate=30, gop=30, pixel_format="yuv420p10le",
    more={"x265-params": "bframes=0:bitrate=10000"},
)  # fmt: skip


def run(turns: int = 3, seconds: int = _SECONDS) -> None:
    """Prints the median wall and processor time of `turns` alternating runs on `seconds` of picture."""
    with tempfile.TemporaryDirectory() as folder:
        path = repeat(write_clip(Path(folder) / "clip.mov", _CLIP), Path(folder) / "minute.mov", seconds)
        footage = inspect(path)
        rate = path.stat().st_size * 8 / 1e6 / seconds
        print(f"{seconds} s of 1920×1080 HEVC Main10, 30 frames a second, {rate:.1f} Mb/s\n")
        methods: dict[str, Callable[[], Any]] = {
            "condition": lambda: check_condition(footage),
            "PyAV, without loop filter": lambda: _decode(path, skip_loop_filter="all"),
            "PyAV, slice threads, without loop filter": lambda: _decode(path, "SLICE", skip_loop_filter="all"),
            "PyAV": lambda: _decode(path),
            "PyAV, one thread": lambda: _decode(path, "NONE"),
        }
        if ffmpeg := shutil.which("ffmpeg"):
            read = [ffmpeg, "-v", "error", "-skip_loop_filter", "all", "-i", str(path), "-f", "null", "-"]
            plain = [part for part in read if part not in ("-skip_loop_filter", "all")]
            methods["ffmpeg -f null, without loop filter"] = partial(subprocess.run, read, check=True)
            methods["ffmpeg -f null"] = partial(subprocess.run, plain, check=True)
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in methods}
        for _ in range(turns):
            for name, method in methods.items():
                wall, processor = time.monotonic(), _processor_seconds()
                method()
                taken[name].append((time.monotonic() - wall, _processor_seconds() - processor))
    medians = {
        name: [statistics.median(column) for column in zip(*times, strict=True)] for name, times in taken.items()
    }
    print("| | s | CPU s | CPU relative to condition |\n| --- | ---: | ---: | ---: |")
    for name, (wall, processor) in medians.items():
        print(f"| {name} | {wall:.1f} | {processor:.1f} | {processor / medians['condition'][1]:.2f} × |")
    print(f"\nMedian of {turns} runs; load {os.getloadavg()[0]:.1f} at the end, {os.cpu_count()} cores.")


def repeat(source: Path, path: Path, seconds: int = _SECONDS) -> Path:
    """Repeats the packets of a clip that begins with a key frame, up to `seconds`. Returns `path`."""
    with av.open(str(source)) as read:
        packets: list[Any] = [packet for packet in read.demux(video=0) if packet.size]
        base = Fraction(packets[0].time_base)
        length = sum(packet.duration for packet in packets)
        with av.open(str(path), "w", options={"fflags": "+bitexact"}) as written:
            stream = written.add_stream_from_template(read.streams.video[0])
            for turn in range(int(seconds / (length * base))):
                for packet in packets:
                    copy: Any = av.Packet(bytes(packet))
                    copy.pts, copy.dts = packet.pts + turn * length, packet.dts + turn * length
                    copy.duration, copy.time_base, copy.is_keyframe = packet.duration, base, packet.is_keyframe
                    copy.stream = stream
                    written.mux(copy)
    return path


def _decode(path: Path, threads: str = "AUTO", **options: str) -> None:
    with av.open(str(path)) as container:
        stream: Any = container.streams.video[0]
        stream.thread_type = threads
        if threads == "NONE":
            stream.codec_context.thread_count = 1
        stream.codec_context.options = {**stream.codec_context.options, **options}
        for _ in container.decode(stream):
            pass


def _processor_seconds() -> float:
    """Processor time of this process and of its finished children."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in usage)
