"""The products of models that a deliverable used, for its receipt: judged by tolerant measures, never by hash.

A model's result differs a little from device to device, so that its bytes prove nothing. The receipt therefore lists
these products apart from what a hash proves, with the model and the measures of the frames that were delivered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

from pydantic import Field

from engine.catalog import FrozenModel
from engine.perception import ProductKind

if TYPE_CHECKING:
    from engine.deliver.cut_request import CutRequest
    from engine.deliver.request import DeliverableRequest
    from engine.looks import Look, TakeSources
    from engine.perception import PerceptionReader

# The gates: the least share of delivered frames that are analysed, that are stable, and the least mean confidence.
_COVERED, _STABLE, _CONFIDENT = 1.0, 0.95, 0.8

Span = tuple[Fraction, Fraction]


class PerceptionGate(FrozenModel):
    """A measure of the delivered frames and its least value. Below it, effects that use the product are weaker."""

    name: str
    measured: float
    least: float

    @property
    def passed(self) -> bool:
        """Whether the measure reaches its least value."""
        return self.measured >= self.least


class PerceptionUse(FrozenModel):
    """A product that the looks of a deliverable read: what made it, and the gates for the delivered frames.

    `digest` is the SHA-256 of the model's file. `width` and `height` are the size of the analysis in pixels, `frames`
    the number of delivered frames of the take. The product itself is not hashed: it is not proven by its bytes.
    """

    take: str
    product: ProductKind
    provider: str
    model: str = ""
    digest: str = ""
    runtime: str
    device: str
    parameters: dict[str, str | int | float | bool] = Field(default_factory=dict)
    width: int
    height: int
    frames: int
    gates: tuple[PerceptionGate, ...]


def perception_record(
    reader: PerceptionReader, kinds: Iterable[ProductKind], spans: Collection[Span], take: str
) -> tuple[PerceptionUse, ...]:
    """The record of kinds of products for the delivered stretches of a take, in seconds on its clock."""
    return tuple(_use(reader, kind, spans, take) for kind in kinds)


def take_perception(order: DeliverableRequest) -> tuple[PerceptionUse, ...]:
    """The products that the look of a take's deliverable reads."""
    grid = order.footage.grid
    if order.look is None or grid is None or not order.recipe.shows:
        return ()
    ticks = order.ticks
    return tuple(_used(order.look, order.sources, [(ticks.start / grid.rate, ticks.stop / grid.rate)], order.take))


def film_perception(order: CutRequest) -> tuple[PerceptionUse, ...]:
    """The products that the looks of a film read, take by take."""
    if not order.recipe.shows:
        return ()
    spans: dict[str, list[Span]] = {}
    looks: dict[str, list[Look]] = {}
    for clip in order.cut.clips:
        look = order.look_of(clip)
        if look and look.reads and clip.take:
            begin = Fraction(clip.start) / order.cut.rate
            spans.setdefault(clip.take, []).append((begin, begin + Fraction(clip.length) / order.cut.rate))
            looks.setdefault(clip.take, []).append(look)
    uses: list[PerceptionUse] = []
    for take, found in spans.items():
        source = order.takes[take]
        known: set[ProductKind] = set()
        for look in looks[take]:
            for use in _used(look, source.sources, found, source.label):
                if use.product not in known:
                    known.add(use.product)
                    uses.append(use)
    return tuple(uses)


def _used(look: Look, sources: TakeSources | None, spans: Collection[Span], take: str) -> Iterator[PerceptionUse]:
    from engine.perception import PerceivedSources, product_of

    if isinstance(sources, PerceivedSources):
        kinds = dict.fromkeys(product_of(name) for name in look.reads if name in sources.names)
        yield from perception_record(sources.reader, kinds, spans, take)


def _use(reader: PerceptionReader, kind: ProductKind, spans: Collection[Span], take: str) -> PerceptionUse:
    index, identity, rate = reader.index(kind), reader.identity(kind), reader.rate(kind)
    numbers = sorted({n for begin, end in spans for n in range(floor(begin * rate), ceil(end * rate))})
    covered = stable = 0
    confidence = 0.0
    for number in numbers:
        quality = reader.quality(kind, number)
        covered += reader.covers(kind, number)
        stable += quality.stable
        confidence += quality.confidence
    count = max(1, len(numbers))
    return PerceptionUse(
        take=take,
        product=kind,
        provider=identity.name,
        model=identity.model,
        digest=identity.digest,
        runtime=identity.runtime,
        device=identity.device,
        parameters=dict(identity.parameters),
        width=index.width,
        height=index.height,
        frames=len(numbers),
        gates=(
            PerceptionGate(name="frames analysed", measured=round(covered / count, 4), least=_COVERED),
            PerceptionGate(name="frames stable", measured=round(stable / count, 4), least=_STABLE),
            PerceptionGate(name="mean confidence", measured=round(confidence / count, 4), least=_CONFIDENT),
        ),
    )
