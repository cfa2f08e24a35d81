"""Nets of perception: time a frame, masks beside a chroma key, depth beside a known disparity, and bounded memory."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.models.nets import LocatedNet, read_contract
from engine.perception import AnalysisFrame, MaskProvider, open_face_provider, open_mask_provider
from engine.perception.nets import NetDepthProvider

PORTRAIT = "CWTUI_BENCH_PORTRAIT"
"""A movie of a person in front of a green screen. Without it, masks are not compared."""
DEPTH = "CWTUI_BENCH_DEPTH"
"""A depth net in ONNX, with its contract beside it as .toml. Without it, depth is not measured."""

_RUNS = 50
_INFERENCES = 2000
_EVERY = 12
_SIZE = 640, 360


def run() -> None:
    """Prints a table of times, one of memory, and those that need media."""
    _times()
    _memory()
    if movie := os.environ.get(PORTRAIT):
        _masks(Path(movie))
    if net := os.environ.get(DEPTH):
        _depth(Path(net))


def _providers() -> Iterator[tuple[str, Any, Callable[[AnalysisFrame], object]]]:
    for model in ("selfie-square", "selfie-landscape"):
        mask = open_mask_provider(model)
        yield f"mask, {model}", mask, mask.mask
    faces = open_face_provider()
    yield "faces, face-detection and face-mesh", faces, faces.faces
    if net := os.environ.get(DEPTH):
        depth = _depth_provider(Path(net))
        yield f"depth, {Path(net).stem}", depth, depth.depth


def _times() -> None:
    frame = AnalysisFrame(0, Fraction(0), _portrait_picture())
    print(f"\n{_SIZE[0]}×{_SIZE[1]}, one face, {_RUNS} frames; loading includes the digest, conversion and probe\n")
    print("| provider | loading, processor ms | a frame, ms | processor ms |")
    print("| --- | ---: | ---: | ---: |")
    for title, provider, use in _providers():
        begin = time.process_time()
        provider.warm_up()
        loading = time.process_time() - begin
        use(frame)
        begin, clock = time.process_time(), time.perf_counter()
        for _ in range(_RUNS):
            use(frame)
        spent, passed = time.process_time() - begin, time.perf_counter() - clock
        print(f"| {title} | {loading * 1e3:.0f} | {passed / _RUNS * 1e3:.1f} | {spent / _RUNS * 1e3:.1f} |")
        provider.close()


def _memory() -> None:
    import psutil

    process, frame = psutil.Process(), AnalysisFrame(0, Fraction(0), _portrait_picture())
    print(f"\n{_INFERENCES} frames a provider\n")
    print("| provider | RSS after 100, MB | RSS at the end, MB |")
    print("| --- | ---: | ---: |")
    for title, provider, use in _providers():
        sizes = []
        for number in range(_INFERENCES):
            use(frame)
            if number in (99, _INFERENCES - 1):
                sizes.append(process.memory_info().rss / 1e6)
        print(f"| {title} | {sizes[0]:.0f} | {sizes[1]:.0f} |")
        provider.close()


def _masks(movie: Path) -> None:
    print("\n| mask | frames | IoU: median, least | soft SAD a pixel of the person |")
    print("| --- | ---: | ---: | ---: |")
    for model in ("selfie-square", "selfie-landscape"):
        provider = open_mask_provider(model)
        overlaps, errors, empty = [], [], True
        for number, pixels in enumerate(_decoded(movie)):
            if number and number % _EVERY:
                continue
            key = _chroma_key(pixels)
            alpha = _alpha(provider, pixels)
            if number == 0:
                empty = not alpha.any()
                continue
            one, other = key > 0.5, alpha > 0.5
            overlaps.append(float((one & other).sum() / max((one | other).sum(), 1)))
            errors.append(float(np.abs(key - alpha).sum() / max(one.sum(), 1)))
        note = "" if empty else ", and frame 0 is not empty"
        figures = f"{np.median(overlaps):.3f}, {min(overlaps):.3f}{note} | {np.median(errors):.4f}"
        print(f"| {model} | {len(overlaps)} | {figures} |")


def _alpha(provider: MaskProvider, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    return provider.mask(AnalysisFrame(0, Fraction(0), pixels)).alpha


def _depth(net: Path) -> None:
    from scipy.stats import spearmanr

    folder = _skimage_data()
    with np.load(folder / "motorcycle_disp.npz") as stored:
        disparity = stored[stored.files[0]]
    known = np.isfinite(disparity) & (disparity > 0)
    provider = _depth_provider(net)
    found = provider.depth(AnalysisFrame(0, Fraction(0), _picture(folder / "motorcycle_left.png"))).values
    figure = spearmanr(found[known], disparity[known]).statistic
    print(f"\n{net.stem}: Spearman's correlation with the motorcycle's disparity {figure:.3f} (gate: 0.7)")


def _depth_provider(net: Path) -> NetDepthProvider:
    contract = read_contract(net.with_suffix(".toml")).contract
    return NetDepthProvider(LocatedNet(net.stem, net, "onnx", contract, "unknown"))


def _chroma_key(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The true mask: opaque where green does not exceed the other channels."""
    red, green, blue = np.moveaxis(pixels.astype(np.float32) / 255, -1, 0)
    excess = green - np.maximum(red, blue)
    # Half of the screen's own excess, which the corners show.
    screen = float(np.percentile(excess, 90))
    return np.clip(1 - (excess - 0.1 * screen) / (0.6 * screen), 0, 1)


def _decoded(movie: Path) -> Iterator[NDArray[np.uint8]]:
    import av

    with av.open(movie) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24", width=_SIZE[0], height=_SIZE[1])


def _portrait_picture() -> NDArray[np.uint8]:
    """The portrait in scikit-image as a frame of footage."""
    from PIL import Image

    square = Image.fromarray(_picture(_skimage_data() / "astronaut.png")).resize((_SIZE[1], _SIZE[1]))
    frame = Image.new("RGB", _SIZE, (90, 90, 90))
    frame.paste(square, ((_SIZE[0] - _SIZE[1]) // 2, 0))
    return np.asarray(frame)


def _skimage_data() -> Path:
    import skimage

    return Path(skimage.__file__).parent / "data"


def _picture(path: Path) -> NDArray[np.uint8]:
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
