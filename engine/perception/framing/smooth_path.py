"""A smooth path in one dimension that keeps still where it can: a small linear program.

The path is a uniform cubic B-spline. Its speed and acceleration are never more than the largest first and second
difference of its control points, so that limits of these hold at every time, not only at knots. The sum of absolute
differences is made small, which gives stretches without any movement and few, short moves between them. Source of the
objective: Grundmann, Kwatra and Essa, "Auto-directed video stabilization with robust L1 optimal camera paths", 2011.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Costs: of movement per length, of a change of speed, of a change of acceleration; of a target outside the still zone
# and of one that is not in the middle, per length and second; of what must be inside and is not.
_MOVES, _TURNS, _JERKS, _AWAY, _OFF_CENTRE, _OUTSIDE = 1.0, 0.05, 0.01, 1.0, 0.06, 1000.0
# Knots that are solved at once, and those of them that the next part solves again.
_PART, _AGAIN = 1200, 100


@dataclass(frozen=True, slots=True)
class PathWishes:
    """What a path should do at each knot: arrays of equal length.

    `target` is where it should be, `low` and `high` are the bounds within which it must be if that is possible; NaN
    where nothing is wanted. Within `zone` of the target, it may keep still.
    """

    target: Floats
    low: Floats
    high: Floats
    zone: Floats


@dataclass(frozen=True, slots=True)
class PathLimits:
    """The limits of a path: its range, and its speed and acceleration per second.

    `knot` is the time in seconds between two knots.
    """

    low: float
    high: float
    speed: float
    acceleration: float
    knot: float


@dataclass(frozen=True, slots=True)
class SmoothPath:
    """A uniform cubic B-spline: knot n is at `knot`·n seconds; `control` has two points more than there are knots."""

    control: Floats
    knot: float

    def at(self, seconds: Floats) -> Floats:
        """The positions at times in seconds from the first knot; clamped to the first and last knot."""
        knots = len(self.control) - 2
        place = np.clip(seconds / self.knot, 0.0, knots - 1)
        first = np.minimum(place.astype(np.int64), max(knots - 2, 0))
        t = place - first
        c = self.control
        end = np.minimum(first + 3, len(c) - 1)
        found: Floats = (
            (1 - t) ** 3 * c[first]
            + (3 * t**3 - 6 * t**2 + 4) * c[first + 1]
            + (-3 * t**3 + 3 * t**2 + 3 * t + 1) * c[np.minimum(first + 2, len(c) - 1)]
            + t**3 * c[end]
        ) / 6
        return found


def solve_path(wishes: PathWishes, limits: PathLimits) -> SmoothPath:
    """The path with the least cost for wishes at knots. Raises ValueError without knots."""
    count = len(wishes.target)
    if not count:
        raise ValueError("a path needs a knot")
    if limits.high - limits.low < 1e-9 or not np.isfinite(wishes.target).any():
        seen = wishes.target[np.isfinite(wishes.target)]
        middle = float(np.median(seen)) if len(seen) else (limits.low + limits.high) / 2
        return SmoothPath(np.full(count + 2, np.clip(middle, limits.low, limits.high)), limits.knot)
    made: Floats = np.empty(0)
    start = 0
    while True:
        end = min(start + _PART, count)
        part = PathWishes(*(array[start:end] for array in (wishes.target, wishes.low, wishes.high, wishes.zone)))
        solved = _solve(part, limits, made[start:])
        made = np.concatenate([made[:start], solved])
        if end == count:
            return SmoothPath(made, limits.knot)
        # The last points of a part do not know yet what follows.
        made = made[: end + 2 - _AGAIN]
        start = len(made) - 3


def _solve(wishes: PathWishes, limits: PathLimits, before: Floats) -> Floats:
    """The control points of a part; the first ones are those of `before`."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, hstack, vstack

    count = len(wishes.target) + 2
    shown = _at_knots(count)
    one, two, three = (_difference(count, order) for order in (1, 2, 3))
    wanted, bounded = np.isfinite(wishes.target), np.isfinite(wishes.low) & np.isfinite(wishes.high)
    target, zone = np.clip(wishes.target[wanted], limits.low, limits.high), wishes.zone[wanted]
    low, high = (np.clip(edge[bounded], limits.low, limits.high) for edge in (wishes.low, wishes.high))
    seen, inside = shown[np.flatnonzero(wanted)], shown[np.flatnonzero(bounded)]
    # Each term: low ≤ matrix · points ≤ high, and the cost of an excess.
    terms: list[tuple[Any, Floats, Floats, float]] = [
        (one, *_between(one, 0.0), _MOVES),
        (two, *_between(two, 0.0), _TURNS / limits.knot),
        (three, *_between(three, 0.0), _JERKS / limits.knot**2),
        (seen, target - zone, target + zone, _AWAY * limits.knot),
        (seen, target, target, _OFF_CENTRE * limits.knot),
        (inside, low, high, _OUTSIDE * limits.knot),
    ]
    excesses = sum(term[0].shape[0] for term in terms)
    rows, right, costs, offset = [], [], [np.zeros(count)], 0
    for matrix, least, most, cost in terms:
        size = matrix.shape[0]
        places = (np.arange(size), offset + np.arange(size))
        excess = csr_array((-np.ones(size), places), shape=(size, excesses))
        rows += [hstack([matrix, excess]), hstack([-matrix, excess])]
        right += [most, -least]
        costs.append(np.full(size, cost))
        offset += size
    for matrix, limit in ((one, limits.speed * limits.knot), (two, limits.acceleration * limits.knot**2)):
        none = csr_array((matrix.shape[0], excesses))
        rows += [hstack([matrix, none]), hstack([-matrix, none])]
        right += [np.full(matrix.shape[0], limit)] * 2
    free = [(limits.low, limits.high)] * (count - len(before))
    bounds = [*((float(point), float(point)) for point in before), *free, *[(0.0, None)] * excesses]
    above, most_of_rows = vstack(rows, format="csr"), np.concatenate(right)
    found = linprog(np.concatenate(costs), A_ub=above, b_ub=most_of_rows, bounds=bounds, method="highs")
    if found.x is None:
        raise RuntimeError(f"the path has no solution: {found.message}")
    points: Floats = np.clip(found.x[:count], limits.low, limits.high)
    return points


def _between(matrix: Any, value: float) -> tuple[Floats, Floats]:
    """The same value as both bounds of all rows."""
    bound = np.full(matrix.shape[0], value)
    return bound, bound


def _difference(count: int, order: int) -> Any:
    """The matrix of the differences of `order` of neighbouring points."""
    from scipy.sparse import csr_array, eye_array

    matrix = csr_array(eye_array(count))
    for _ in range(min(order, count - 1)):
        matrix = matrix[1:] - matrix[:-1]
    return matrix


def _at_knots(count: int) -> Any:
    """The matrix from control points to the positions at knots."""
    from scipy.sparse import csr_array, diags_array

    return csr_array(diags_array([1 / 6, 4 / 6, 1 / 6], offsets=[0, 1, 2], shape=(count - 2, count)))
