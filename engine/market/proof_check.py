"""Checks the proof of a look on this GPU, and measures what the look does and costs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.market.badges import LookClock, LookMeasure, ProofCheck
from engine.market.look_reference import colour_effects, reference_light
from engine.market.package import MarketPackage
from engine.market.proof import GREY_ROW, PROOF_FILES, PROVEN_KINDS, look_of, parse_proof, ramp, rounded

if TYPE_CHECKING:
    from engine.effects import Effect
    from engine.looks import Look
    from engine.market.proof import Light
    from engine.render import Device, Plan

# Of the light, and added to it.
_RELATIVE, _ABSOLUTE = 2e-3, 2e-4
_STEPS = (1.0, 2.0, 4.0, 8.0, 16.0)
_UHD = (3840, 2160)
_SMALL = (480, 270)
_RUNS = 3
_PICTURE = "picture"
# The effect of a package that changes each pixel by itself.
_SHADER = "point"


def check_proof(package: MarketPackage, scratch: Path) -> ProofCheck | None:
    """Renders the ramp of a package's proof on this GPU, and compares; None for a kind without a proof.

    Raises RequestError if the result differs, EngineError if there is no GPU.
    """
    if package.manifest.kind not in PROVEN_KINDS:
        return None
    from engine.effects import render_array
    from engine.render import open_device

    manifest, proof = package.manifest, parse_proof(package.files)
    look = _look_of(package, scratch)
    compared = [_unmasked(one.effect) for one in colour_effects(look.effects)]
    made = render_array(compared, ramp())
    device = open_device().description
    error = _errors(made, proof.made)
    if not error.max() <= 1:
        worst = np.unravel_index(int(np.argmax(np.nan_to_num(error, nan=np.inf))), error.shape)
        row, column = int(worst[0]), int(worst[1])
        right = bool(_errors(rounded(reference_light(compared, ramp())), proof.made).max() <= 1)
        said = f"{_triple(ramp()[row, column])} becomes {_triple(made[row, column])} on {device}"
        raise RequestError(
            f"The proof of {manifest.id} {manifest.version} fails: {said}, and {_triple(proof.made[row, column])} in "
            "the package.",
            "The processor agrees with the package: update the graphics driver, then run cwtui doctor."
            if right
            else "Nothing was installed. The package does not look as its author says: ask for a corrected version.",
        )
    levels = ramp()[GREY_ROW, :, 0]
    grey = made[GREY_ROW].astype(np.float64)
    if any(one.effect.kind == _SHADER for one in look.effects):
        grey = _grey_at_centre(look, levels)
    steps = np.array([grey[int(np.argmin(np.abs(levels - step)))].mean() for step in _STEPS])
    return ProofCheck(
        device=device,
        error=round(float(error.max()), 4),
        compared=proof.table.compared,
        others=proof.table.others,
        monotone=bool((np.diff(grey, axis=0) >= -_ABSOLUTE).all()),
        keeps_hdr=bool(steps[-1] > 1 and (np.diff(steps) > 0.01 * steps[:-1]).all()),
    )


def _grey_at_centre(look: Look, levels: NDArray[np.float32]) -> NDArray[np.float64]:
    """What the colour effects and the shaders of a look make of neutral light, as in the middle of a frame."""
    from engine.effects import FrameContext, describe_chain
    from engine.render import Graph, Image, Plan, open_device

    kept = {id(one) for one in colour_effects(look.effects)}
    effects = [_unmasked(one.effect) for one in look.effects if id(one) in kept or one.effect.kind == _SHADER]
    device, spec = open_device(), Image(1, 1, "rgba32float")
    chain, graph = describe_chain(effects, FrameContext(1, 1), _PICTURE, {_PICTURE: spec}), Graph()
    graph.source(_PICTURE, spec)
    plan, made = Plan(device, graph, [chain.add_to(graph)]), []
    for level in levels:
        pixel = np.array([[[level, level, level, 1]]], np.float32)
        with (
            device.load_picture(pixel, spec.format) as source,
            plan.run({_PICTURE: source.resource})[chain.result] as result,
        ):
            made.append(device.fetch([result]).result()[0][0, 0, :3])
    return np.array(made, np.float64)


def measure_look(package: MarketPackage, scratch: Path) -> LookMeasure | None:
    """Renders the whole look of a package on this GPU, and measures it; None for a kind without a proof.

    A device without a GPU renders a small frame, whose time is scaled by the area. Raises EngineError if there is no
    device.
    """
    if package.manifest.kind not in PROVEN_KINDS:
        return None
    from engine.render import open_device

    look, device = _look_of(package, scratch), open_device()
    size = _SMALL if device.software else _UHD
    plan = _plan(device, look, size)
    with _sources(device, look, size) as sources:
        with plan.run(sources)[plan.schedule.wanted[0]] as result:
            (made,) = device.fetch([result]).result()
        clock, seconds = _seconds(device, plan, sources)
    needed = _plan(device, look, _UHD).explain()
    scale = _UHD[0] * _UHD[1] / (size[0] * size[1])
    return LookMeasure(
        device=device.description,
        finite=bool(np.isfinite(made).all()),
        milliseconds=round(seconds * scale * 1000, 2),
        clock=clock,
        width=size[0],
        height=size[1],
        memory=needed.peak_bytes + needed.history_bytes,
        measured_at=datetime.now(UTC),
    )


def _look_of(package: MarketPackage, scratch: Path) -> Look:
    manifest = package.manifest
    extras = {*PROOF_FILES, *manifest.previews}
    return look_of(manifest, {name: one for name, one in package.files.items() if name not in extras}, scratch)


def _unmasked(effect: Effect) -> Effect:
    return effect.model_copy(update={"mask": None}) if effect.mask else effect


def _errors(made: Light, expected: Light) -> NDArray[np.float64]:
    """Differences as shares of the tolerance."""
    wanted = expected.astype(np.float64)
    return np.asarray(np.abs(made - wanted) / (_RELATIVE * np.abs(wanted) + _ABSOLUTE))


def _triple(light: Any) -> str:
    return " ".join(f"{float(value):.4g}" for value in light)


def _seconds(device: Device, plan: Plan, sources: Mapping[str, Any]) -> tuple[LookClock, float]:
    """The seconds of a frame by a clock, the median of several runs."""
    timer = None if device.software else plan.timer()
    now = time.process_time if device.software else time.perf_counter
    found = []
    for _ in range(_RUNS):
        device.wait()
        begin = now()
        for lease in plan.run(sources, timer).values():
            lease.release()
        device.wait()
        found.append(sum(timer.group_seconds()) if timer else now() - begin)
    clock: LookClock = "processor" if device.software else "timestamps" if timer else "elapsed"
    return clock, statistics.median(found)


def _plan(device: Device, look: Look, size: tuple[int, int]) -> Plan:
    """The compiled passes of a whole look for a frame of this size. One without effects copies the frame."""
    from engine.effects import FrameContext, describe_chain
    from engine.effects.exposure import ExposureEffect
    from engine.render import SCENE, Graph, Image, Plan

    specs = {name: Image(*size, SCENE) for name in (_PICTURE, *look.reads)}
    effects = [one.effect for one in look.effects] or [ExposureEffect()]
    chain = describe_chain(effects, FrameContext(*size), _PICTURE, specs)
    graph = Graph()
    for name, spec in specs.items():
        graph.source(name, spec)
    return Plan(device, graph, [chain.add_to(graph)])


@contextmanager
def _sources(device: Device, look: Look, size: tuple[int, int]) -> Iterator[Mapping[str, Any]]:
    """A frame that is filled with the ramp, in patches of 8 × 8 pixels. Masks and depth are 1, and flow is 0."""
    from engine.effects import FLOW
    from engine.render import SCENE

    width, height = size
    patches = np.kron(ramp().astype(np.float16), np.ones((8, 8, 1), np.float16))
    tiled = np.tile(patches, (-(-height // patches.shape[0]), -(-width // patches.shape[1]), 1))
    picture = np.ones((height, width, 4), np.float16)
    picture[..., :3] = tiled[:height, :width]
    with ExitStack() as stack:
        sources = {}
        for name in (_PICTURE, *look.reads):
            texels = picture if name == _PICTURE else np.full_like(picture, name != FLOW)
            sources[name] = stack.enter_context(device.load_picture(texels, SCENE)).resource
        yield sources
