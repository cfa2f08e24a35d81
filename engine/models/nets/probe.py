"""The probe: runs a net on plain and noisy pictures before it is used, and compares the results with its contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from engine.models.nets.contract import NetMeaning, NetOutput
from engine.models.nets.net import Net

# A share of the declared range by which a value may exceed it, for rounding.
_TOLERANCE = 1e-3
# The ranges of meanings, for outputs that declare none.
_RANGES: Mapping[NetMeaning, tuple[float, float]] = {"alpha": (0, 1)}


def probe(net: Net) -> None:
    """Raises EngineError if a net breaks its contract.

    Reasons are a wrong shape, values that are not finite or outside the declared range, and an output other
    than a mask that does not depend on the picture. It also warms the net up.
    """
    results = [net.run(picture) for picture in _pictures(*net.size)]
    for output in net.contract.outputs:
        values = [result[output.meaning] for result in results]
        for one in values:
            _check_shape(net, output, one.shape)
        if declared := output.range or _RANGES.get(output.meaning):
            low, high = declared
            slack = (high - low) * _TOLERANCE
            least, most = min(float(one.min()) for one in values), max(float(one.max()) for one in values)
            if least < low - slack or most > high + slack:
                raise net.breach(f"returns {output.meaning} from {least:.4g} to {most:.4g}, not {low:g} to {high:g}")
        # Without a person, a mask is 0 everywhere.
        if output.meaning != "alpha" and all(np.array_equal(values[0], one) for one in values[1:]):
            raise net.breach(f"returns the same {output.meaning} for every picture")


def _check_shape(net: Net, output: NetOutput, shape: tuple[int, ...]) -> None:
    if output.shape is not None:
        right, expected = shape == output.shape, output.shape
    else:
        # Axes of length 1 may be anywhere, but a picture of one row or column has them too.
        expected = net.size[::-1]
        right = tuple(size for size in shape if size != 1) == tuple(size for size in expected if size != 1)
    if not right:
        sizes = ["×".join(map(str, one)) for one in (shape, expected)]
        raise net.breach(f"returns {output.meaning} of {sizes[0]}, not of {sizes[1]}")


def _pictures(width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    for code in (0, 255):
        yield np.full((height, width, 3), code, np.uint8)
    yield np.random.default_rng(24).integers(0, 256, (height, width, 3), np.uint8)
    ramp = np.linspace(0, 255, width).astype(np.uint8)
    yield np.broadcast_to(ramp[None, :, None], (height, width, 3)).copy()
