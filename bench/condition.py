"""Time to check one minute of 1080p HEVC for damage, compared to decoding with PyAV."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
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


def run(turns: int = 3) -> None:
    """Prints the median wall and processor time of `turns` alternating runs, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = repeat(write_clip(Path(folder) / "clip.mov", _CLIP), Path(folder) / "minute.mov")
        footage = inspect(path)
        rate = path.stat().st_size * 8 / 1e6 / _SECONDS
        print(f"{_SECONDS} s of 1920×1080 HEVC Main10, 30 frames a second, {rate:.1f} Mb/s\n")
        methods: dict[str, Callable[[], Any]] = {
            "condition": lambda: check_condition(footage),
            "PyAV, all cores": lambda: _decode(path, "AUTO"),
            "PyAV, one thread": lambda: _decode(path, "NONE"),
        }
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in methods}
        for _ in range(turns):
            for name, method in methods.items():
                wall, processor = time.monotonic(), time.process_time()
                method()
                taken[name].append((time.monotonic() - wall, time.process_time() - processor))
    print("| | s | CPU s |\n| --- | ---: | ---: |")
    for name, times in taken.items():
        wall, processor = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"| {name} | {wall:.1f} | {processor:.1f} |")


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


def _decode(path: Path, threads: str) -> None:
    with av.open(str(path)) as container:
        stream: Any = container.streams.video[0]
        stream.thread_type = threads
        if threads == "NONE":
            stream.codec_context.thread_count = 1
        for _ in container.decode(stream):
            pass
