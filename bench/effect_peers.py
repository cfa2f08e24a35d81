"""The nearest filter of FFmpeg, and pass of pygfx, for each effect that has one."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame

# The deepest first: effects compute in floats of 16 or 32 bits. FFmpeg's noise takes floats, but adds integers to them.
_FORMATS = ("gbrpf32le", "gbrp16le", "gbrp12le", "gbrp", "yuv444p16le", "yuv444p", "yuv420p")
# Filters that combine frames return the first one after this many.
_DELAY = 12

PYGFX = "BENCH_PYGFX"
"""The environment variable with the folder into which pygfx is installed."""


@dataclass(frozen=True, slots=True)
class Peer:
    """How an effect is measured: its parameters, if its defaults change nothing, and its peers.

    `ffmpeg` is a filter with options of an equal strength at 1080p, `formats` limits its formats; `pygfx` is the name
    of an effect pass. `glow` adds what the filter makes to the picture, as the effect does.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    ffmpeg: tuple[str, str] | None = None
    pygfx: str | None = None
    formats: tuple[str, ...] = _FORMATS
    glow: bool = False


# Sigmas in pixels are those of the effects' defaults at 1080p. pygfx has no blur, glow or lens: its peers are passes
# with as much to do, that read a pixel or some neighbours.
PEERS: Mapping[str, Peer] = {
    "background_blur": Peer(ffmpeg=("gblur", "sigma=8:steps=3")),
    "bloom": Peer(ffmpeg=("gblur", "sigma=65:steps=3"), glow=True),
    "cdl": Peer({"slope_red": 1.1, "saturation": 0.9}, ("colorlevels", "rimax=0.9:gimin=0.05"), "OutputPass"),
    "chromatic_aberration": Peer(ffmpeg=("chromashift", "cbh=3:crv=-2:edge=smear"), pygfx="FXAAPass"),
    "defocus": Peer(ffmpeg=("gblur", "sigma=8:steps=3")),
    "diffusion": Peer(ffmpeg=("gblur", "sigma=54:steps=3"), glow=True),
    "exposure": Peer({"stops": 0.5}, ("exposure", "exposure=0.5"), "CopyPass"),
    "fog": Peer(pygfx="FogPass"),
    "grain": Peer(ffmpeg=("noise", "alls=12:allf=t+u"), pygfx="NoisePass", formats=("gbrp",)),
    "halation": Peer(ffmpeg=("gblur", "sigma=6:steps=3"), glow=True),
    "lens_distortion": Peer({"k1": 0.1}, ("lenscorrection", "k1=-0.1:k2=0.02:i=bilinear"), "FXAAPass"),
    "light_leak": Peer(pygfx="CopyPass"),
    "lut": Peer(ffmpeg=("lut3d", "file={cube}:interp=tetrahedral")),
    "motion_blur": Peer(ffmpeg=("minterpolate", "fps=50:mi_mode=blend")),
    "sharpen": Peer(ffmpeg=("unsharp", "lx=5:ly=5:la=1"), pygfx="FXAAPass"),
    "streak": Peer(ffmpeg=("gblur", "sigma=200:sigmaV=2:steps=3"), glow=True),
    "tone_curve": Peer(ffmpeg=("curves", "preset=medium_contrast"), pygfx="OutputPass"),
    "transform": Peer({"rotation": 3.0, "scale": 1.1}, ("rotate", "a=0.05:bilinear=1"), "FXAAPass"),
    "vignette": Peer(ffmpeg=("vignette", "a=PI/5"), pygfx="CopyPass"),
    "white_balance": Peer({"temperature": 4300.0}, ("colortemperature", "temperature=4300"), "OutputPass"),
}


@dataclass(frozen=True, slots=True)
class Running:
    """A peer that is ready: `frame` renders one frame."""

    name: str
    frame: Callable[[], object]


