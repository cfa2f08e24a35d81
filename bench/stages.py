"""Where the time of a delivery goes: UHD HLG to 1080p SDR H.264, the processor time of each stage alone."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import av

from bench.comparison import uhd_take
from bench.picture import frame_chain
from engine.catalog import Encoding
from engine.ingest import inspect
from engine.picture import (
    OutputSpec,
    PictureFormat,
    PictureSource,
    Pipeline,
    Planes,
    YuvPlanes,
    inspect_movie,
    write_movie,
)
from engine.picture.chunks import encoder_frame
from engine.picture.encoders import add_video_stream
from engine.picture.fidelity import FidelityMeter
from engine.render import open_device

_WIDTH, _HEIGHT = 1920, 1080
_DECODED, _RUNS = 12, 8
_PLANAR = "yuv420p"
_START = """
from engine.catalog import Encoding
from engine.picture.pipeline import require_conformance
import engine.deliver.build
require_conformance(Encoding.HLG, "sdr")
"""


def run() -> None:
    """Prints processor milliseconds per frame, the least of several runs, and GPU milliseconds on a GPU."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        film, frames = uhd_take(folder, 4)
        footage = inspect(film)
        picture, grid = footage.probe.picture, footage.grid
        assert picture is not None
        assert grid is not None
        wanted = PictureFormat(
            _WIDTH, _HEIGHT, grid.rate, frames, "h264", 8, "sdr", gop=round(grid.rate), effort="quick", quality=23
        )
        print(f"3840×2160 HLG → {_WIDTH}×{_HEIGHT} SDR H.264, {frames} frames, {open_device().description}\n")
        print("| | CPU ms per frame |\n| --- | ---: |")

        def decode() -> None:
            with PictureSource(film, picture) as source:
                for _ in source.frames(grid):
                    pass

        _row("decode", decode, frames, 3)
        with PictureSource(film, picture) as source:
            decoded = list(islice(source.frames(grid), _DECODED))
        _render(decoded, Pipeline(picture, Encoding.HLG, OutputSpec(_WIDTH, _HEIGHT)))
        pipeline = Pipeline(picture, Encoding.HLG, OutputSpec(_WIDTH, _HEIGHT))
        with PictureSource(film, picture) as source:
            rendered = list(pipeline.stream((planes, None) for planes in source.frames(grid)))
        _row("encode", lambda: _encode(rendered, wanted, folder / "alone.nut", measured=False), frames, 3)
        _row(
            "encode and measure fidelity",
            lambda: _encode(rendered, wanted, folder / "measured.nut", measured=True),
            frames,
            3,
        )
        movie = folder / "movie.mp4"
        write_movie(movie, lambda part: rendered[part.start : part.stop], wanted, work=folder / "work")
        _row("decode and check the finished file", lambda: inspect_movie(movie), frames, 3)
        # A new process: the caches of tables and checks are there, as for every delivery but the first.
        began = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", _START], check=True)
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = ended.ru_utime - began.ru_utime + ended.ru_stime - began.ru_stime
        print(f"| start of a process with the GPU and its check, once | {seconds * 1e3:.0f} |")


def _render(decoded: list[Planes], pipeline: Pipeline) -> None:
    device = open_device()
    plan, sources = frame_chain(decoded[0], (_WIDTH, _HEIGHT))
    waiting = device.buffer(16)

    def upload() -> None:
        for number, texture in enumerate(sources.values()):
            if number < len(decoded[0].samples):
                device.upload_texture(texture, decoded[0].samples[number])
        device.gpu.queue.read_buffer(waiting)

    def passes() -> None:
        plan.run(sources)["planes"].release()
        device.gpu.queue.read_buffer(waiting)

    def whole() -> None:
        for _ in pipeline.stream((planes, None) for planes in decoded):
            pass

    _row("upload", upload, 1)
    _row("input, halving, view, output planes", passes, 1)
    _row("upload, passes and readback, streamed", whole, len(decoded), 3)
    timer = plan.timer()
    # lavapipe's timestamps are those of the submission.
    if timer is not None and not device.software:
        times = []
        for _ in range(10):
            plan.run(sources, timer)["planes"].release()
            times.append(timer.seconds())
        print(f"| GPU milliseconds by timestamps | {statistics.median(times) * 1e3:.2f} |")


def _encode(frames: list[YuvPlanes], wanted: PictureFormat, path: Path, *, measured: bool) -> None:
    with av.open(str(path), "w", format="nut") as file:
        stream = add_video_stream(file, wanted)
        stream.codec_context.codec_tag = "\0\0\0\0"
        with FidelityMeter(stream.codec_context, wanted.codec, _PLANAR, range(len(frames))) as meter:
            for number, planes in enumerate(frames):
                frame = encoder_frame(planes, _PLANAR)
                frame.pts, frame.time_base = number, 1 / wanted.rate
                if measured:
                    meter.add_source(number, frame)
                coded = stream.encode(frame)
                if measured:
                    meter.add_packets(coded)
                file.mux(coded)
            coded = stream.encode()
            if measured:
                meter.add_packets(coded)
                meter.result()
            file.mux(coded)


def _row(title: str, work: Callable[[], object], frames: int, runs: int = _RUNS) -> None:
    work()
    times = []
    for _ in range(runs):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    print(f"| {title} | {min(times) / frames * 1e3:.1f} |", flush=True)
