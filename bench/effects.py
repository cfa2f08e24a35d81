"""Each effect beside FFmpeg's nearest filter, and beside pygfx's nearest pass on the same adapter: 1080p."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from bench.effect_peers import PEERS, PYGFX, Peer, ffmpeg_peer, processor_seconds, pygfx_peer
from engine.effects import Effect, FrameContext, describe_chain, effect_types
from engine.effects.exposure import ExposureEffect
from engine.effects.sources import DEPTH, FLOW, FLOW_VALIDITY, PERSON
from engine.render import Graph, Image, Plan, Spec, open_device

_WIDTH, _HEIGHT, _RUNS = 1920, 1080, 4
_FORMAT = "rgba16float"


def run() -> None:
    """Prints processor milliseconds per frame, the least of several."""
    print(f"{_WIDTH}×{_HEIGHT}, processor milliseconds per frame on {open_device().description}. Effects are on half")
    print("floats on the device, alone and after another effect; FFmpeg's filters on frames in memory, in the deepest")
    print("format that they take.\n")
    if not os.environ.get(PYGFX):
        print(f"pygfx is left out: uv pip install --target FOLDER pygfx, then {PYGFX}=FOLDER.\n")
    print("| effect | groups | alone | in a chain | FFmpeg | | pygfx | |")
    print("| --- | ---: | ---: | ---: | --- | ---: | --- | ---: |")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        cube = Path(folder) / "look.cube"
        cube.write_text(_cube(33))
        first = ExposureEffect(stops=0.25)
        _, frame = prepare([first], stack)
        before = processor_seconds(frame, _RUNS)
        for kind, effect in effect_types().items():
            peer = PEERS.get(kind, Peer())
            files = {"file": str(cube)} if kind == "lut" else {}
            _row(effect(**peer.parameters, **files), peer, first, before, cube)


def _row(effect: Effect, peer: Peer, first: Effect, before: float, cube: Path) -> None:
    with ExitStack() as stack:
        groups, frame = prepare([effect], stack)
        alone = processor_seconds(frame, _RUNS)
        _, frame = prepare([first, effect], stack)
        added = max(0.0, processor_seconds(frame, _RUNS) - before)
    cells = [effect.kind.replace("_", " "), str(groups), _ms(alone), _ms(added)]
    others = [
        ffmpeg_peer(peer, _WIDTH, _HEIGHT, cube=cube),
        pygfx_peer(peer.pygfx, _WIDTH, _HEIGHT) if peer.pygfx else None,
    ]
    for other in others:
        cells += [other.name, _ms(processor_seconds(other.frame, _RUNS))] if other else ["", ""]
    print(f"| {' | '.join(cells)} |", flush=True)


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.1f}"


def prepare(
    effects: Sequence[Effect], stack: ExitStack, size: tuple[int, int] = (_WIDTH, _HEIGHT)
) -> tuple[int, Callable[[], None]]:
    """(the number of groups, a function that renders a frame and waits) of effects on a picture of noise.

    Other sources of the effects, such as depth, are noise too; half of the picture is a person.
    """
    device = open_device()
    width, height = size
    frame = FrameContext(width, height, number=7)
    names = ("picture", DEPTH, FLOW, FLOW_VALIDITY, PERSON)
    specs: dict[str, Spec] = {name: Image(width, height, _FORMAT) for name in names}
    chain = describe_chain(effects, frame, "picture", specs)
    graph = Graph()
    for name, spec in specs.items():
        graph.source(name, spec)
    plan = Plan(device, graph, [chain.add_to(graph)])
    random = np.random.default_rng(1)
    pixels = random.lognormal(-1.5, 1.2, (height, width, 4)).astype(np.float16)
    pixels[..., 3] = 1
    noise = np.clip(pixels, 0, 0.02)
    people = np.repeat(np.clip(np.linspace(-20, 20, width), 0, 1)[None, :, None], height, 0)
    kinds = {"picture": pixels, PERSON: np.tile(people, 4).astype(np.float16)}
    given = {name: kinds.get(name, noise) for name in plan.schedule.sources}
    sources = {name: stack.enter_context(device.load_picture(one, _FORMAT)).resource for name, one in given.items()}

    def render() -> None:
        plan.run(sources)[chain.result].release()
        device.wait()

    return len(plan.groups), render


def _cube(edge: int) -> str:
    steps = np.linspace(0, 1, edge) ** 0.9
    lines = [f"{red:.6f} {green:.6f} {blue:.6f}" for blue in steps for green in steps for red in steps]
    return f"LUT_3D_SIZE {edge}\n" + "\n".join(lines) + "\n"
