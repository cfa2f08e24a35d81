"""Each effect beside FFmpeg's nearest filter, and beside pygfx's nearest pass on the same adapter: 1080p."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from bench.effect_peers import PEERS, PYGFX, Peer, ffmpeg_peer, processor_seconds, pygfx_peer
from engine.effects import FrameContext, describe_chain, effect_types
from engine.render import Graph, Image, Plan, Spec, open_device

_WIDTH, _HEIGHT, _RUNS = 1920, 1080, 5
_FORMAT = "rgba16float"


def run() -> None:
    """Prints processor milliseconds per frame, the least of several."""
    print(
        f"{_WIDTH}×{_HEIGHT}, processor milliseconds per frame on {open_device().description}: effects on half floats"
    )
    print("that are on the device, FFmpeg's filters on frames in memory, in the deepest format that they take\n")
    if not os.environ.get(PYGFX):
        print(f"pygfx is left out: uv pip install --target FOLDER pygfx, then {PYGFX}=FOLDER.\n")
    print("| effect | passes | ms | FFmpeg's filter | ms | | pygfx's pass | ms | |")
    print("| --- | ---: | ---: | --- | ---: | ---: | --- | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        cube = Path(folder) / "look.cube"
        cube.write_text(_cube(33))
        for kind in effect_types():
            _row(kind, PEERS.get(kind, Peer()), cube)


def _row(kind: str, peer: Peer, cube: Path) -> None:
    parameters = dict(peer.parameters) | ({"file": str(cube)} if kind == "lut" else {})
    with ExitStack() as stack:
        groups, frame = prepare_effect(kind, parameters, stack)
        ours = processor_seconds(frame, _RUNS)
        cells = [kind.replace("_", " "), str(groups), f"{ours * 1e3:.1f}"]
        name, options = peer.ffmpeg or ("", "")
        options = options.format(cube=cube)
        peers = [
            ffmpeg_peer(name, options, _WIDTH, _HEIGHT) if name else None,
            pygfx_peer(peer.pygfx, _WIDTH, _HEIGHT) if peer.pygfx else None,
        ]
        for one in peers:
            if one is None:
                cells += ["", "", ""]
                continue
            seconds = processor_seconds(one.frame, _RUNS)
            cells += [one.name, f"{seconds * 1e3:.1f}", f"{seconds / ours:.1f} ×"]
        print(f"| {' | '.join(cells)} |", flush=True)


def prepare_effect(
    kind: str, parameters: dict[str, Any], stack: ExitStack, size: tuple[int, int] = (_WIDTH, _HEIGHT)
) -> tuple[int, Callable[[], None]]:
    """(the number of groups, a function that renders a frame and waits) of an effect on a picture of noise.

    Other sources of the effect, such as depth, are noise too.
    """
    device = open_device()
    width, height = size
    effect = effect_types()[kind](**parameters)
    frame = FrameContext(width, height, number=7)
    specs: dict[str, Spec] = {"picture": Image(width, height, _FORMAT)}
    while True:
        try:
            chain = describe_chain([effect], frame, "picture", specs)
            break
        except KeyError as missing:
            specs[missing.args[0]] = Image(width, height, _FORMAT)
    graph = Graph()
    for name, spec in specs.items():
        graph.source(name, spec)
    plan = Plan(device, graph, [chain.add_to(graph)])
    random = np.random.default_rng(1)
    pixels = random.lognormal(-1.5, 1.2, (height, width, 4)).astype(np.float16)
    pixels[..., 3] = 1
    sources = {name: stack.enter_context(device.load_picture(pixels, _FORMAT)).resource for name in specs}

    def render() -> None:
        plan.run(sources)[chain.result].release()
        device.wait()

    return len(plan.groups), render


def _cube(edge: int) -> str:
    steps = np.linspace(0, 1, edge) ** 0.9
    lines = [f"{red:.6f} {green:.6f} {blue:.6f}" for blue in steps for green in steps for red in steps]
    return f"LUT_3D_SIZE {edge}\n" + "\n".join(lines) + "\n"
