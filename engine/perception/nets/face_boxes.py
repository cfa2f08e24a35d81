"""Decodes the outputs of an anchor-based face detector, as in BlazeFace (Bazarevsky and others, 2019)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.models.nets import NetContract
from engine.models.nets.net import Outputs
from engine.perception.nets.fitting import Fitting


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Faces of a frame: `boxes` is (n, 4), left, top, right, bottom, and `points` (n, keypoints, 2).

    Both are in pixels of the frame. `scores` is (n,), 0 to 1.
    """

    boxes: NDArray[np.float64]
    points: NDArray[np.float64]
    scores: NDArray[np.float64]

    def inside(self, place: tuple[float, float, float, float], width: int, height: int) -> Detections:
        """Those whose boxes the sides of a place (left, top, width, height) do not cut, unless they are the frame's."""
        left, top, wide, high = place
        low = np.array([left if left > 0 else -np.inf, top if top > 0 else -np.inf])
        right, bottom = left + wide, top + high
        limit = np.array([right if right < width else np.inf, bottom if bottom < height else np.inf])
        kept = (self.boxes[:, :2] >= low).all(axis=1) & (self.boxes[:, 2:] <= limit).all(axis=1)
        return Detections(self.boxes[kept], self.points[kept], self.scores[kept])

    def joined(self, other: Detections) -> Detections:
        """Both together."""
        return Detections(
            np.concatenate([self.boxes, other.boxes]),
            np.concatenate([self.points, other.points]),
            np.concatenate([self.scores, other.scores]),
        )


def decode(
    outputs: Outputs, contract: NetContract, fitting: Fitting, place: tuple[float, float, float, float], least: float
) -> Detections:
    """The faces with a score of at least `least`.

    `place` is the left, top, width and height of the part of the frame that the net saw, in pixels of the frame.
    """
    anchors = contract.anchors
    assert anchors is not None  # a detector's contract has them
    logits = np.clip(outputs["face_logits"].reshape(-1), -anchors.clip, anchors.clip).astype(np.float64)
    scores = 1 / (1 + np.exp(-logits))
    chosen = scores >= least
    rows = outputs["face_regressors"].reshape(len(scores), -1)[chosen].astype(np.float64)
    centres = anchor_centres(contract)[chosen]
    # A row has the middle of the box, its size, then the points; places are relative to the anchor.
    count = 2 + anchors.keypoints
    pairs = rows[:, : 2 * count].reshape(len(rows), count, 2)
    sizes, pairs = pairs[:, 1], pairs + centres[:, None]
    middles, points = pairs[:, 0], pairs[:, 2:]
    corners = np.stack([middles - sizes / 2, middles + sizes / 2], axis=1)
    boxes = _in_frame(corners, fitting, place)
    return Detections(boxes.reshape(-1, 4), _in_frame(points, fitting, place), scores[chosen])


def _in_frame(
    points: NDArray[np.float64], fitting: Fitting, place: tuple[float, float, float, float]
) -> NDArray[np.float64]:
    x, y = fitting.point(points[..., 0], points[..., 1])
    left, top, width, height = place
    return np.stack([left + x * width, top + y * height], axis=-1)


@lru_cache(maxsize=8)
def anchor_centres(contract: NetContract) -> NDArray[np.float64]:
    """The middles of a detector's anchors in pixels of the net, (n, 2), in the order of its outputs.

    Strides of the same size in a row share a grid of cells, which has two anchors a cell for each of them.
    """
    assert contract.anchors is not None
    strides, size = contract.anchors.strides, (contract.input.width, contract.input.height)
    grids, index = [], 0
    while index < len(strides):
        same = 1
        while index + same < len(strides) and strides[index + same] == strides[index]:
            same += 1
        columns, rows = (-(-length // strides[index]) for length in size)
        y, x = np.mgrid[:rows, :columns]
        cells = (np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) * np.array(size) / (columns, rows)
        grids.append(np.repeat(cells, 2 * same, axis=0))
        index += same
    return np.concatenate(grids)


def merge_overlapping(found: Detections, overlap: float) -> Detections:
    """One face for each group whose boxes overlap: their mean, weighted by score, with the best score, best first.

    `overlap` is the least intersection over union of a group's best box and another one.
    """
    order = list(np.argsort(-found.scores, kind="stable"))
    boxes, points, scores = [], [], []
    while order:
        best = order[0]
        shares = _overlaps(found.boxes[best], found.boxes[order])
        # The best box overlaps itself, unless it has no area.
        group = [index for index, share in zip(order, shares, strict=True) if share >= overlap or index == best]
        weights = found.scores[group] / found.scores[group].sum()
        boxes.append(np.tensordot(weights, found.boxes[group], 1))
        points.append(np.tensordot(weights, found.points[group], 1))
        scores.append(found.scores[best])
        order = [index for index in order if index not in group]
    if not scores:
        return found
    return Detections(np.array(boxes), np.array(points), np.array(scores))


def _overlaps(box: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """The intersection over union of a box with each of the others."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    areas = [np.prod(np.clip(one[..., 2:] - one[..., :2], 0, None), axis=-1) for one in (box, others)]
    union = areas[0] + areas[1] - shared
    shares: NDArray[np.float64] = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return shares
