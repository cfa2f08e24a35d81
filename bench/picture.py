"""UHD HLG to 1080p SDR against ffmpeg; the SDR view against OpenColorIO on the CPU, with GPU timestamps."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.comparison import RUNS, ffmpeg_with_zscale, measure_alternating, print_table, tone_mapped, uhd_take
from engine.catalog import Encoding
from engine.picture import Planes, to_acescg, to_display
from engine.picture.color import input_transform
from engine.picture.passes import InputPass, PlaneLayout, ViewPass, YuvPass, samples_image
from engine.render import Bytes, Graph, Plan, open_device

# x264 veryfast at constant quality, one key frame per second; ffmpeg gets the same settings.
_RECIPE = """
title = "1080p SDR"

[picture]
view = "sdr"
codec = "h264"
long_edge = 1920
short_edge = 1080
fit = "within"
gop_seconds = 1
effort = "quick"
quality = 23
"""


def run() -> None:
    """Prints the comparisons as tables."""
    _against_ffmpeg()
    _against_ocio()


def _against_ffmpeg() -> None:
    ffmpeg = ffmpeg_with_zscale()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        film, frames = uhd_take(folder, 16)
        recipe = folder / "sdr-1080p.toml"
        recipe.write_text(_RECIPE)
        encode = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-g", "30", str(folder / "ffmpeg.mp4")]
        peer = [ffmpeg, "-y", "-v", "error", "-i", str(film), "-vf"]
        ours = str(Path(sys.executable).with_name("cwtui"))
        alone = [sys.executable, "-m", "bench.convert", str(film), str(folder / "alone.mp4")]
        runs = measure_alternating(
            {
                "ours, picture only": alone,
                "cwtui deliver, with checks and receipt": [
                    ours,
                    "deliver",
                    str(recipe),
                    str(film),
                    "-o",
                    str(folder / "out"),
                ],
                "ffmpeg, tone-mapped at full size": [*peer, tone_mapped(1920, 1080), *encode],
                "ffmpeg, scaled first": [*peer, tone_mapped(1920, 1080, scaled_first=True), *encode],
            },
            folder,
        )
    print(f"UHD 10-bit HLG HEVC → 1920×1080 SDR H.264, {frames} frames, median of {RUNS} runs\n")
    print_table(frames, runs)


def _against_ocio() -> None:
    planes = _frame(3840, 2160)
    plan, sources = frame_chain(planes)
    device = open_device()
    timer = plan.timer()

    def ours() -> None:
        with plan.run(sources)["display"] as shown:
            device.fetch([shown]).result()

    codes = np.random.default_rng(1).random((2160, 3840, 3), np.float32)
    peer_seconds = _seconds(lambda: to_display(to_acescg(codes, Encoding.HLG, 9), "sdr"), 1)
    seconds = _seconds(ours, 5)
    print(f"\nA UHD HLG frame to the SDR view, from samples on the GPU to codes read back: {device.description}\n")
    print("| | ms per frame | |")
    print("| --- | ---: | ---: |")
    print(f"| ours | {seconds * 1e3:.1f} | 1.0 × |")
    print(f"| OpenColorIO on one CPU core | {peer_seconds * 1e3:.0f} | {peer_seconds / seconds:.1f} × |")
    # lavapipe's timestamps are those of the submission.
    if timer is not None and not device.software:
        times = []
        for _ in range(10):
            plan.run(sources, timer)["display"].release()
            times.append(timer.seconds())
        print(f"| ours, GPU timestamps, without readback | {np.median(times) * 1e3:.2f} | |")


def frame_chain(planes: Planes, size: tuple[int, int] | None = None) -> tuple[Plan, dict[str, object]]:
    """The passes of an HLG frame to the SDR view, and its samples on the GPU.

    The result is "display", or with `size`, half the frame's, the encoder's "planes".
    """
    device = open_device()
    graph = Graph()
    sources: dict[str, object] = {}
    for number, name in enumerate(("luma", "cb", "cr")):
        form = samples_image(planes, number)
        graph.source(name, form)
        sources[name] = device.texture(form.format, form.width, form.height)
        device.upload_texture(sources[name], planes.samples[number])
    graph.add(InputPass(planes, input_transform(Encoding.HLG, 9), 0, False, size is not None))
    graph.add(ViewPass("sdr", device.display), picture="scene")
    if size is None:
        return Plan(device, graph, ["display"]), sources
    graph.source("overlay", Bytes(4))
    sources["overlay"] = device.buffer(4)
    graph.add(YuvPass(PlaneLayout(*size, 8, "420"), 1, 1.0, (0, 0), size))
    return Plan(device, graph, ["planes"]), sources


def _frame(width: int, height: int) -> Planes:
    random = np.random.default_rng(1)
    luma = random.integers(64, 941, (height, width), np.uint16)
    cb, cr = random.integers(400, 624, (2, height // 2, width // 2), np.uint16)
    return Planes((luma, cb, cr), width, height, 10, (1, 1), 9, False)


def _seconds(work: Callable[[], object], times: int) -> float:
    work()
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times
