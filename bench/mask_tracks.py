"""Masks over time against a chroma key.

The environment variable CLEANWATER_BENCH_PORTRAIT names a movie of a dark person in front of an even, bright green. The
key gives the true mask: with the light of the background known, alpha is what is missing of its green light.
"""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from engine.color_encoding import Encoding
from engine.effects import guided_upsample
from engine.perception import (
    AnalysisFrame,
    OpticalFlow,
    PersonMask,
    estimate_foreground,
    open_flow_provider,
    open_mask_provider,
    track_masks,
    trimap_of,
)
from engine.perception.provider import FlowProvider, MaskProvider, ProviderIdentity
from engine.perception.tracks.masks import warp_iou
from engine.perception.tracks.motion import motion_factor, motion_of
from engine.perception.tracks.sampling import reduce
from engine.picture import to_acescg

Floats = NDArray[np.float32]
VARIABLE = "CLEANWATER_BENCH_PORTRAIT"
_FROM, _STOP = "CLEANWATER_BENCH_PORTRAIT_FROM", "CLEANWATER_BENCH_PORTRAIT_STOP"
"""The first frame that counts for the means, before which the model may not see the person, and the end."""
_LINES = 360
_STILLS = 12
# Pixels of the analysis that are clear of colours stored at half the size of the footage.
_CLEAR = 2


