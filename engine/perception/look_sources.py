"""The stored products of a take as the sources of looks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from engine.effects import DEPTH, FLOW, FLOW_VALIDITY, PERSON
from engine.perception.products import ProductKind
from engine.perception.sidecars import PerceptionReader
from engine.picture import LookSource

_KINDS: dict[str, ProductKind] = {
    PERSON: "person_mask", DEPTH: "depth_map", FLOW: "optical_flow", FLOW_VALIDITY: "optical_flow",
}  # fmt: skip


def product_of(source: str) -> ProductKind:
    """The kind of product that a source of looks comes from. Raises KeyError for an unknown source."""
    return _KINDS[source]


def product_kinds(names: Iterable[str]) -> tuple[ProductKind, ...]:
    """The kinds of products that sources of looks are, each once."""
    return tuple(dict.fromkeys(_KINDS[name] for name in names))


@dataclass(frozen=True, slots=True)
class PerceivedSources:
    """The masks, the depth and the flow of a take from its sidecars; `TakeSources`.

    `identity` states which sidecars: sources with the same one are the same. The caller closes the reader.
    """

    reader: PerceptionReader = field(compare=False)
    identity: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The sources whose products are stored."""
        return tuple(name for name, kind in _KINDS.items() if kind in self.reader.kinds)

    def load(self, name: str, time: Fraction, step: Fraction) -> LookSource:
        """The product of the tick at a time, with the confidence of its quality; see `TakeSources.load`."""
        kind = _KINDS[name]
        index = self.reader.index(kind)
        number = round(time * index.rate)
        confidence = min(max(self.reader.quality(kind, number).confidence, 0.0), 1.0)
        if not confidence:
            # The effect has faded out: no file is read, and none may be there.
            size = (index.height, index.width, 2) if name == FLOW else (index.height, index.width)
            return LookSource(np.zeros(size, np.float32), 0.0)
        if name == PERSON:
            return LookSource(self.reader.mask(number).alpha, confidence)
        if name == DEPTH:
            depth = self.reader.depth(number)
            pixels, known = _complete(depth.values)
            return LookSource(pixels, confidence if known else 0.0, metric=depth.unit == "metric")
        flow = self.reader.flow(number)
        if name == FLOW:
            return LookSource(flow.forward * np.float32(step * index.rate), confidence)
        return LookSource(flow.validity, confidence)


def _complete(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], bool]:
    """A depth with the median where it is unknown, and whether any of it is known."""
    known = np.isfinite(values)
    if known.all():
        return values, True
    if not known.any():
        return np.zeros_like(values), False
    return np.where(known, values, np.median(values[known])).astype(np.float32), True
