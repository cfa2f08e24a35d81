"""Masks over time against a chroma key.

The environment variable CLEANWATER_BENCH_PORTRAIT names a movie of a dark person in front of an even, bright green. The
key gives the true mask: with the light of the background known, alpha is what is missing of its green light.
"""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
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


def run() -> None:
    """Prints the tables, or why there is none."""
    path = os.environ.get(VARIABLE)
    if not path:
        print(f"Set {VARIABLE} to the path of a movie in front of green.")
        return
    first, stop = int(os.environ.get(_FROM, "0")), int(os.environ.get(_STOP, "1000000"))
    green = float(np.median(_light(next(_frames(path, 1)).pixels)[..., 1]))
    flow, provider = _TimedFlow(open_flow_provider("fast")), open_mask_provider()
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
    """Full size: enlarged masks, and the foreground colour in the edge band, against the key."""
    height = width = count = 0
    rows: dict[str, list[tuple[float, ...]]] = {}
    for frame in frames:
        height, width = frame.pixels.shape[:2]
        count += 1
        mask = provider.mask(frame.analysed)
        light = _light(frame.pixels)
        truth = _key(light, green)
        for name, alpha in (*_enlarged(mask, light), ("key", truth)):
            found = (_iou(alpha, truth), _sad(alpha, truth), *_colours(light, alpha, truth))
            rows.setdefault(name, []).append(found)
    print(f"| {count} frames at {width} × {height} | IoU | soft SAD | ΔE of the foreground | ΔE before grey |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, found in rows.items():
        iou, sad, colour, over = np.mean(found, 0)
        print(f"| {name} | {iou:.4f} | {sad:.4f} | {colour:.2f} | {over:.2f} |")


def _enlarged(mask: PersonMask, light: Floats) -> Iterator[tuple[str, Floats]]:
    height, width = light.shape[:2]
    plain = np.asarray(Image.fromarray(mask.alpha).resize((width, height), Image.Resampling.BILINEAR))
    yield "bilinear", plain
    yield "guided", guided_upsample(mask.alpha, light)
    if (peer := _matting(mask, light)) is not None:
        yield "pymatting, closed form, at the size of the analysis, then bilinear", peer


def _matting(mask: PersonMask, light: Floats) -> Floats | None:
    """Closed-form matting from the mask's trimap; None without pymatting."""
    try:
        from pymatting import estimate_alpha_cf  # type: ignore[import-untyped]
    except ImportError:
        return None
    from engine.perception import trimap_of

    lines, columns = mask.alpha.shape
    planes = [Image.fromarray(np.ascontiguousarray(light[..., channel])) for channel in range(3)]
    small = np.dstack([np.asarray(plane.resize((columns, lines), Image.Resampling.BOX)) for plane in planes])
    alpha = estimate_alpha_cf(np.clip(small, 0, 1).astype(float), trimap_of(mask.alpha) / 255)
    size = (light.shape[1], light.shape[0])
    return np.asarray(Image.fromarray(alpha.astype(np.float32)).resize(size, Image.Resampling.BILINEAR))


def _colours(light: Floats, alpha: Floats, truth: Floats) -> tuple[float, float]:
    """The mean ΔE2000 in the edge band between our foreground and the key's: alone, and in front of middle grey.

    The key's is the colour of the nearest pixel that it has as surely a person: footage stores colour at half the size,
    so unmixed pixels of the edge have false colours. ACEScg light is taken for that of sRGB's primaries.
    """
    from scipy.ndimage import distance_transform_edt

    band = (truth > 0.1) & (truth < 0.9)
    if not band.any():
        return 0.0, 0.0
    nearest = distance_transform_edt(truth < 0.995, return_distances=False, return_indices=True)
    own = light[tuple(nearest)][band]
    found = estimate_foreground(light, alpha)[0][band]
    over = [
        share[band][:, None] * colour + (1 - share[band][:, None]) * 0.18
        for share, colour in ((truth, own), (alpha, found))
    ]
    return _difference(own, found), _difference(*over)


def _difference(one: Floats, other: Floats) -> float:
    return float(deltaE_ciede2000(rgb2lab(_codes(one)), rgb2lab(_codes(other))).mean())


def _codes(light: Floats) -> Floats:
    light = np.clip(light, 0, 1)
    return np.where(light < 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055).astype(np.float32)


if __name__ == "__main__":
    os.environ.setdefault(VARIABLE, str(Path(sys.argv[1])))
    run()