def run() -> None:
    """Prints the tables, or why there is none."""
    path = os.environ.get(VARIABLE)
    if not path:
        print(f"Set {VARIABLE} to the path of a movie in front of green.")
        return
    first, stop = int(os.environ.get(_FROM, "0")), int(os.environ.get(_STOP, "1000000"))
    green = float(np.median(_light(next(_frames(path, 1)).pixels)[..., 1]))
    flow, provider = _TimedFlow(open_flow_provider()), open_mask_provider()
    provider.warm_up()
    count = _tracks(path, first, stop, green, flow, provider)
    step = max(1, (count - first) // _STILLS)
    _stills((one for one in _frames(path, stop) if one.number >= first and one.number % step == 0), green, provider)


def _frames(path: str, stop: int) -> Iterator[_Frame]:
    with av.open(path) as container:
        for number, shown in enumerate(islice(container.decode(video=0), stop)):
            yield _Frame(number, shown.to_ndarray(format="rgb24"))


@dataclass(frozen=True)
class _Frame:
    number: int
    pixels: NDArray[np.uint8]

    @property
    def analysed(self) -> AnalysisFrame:
        height, width = self.pixels.shape[:2]
        small = Image.fromarray(self.pixels).resize((round(width * _LINES / height), _LINES), Image.Resampling.BOX)
        return AnalysisFrame(self.number, Fraction(self.number, 30), np.asarray(small))


@dataclass
class _TimedFlow:
    """Flow, and its processor time."""

    provider: FlowProvider
    seconds: float = 0.0

    @property
    def identity(self) -> ProviderIdentity:
        return self.provider.identity

    def warm_up(self) -> None:
        self.provider.warm_up()

    def close(self) -> None:
        self.provider.close()

    def flow(self, frame: AnalysisFrame, following: AnalysisFrame) -> OpticalFlow:
        begin = time.process_time()
        made = self.provider.flow(frame, following)
        self.seconds += time.process_time() - begin
        return made


def _light(pixels: NDArray[np.uint8]) -> Floats:
    return to_acescg(pixels.astype(np.float32) / 255, Encoding.REC709)


def _key(light: Floats, green: float) -> Floats:
    return np.clip(1 - light[..., 1] / green, 0, 1).astype(np.float32)


def _small_key(frame: _Frame, green: float) -> Floats:
    """The key at the size of the analysis: the means of its alphas."""
    key = Image.fromarray(_key(_light(frame.pixels), green))
    height, width = frame.pixels.shape[:2]
    return np.asarray(key.resize((round(width * _LINES / height), _LINES), Image.Resampling.BOX))


def _iou(one: Floats, other: Floats) -> float:
    a, b = one > 0.5, other > 0.5
    return float((a & b).sum() / (a | b).sum()) if (a | b).any() else 1.0


def _sad(one: Floats, other: Floats) -> float:
    return float(np.abs(one - other).sum() / max(other.sum(), 1.0))


class _Steadiness:
    """The soft IoU of each mask with the one before, moved to it, where the flow is right."""

    def __init__(self) -> None:
        self.found: list[float] = []
        self._before: tuple[Floats, OpticalFlow | None] | None = None

    def add(self, mask: Floats, flow: OpticalFlow | None) -> None:
        small = reduce(mask, motion_factor(*mask.shape))
        if self._before and self._before[1]:
            self.found.append(warp_iou(self._before[0], small, motion_of(self._before[1])))
        self._before = small, flow


def _tracks(path: str, first: int, stop: int, green: float, flow: _TimedFlow, provider: MaskProvider) -> int:
    """Prints the table of the track, beside the model in every frame and the key. Returns the number of frames."""
    seconds, model, keyframes, number = 0.0, 0.0, 0, 0
    kept: deque[Floats] = deque()
    steady = {name: _Steadiness() for name in ("track", "model, every frame", "key")}
    exact: dict[str, list[tuple[float, float]]] = {name: [] for name in steady}
    low, lost = [], []

    def analysed() -> Iterator[AnalysisFrame]:
        nonlocal seconds
        for frame in _frames(path, stop):
            begin = time.process_time()
            kept.append(_small_key(frame, green))
            made = frame.analysed
            seconds -= time.process_time() - begin
            yield made

    track = track_masks(analysed(), provider, flow)
    while True:
        begin = time.process_time()
        try:
            frame, mask, moved, quality = next(track)
        except StopIteration:
            break
        seconds += time.process_time() - begin
        begin = time.process_time()
        raw = provider.mask(frame).alpha
        model += time.process_time() - begin
        number, truth = frame.number, kept.popleft()
        if number == 0:
            print(f"Frame 0: coverage {mask.alpha.mean():.4f}, confidence {quality.confidence:.2f}.\n")
        keyframes += quality.keyframe
        low += [number] if quality.confidence < 0.5 else []
        lost += [number] if _iou(mask.alpha, truth) < 0.9 else []
        if number >= first:
            for name, alpha in zip(steady, (mask.alpha, raw, truth), strict=True):
                steady[name].add(alpha, moved)
                exact[name].append((_iou(alpha, truth), _sad(alpha, truth)))
    count = number + 1
    print(f"| {count} frames at {_LINES} lines, means from frame {first} | IoU | soft SAD | warped IoU | least |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, found in exact.items():
        iou, sad = np.mean(found, 0)
        print(f"| {name} | {iou:.4f} | {sad:.4f} | {np.mean(steady[name].found):.4f} | {min(steady[name].found):.4f} |")
    own = 1000 * (seconds - flow.seconds - keyframes * model / count) / count
    print(
        f"\nKeyframes: {keyframes}. Processor time a frame: {own:.1f} ms for the track, "
        f"{1000 * flow.seconds / count:.1f} ms for the flow, {1000 * model / count:.1f} ms for the model at a keyframe."
    )
    print(f"Confidence below .5: frames {_ranges(low)}; IoU below .9: frames {_ranges(lost)}.\n", flush=True)
    return count


def _ranges(numbers: Sequence[int]) -> str:
    starts = [number for number in numbers if number - 1 not in numbers]
    ends = [number for number in numbers if number + 1 not in numbers]
    return ", ".join(f"{start}–{end}" for start, end in zip(starts, ends, strict=True)) or "none"


def _stills(frames: Iterable[_Frame], green: float, provider: MaskProvider) -> None:
    """Full size: enlarged masks and a darkened background. Size of the analysis: foregrounds. Both against the key."""
    height = width = count = 0
    rows: dict[str, list[tuple[float, ...]]] = {}
    colours: dict[str, list[tuple[float, ...]]] = {}
    for frame in frames:
        height, width = frame.pixels.shape[:2]
        count += 1
        mask = provider.mask(frame.analysed)
        light = _light(frame.pixels)
        truth = _key(light, green)
        for name, alpha in (*_enlarged(mask, light), ("key", truth)):
            found = (_iou(alpha, truth), _sad(alpha, truth), *_darkened(light, alpha, truth))
            rows.setdefault(name, []).append(found)
        small, small_key = _reduced(light, *mask.alpha.shape), _small_key(frame, green)
        for name, colour in _foregrounds(small, mask.alpha, small_key):
            colours.setdefault(name, []).append(_errors(colour, small, small_key))
    print(f"| {count} frames at {width} × {height} | IoU | soft SAD | ΔE, darker behind | by alpha alone |")
    _print_means(rows, (4, 4, 1, 1))
    print(f"\n| foreground at {_LINES} lines | ΔE, nearest | ΔE, {_CLEAR} pixels inside | of the two |")
    _print_means(colours, (1, 1, 1))


def _print_means(rows: Mapping[str, list[tuple[float, ...]]], digits: Sequence[int]) -> None:
    print("| --- |" + " ---: |" * len(digits))
    for name, found in rows.items():
        cells = (f"{value:.{places}f}" for value, places in zip(np.mean(found, 0), digits, strict=True))
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def _enlarged(mask: PersonMask, light: Floats) -> Iterator[tuple[str, Floats]]:
    height, width = light.shape[:2]
    plain = np.asarray(Image.fromarray(mask.alpha).resize((width, height), Image.Resampling.BILINEAR))
    yield "bilinear", plain
    yield "guided", guided_upsample(mask.alpha, light)
    try:
        from pymatting import estimate_alpha_cf  # type: ignore[import-untyped]
    except ImportError:
        return
    small = np.clip(_reduced(light, *mask.alpha.shape), 0, 1).astype(float)
    alpha = estimate_alpha_cf(small, trimap_of(mask.alpha) / 255)
    peer = Image.fromarray(alpha.astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    yield "pymatting, closed form, at the size of the analysis, then bilinear", np.asarray(peer)


def _foregrounds(light: Floats, alpha: Floats, key: Floats) -> Iterator[tuple[str, Floats]]:
    """The colours of the person by us and by pymatting, each by the model's alpha and by the key's."""
    yield "ours, the model's mask", estimate_foreground(light, trimap_of(alpha))
    yield "ours, the key", estimate_foreground(light, trimap_of(key))
    try:
        from pymatting import estimate_foreground_ml
    except ImportError:
        return
    for name, plane in (("the model's mask", alpha), ("the key", key)):
        colour = estimate_foreground_ml(light.astype(float), plane.astype(float))
        yield f"pymatting, multi-level, {name}", colour.astype(np.float32)


def _errors(colour: Floats, light: Floats, key: Floats) -> tuple[float, float, float]:
    """The mean ΔE2000 in the edge band to the key's colour, at the nearest sure pixel and at one clear of the edge.

    Footage stores colour at half the size, so that even sure pixels beside the edge have false colours. The last value
    is the ΔE of both. ACEScg light is taken for that of sRGB's primaries.
    """
    from scipy.ndimage import distance_transform_edt

    band, sure = (key > 0.1) & (key < 0.9), key >= 0.995
    near, clear = (
        light[tuple(distance_transform_edt(~where, return_distances=False, return_indices=True))][band]
        for where in (sure, distance_transform_edt(sure) > _CLEAR)
    )
    return _difference(near, colour[band]), _difference(clear, colour[band]), _difference(near, clear)


def _darkened(light: Floats, alpha: Floats, key: Floats) -> tuple[float, float]:
    """The mean ΔE2000 of the edge with a background that is three stops darker: by relight, and by alpha alone.

    The true picture has the black person of the key before the darker green.
    """
    from engine.effects import render_array
    from engine.effects.relight import RelightEffect

    band, behind = (key > 0.02) & (key < 0.98), light[key < 0.02].mean(0)
    wanted = (1 - key[band][:, None]) * behind / 8
    effect = RelightEffect(stops=0, background=-3, side=0)
    made = render_array([effect], light, None, {"person": alpha})[band]
    alone = (light * (1 + 7 * alpha[..., None]) / 8)[band]
    return _difference(wanted, made), _difference(wanted, alone)


def _reduced(light: Floats, lines: int, columns: int) -> Floats:
    planes = [Image.fromarray(np.ascontiguousarray(light[..., channel])) for channel in range(3)]
    return np.dstack([np.asarray(plane.resize((columns, lines), Image.Resampling.BOX)) for plane in planes])


def _difference(one: Floats, other: Floats) -> float:
    return float(deltaE_ciede2000(rgb2lab(_codes(one)), rgb2lab(_codes(other))).mean())


def _codes(light: Floats) -> Floats:
    light = np.clip(light, 0, 1)
    return np.where(light < 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055).astype(np.float32)


if __name__ == "__main__":
    os.environ.setdefault(VARIABLE, str(Path(sys.argv[1])))
    run()