def ffmpeg_peer(peer: Peer, width: int, height: int, **files: object) -> Running | None:
    """The filter in the deepest format that it takes without a conversion; None if this FFmpeg does not have it.

    `files` are values for its options.
    """
    filter_name, options = peer.ffmpeg or ("", "")
    if filter_name not in av.filter.filters_available:
        return None
    for form in peer.formats:
        graph = _graph(filter_name, options.format(**files), form, width, height, peer.glow)
        if graph is None:
            continue
        frames = [_frame(form, width, height, number) for number in range(2)]
        for number in range(_DELAY):
            graph.push(_stamped(frames[number % 2], number))
            if (made := _pulled(graph)) is not None:
                break
        if made is None or made.format.name != form:
            continue
        count = [number]

        def frame(graph: Graph = graph, frames: list[VideoFrame] = frames, count: list[int] = count) -> None:
            count[0] += 1
            graph.push(_stamped(frames[count[0] % 2], count[0]))
            while _pulled(graph) is not None:
                pass

        return Running(f"{filter_name}{' + blend' if peer.glow else ''}, {form}", frame)
    return None


def pygfx_peer(name: str, width: int, height: int) -> Running | None:
    """The pass on the same adapter, in half floats; None without pygfx."""
    folder = os.environ.get(PYGFX)
    if not folder or not Path(folder, "pygfx").is_dir():
        return None
    if folder not in sys.path:
        # Last, so that our versions of what both need are imported.
        sys.path.append(folder)
    import wgpu
    from pygfx.renderers.wgpu.engine import effectpasses  # type: ignore[import-not-found]
    from pygfx.renderers.wgpu.engine.shared import get_shared  # type: ignore[import-not-found]

    effect = getattr(effectpasses, name)()
    device = get_shared().device
    usage = wgpu.TextureUsage.TEXTURE_BINDING | wgpu.TextureUsage.RENDER_ATTACHMENT | wgpu.TextureUsage.COPY_DST
    color, target = (
        device.create_texture(size=(width, height, 1), format="rgba16float", usage=usage) for _ in range(2)
    )
    pixels = np.random.default_rng(1).random((height, width, 4)).astype(np.float16)
    layout = {"bytes_per_row": width * 8, "rows_per_image": height}
    device.queue.write_texture({"texture": color}, pixels, layout, (width, height, 1))
    depth = device.create_texture(
        size=(width, height, 1), format="depth32float", usage=usage & ~wgpu.TextureUsage.COPY_DST
    )
    fence = device.create_buffer(size=4, usage=wgpu.BufferUsage.COPY_SRC)
    views = [color.create_view(), depth.create_view(), target.create_view()]

    def frame() -> None:
        encoder = device.create_command_encoder()
        effect.render(encoder, *views)
        device.queue.submit([encoder.finish()])
        device.queue.read_buffer(fence)

    return Running(name, frame)


def processor_seconds(work: Callable[[], object], runs: int) -> float:
    """The least processor time of a call, on all threads of this process, after one that warms up."""
    work()
    times = []
    for _ in range(runs):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)


def _graph(filter_name: str, options: str, form: str, width: int, height: int, glow: bool) -> Graph | None:
    graph = Graph()
    try:
        source = graph.add_buffer(width=width, height=height, format=form, time_base=1)
        step, sink = graph.add(filter_name, options), graph.add("buffersink")
        if glow:
            split, blend = graph.add("split"), graph.add("blend", "all_mode=addition:all_opacity=0.2")
            source.link_to(split)
            split.link_to(blend, 0, 0)
            split.link_to(step, 1)
            step.link_to(blend, 0, 1)
            blend.link_to(sink)
        else:
            source.link_to(step)
            step.link_to(sink)
        graph.configure()
    except (av.FFmpegError, ValueError):
        return None
    return graph


def _frame(form: str, width: int, height: int, seed: int) -> VideoFrame:
    frame = VideoFrame(width, height, form)
    random = np.random.default_rng(seed)
    for plane in frame.planes:
        size = plane.buffer_size
        if form.startswith("gbrpf32"):
            data = random.random(size // 4, np.float32).tobytes()
        else:
            depth = 16 if "16" in form else 12 if "12" in form else 8
            kind = np.uint16 if depth > 8 else np.uint8
            data = random.integers(0, 1 << depth, size // np.dtype(kind).itemsize, kind).tobytes()
        plane.update(data)
    return frame


def _stamped(frame: VideoFrame, number: int) -> VideoFrame:
    frame.pts = number
    return frame


def _pulled(graph: Graph) -> VideoFrame | None:
    try:
        return graph.pull()
    except (av.BlockingIOError, av.EOFError):
        return None
