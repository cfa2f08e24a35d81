"""Makes the products of a take in runs, so that an interrupted pass continues and gives the same result."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from engine.atomic_files import make_folder, write_atomic
from engine.errors import Cancelled, EngineError
from engine.perception.products import DepthMap, ProductKind
from engine.perception.provider import AnalysisFrame, Provider
from engine.perception.sidecars.depth_join import DepthJoin
from engine.perception.sidecars.index import (
    INDEX,
    SEGMENT,
    STARTED,
    IdentityRecord,
    PerceptionIndex,
    ProductRecord,
    quality_from_json,
    quality_path,
    read_index,
    summary_of,
)
from engine.perception.sidecars.passes import ProviderSet, face_interval, frame_products
from engine.perception.sidecars.writer import FrameProducts, ProductWriter
from engine.perception.track import FrameQuality

FramesOf = Callable[[int, int], Generator[AnalysisFrame]]
"""The frames from a tick up to, but not including, another one; fewer at the end of the take."""

# Segments of a run, in which tracking begins anew: 24 seconds at 30 frames per second. With relative depth it is a
# minute, because each fit to the run before has a small error.
_RUN, _DEPTH_RUN = 6, 15
# Seconds before a run that are analysed again, so that its tracks and confidence are settled where it begins.
_LEAD_S, _DEPTH_LEAD_S = 1, 2


@dataclass(frozen=True, slots=True)
class AnalysedTake:
    """What is analysed: the ticks of a take at its rate, as frames of `size` (width, height)."""

    label: str
    source_digest: str
    rate: Fraction
    ticks: range
    size: tuple[int, int]


def write_perception(
    folder: Path,
    take: AnalysedTake,
    providers: ProviderSet,
    frames: FramesOf,
    *,
    segment: int = SEGMENT,
    run: int | None = None,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> PerceptionIndex:
    """Stores the products of a take in `folder`, and returns the index.

    The take is analysed in runs of `run` segments of `segment` frames. Each begins with fresh tracks a second or two
    earlier, so that its result does not depend on where an earlier pass was interrupted; the depth of a run is fitted
    to that of the run before. Runs that the folder has are kept if the same providers made them. `progress` is called
    with the number of finished frames. Raises Cancelled, and EngineError if a provider fails or the disk is full.
    """
    providers.warm_up()
    started = _started(folder, take, providers, segment)
    length = segment * (run or (_DEPTH_RUN if providers.depth else _RUN))
    for first in range(take.ticks.start, take.ticks.stop, length):
        stop = min(first + length, take.ticks.stop)
        if not quality_path(folder, started.segment_start(stop - 1)).is_file():
            _write_run(folder, started, providers, frames, range(first, stop), progress, cancelled)
        if progress:
            progress(stop - take.ticks.start)
    return _finished(folder, started)


def _started(folder: Path, take: AnalysedTake, providers: ProviderSet, segment: int) -> PerceptionIndex:
    """The index of a pass that begins or continues. What other providers made is deleted."""
    products = tuple(
        ProductRecord(
            kind=kind,
            identity=_identity(kind, provider, providers),
            every=face_interval(take.rate) if kind == "face" else 1,
        )
        for kind, provider in providers.stored.items()
    )
    index = PerceptionIndex(
        label=take.label,
        source_digest=take.source_digest,
        rate=take.rate,
        first=take.ticks.start,
        frames=len(take.ticks),
        width=take.size[0],
        height=take.size[1],
        segment=segment,
        products=products,
        flow=IdentityRecord.of(providers.flow.identity) if providers.flow else None,
    )
    if _begun(folder) != index:
        shutil.rmtree(folder, ignore_errors=True)
        make_folder(folder)
        write_atomic(folder / STARTED, index.model_dump_json(indent=2).encode())
    return index


def _identity(kind: ProductKind, provider: Provider, providers: ProviderSet) -> IdentityRecord:
    record = IdentityRecord.of(provider.identity)
    if kind == "person_mask" and providers.foreground:
        return record.model_copy(update={"parameters": {**record.parameters, "foreground": True}})
    return record


def _begun(folder: Path) -> PerceptionIndex | None:
    try:
        return read_index(folder, STARTED)
    except EngineError:
        return None


def _write_run(
    folder: Path,
    index: PerceptionIndex,
    providers: ProviderSet,
    frames: FramesOf,
    ticks: range,
    progress: Callable[[int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    lead = min(ticks.start - index.first, round((_DEPTH_LEAD_S if providers.depth else _LEAD_S) * index.rate))
    join = DepthJoin(folder, index, ticks.start)
    reached = ticks.start
    # The flow of the last tick needs the frame after it.
    with (
        closing(frames(ticks.start - lead, ticks.stop + 1)) as given,
        closing(frame_products(given, providers, index)) as made,
        ProductWriter(folder, index) as writer,
    ):
        for number, products in made:
            if cancelled and cancelled():
                raise Cancelled("The analysis was cancelled.")
            joined = _joined(join, number, products)
            if number in ticks:
                writer.add(number, joined)
                reached = number + 1
                if progress:
                    progress(number + 1 - index.first)
    if reached < ticks.stop:
        raise EngineError(
            f"The frames of {index.label} end at {reached}, before {ticks.stop}.", "Probe the take again."
        )


def _joined(join: DepthJoin, number: int, products: FrameProducts) -> FrameProducts:
    if "depth_map" not in products:
        return products
    depth, quality = products["depth_map"]
    assert isinstance(depth, DepthMap)
    return {**products, "depth_map": (join.fitted(number, depth), quality)}


def _finished(folder: Path, started: PerceptionIndex) -> PerceptionIndex:
    """Writes the index with the summaries, which makes the products usable."""
    products = tuple(
        one.model_copy(update={"summary": summary_of(_qualities(folder, started, one.kind))})
        for one in started.products
    )
    index = started.model_copy(update={"products": products, "made_at": datetime.now(UTC)})
    write_atomic(folder / INDEX, index.model_dump_json(indent=2).encode())
    return index


def _qualities(folder: Path, index: PerceptionIndex, kind: ProductKind) -> Iterator[FrameQuality]:
    for ticks in index.segments:
        stored = json.loads(quality_path(folder, ticks.start).read_bytes())
        yield from map(quality_from_json, stored[kind])
