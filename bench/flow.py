"""Optical flow beside OpenCV's dense inverse search: its error on a measured pair, and its processor time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np

from engine.perception import FlowQuality
from engine.render import open_device
from tests.perception.motorcycle import FlowFinder, Picture, load_motorcycle, opencv_finder, own_finder

_SIZES = ((480, 270), (640, 360), (960, 540))
_RUNS = 8
_QUALITIES: tuple[FlowQuality, ...] = ("fast", "medium", "fine")
_PRESETS = ("ULTRAFAST", "FAST", "MEDIUM")


def run() -> None:
    """Prints errors in pixels, and processor milliseconds for a pair of frames in both directions."""
    pair = load_motorcycle()
    print("scikit-image's motorcycle pair, 741 × 500: errors in pixels, and processor milliseconds of a pair of frames")
    print(f"in both directions with their check, the least of {_RUNS}, on {open_device().description}.\n")
    print("| | median | > 3 px | kept | its median | " + " | ".join(f"{w} × {h}" for w, h in _SIZES) + " |")
    print("| --- |" + " ---: |" * (4 + len(_SIZES)))
    for name, find in _finders():
        scores = pair.score(find)
        cells = [f"{scores.median:.2f}", f"{scores.wrong:.1%}", f"{scores.kept:.1%}", f"{scores.kept_median:.2f}"]
        for size in _SIZES:
            cells.append(f"{_milliseconds(find, _resized(pair.left, size), _resized(pair.right, size)):.1f}")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def _finders() -> Iterator[tuple[str, FlowFinder]]:
    for quality in _QUALITIES:
        yield f"ours, {quality}", own_finder(quality)
    if find_spec("cv2"):
        for preset in _PRESETS:
            yield f"OpenCV DIS {preset}", opencv_finder(preset)


def _resized(picture: Picture, size: tuple[int, int]) -> Picture:
    from skimage.transform import resize

    scaled = resize(picture, size[::-1], anti_aliasing=True, preserve_range=True)
    return np.round(scaled).astype(np.uint8)


def _milliseconds(find: FlowFinder, left: Picture, right: Picture) -> float:
    """Of a pair in a sequence, which shares a frame with the pair before."""
    find(left, right)
    seconds = []
    for number in range(_RUNS):
        first, second = (right, left) if number % 2 == 0 else (left, right)
        begin = time.process_time()
        find(first, second)
        seconds.append(time.process_time() - begin)
    return 1e3 * min(seconds)
