"""Measures the looks of a delivery for its receipt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from fractions import Fraction

from engine.catalog import Encoding
from engine.deliver.cut_request import CutRequest
from engine.deliver.request import DeliverableRequest
from engine.deliver.used_look import LightOfEffect, LookSample, UsedLook
from engine.errors import EngineError
from engine.ingest import Footage, picture_transform
from engine.looks import Curves, Look, TakeMoments, effect_light, load_sources
from engine.looks import EffectLight as MeasuredLight
from engine.picture import LookSource
from engine.timeline import curves_of

# Light is measured in frames of this width: the share that an effect adds does not depend on the size.
_WIDTH = 480
_MOST_SAMPLES = 2


def take_looks(order: DeliverableRequest) -> tuple[UsedLook, ...]:
    """The look of a take's deliverable, measured in its middle frame."""
    look, grid = order.look, order.footage.grid
    transform = picture_transform(order.footage, order.input_transform) if look and order.recipe.shows else None
    if look is None or grid is None or transform is None:
        return ()
    tick = order.ticks[len(order.ticks) // 2]
    moment = tick / grid.rate
    sources = load_sources(look, order.sources, *TakeMoments(grid).at(tick))
    measured = _measure(order.footage, transform, look, {}, moment, tick, 0, sources)
    samples = (LookSample(time=moment, effects=measured, confidence=_confidence(sources)),) if measured else ()
    return (_used(look, samples=samples),)


def film_looks(order: CutRequest) -> tuple[UsedLook, ...]:
    """The looks of a film, each measured in the middle of its first clips."""
    if not order.recipe.shows:
        return ()
    cut, found = order.cut, dict[str, list[int]]()
    for index, clip in enumerate(cut.clips):
        if look := order.look_of(clip):
            found.setdefault(look.digest, []).append(index)
    used = []
    for indices in found.values():
        look = order.look_of(cut.clips[indices[0]])
        assert look
        animated = {one.parameter for index in indices for one in cut.clips[index].animation}
        samples = tuple(_film_samples(order, look, indices[:_MOST_SAMPLES]))
        clips = tuple(index + 1 for index in indices)
        used.append(_used(look, clips=clips, animated=tuple(sorted(animated)), samples=samples))
    return tuple(used)


def _film_samples(order: CutRequest, look: Look, indices: list[int]) -> Iterator[LookSample]:
    cut = order.cut
    for index in indices:
        clip, position = cut.clips[index], cut.positions[index] + cut.clips[index].length // 2
        source = order.takes[clip.take or ""]
        transform = picture_transform(source.footage, source.input_transform) if source.has_picture else None
        if transform is None:
            continue
        moment = Fraction(clip.start + clip.length // 2) / cut.rate
        number = round(position / cut.rate * order.rate)
        grid = source.footage.grid
        assert grid
        sources = load_sources(look, source.sources, TakeMoments(grid).nearest(moment), 1 / order.rate)
        measured = _measure(source.footage, transform, look, curves_of(clip), moment, number, index, sources)
        if measured:
            confidence = _confidence(sources)
            yield LookSample(time=position / cut.rate, clip=index + 1, effects=measured, confidence=confidence)


def _measure(
    footage: Footage,
    transform: Encoding,
    look: Look,
    curves: Curves,
    moment: Fraction,
    number: int,
    seed: int,
    sources: Mapping[str, LookSource],
) -> tuple[LightOfEffect, ...]:
    """The light around each effect at a time of the footage; empty if its frame does not decode."""
    from engine.picture import PictureSource, Pipeline

    picture, grid = footage.probe.picture, footage.grid
    assert picture
    assert grid
    with suppress(EngineError), PictureSource(footage.path, picture) as source:
        planes = source.planes_at(grid.nearest_pts(moment)).over_black()
        light = Pipeline(picture, transform).linear(planes, width=min(_WIDTH, picture.display_width))
        found = effect_light(look, light, curves=curves, number=number, time=moment, seed=seed, sources=sources)
        return tuple(map(_rounded, found))
    return ()


def _confidence(sources: Mapping[str, LookSource]) -> dict[str, float]:
    return {name: round(source.confidence, 3) for name, source in sources.items()}


def _rounded(one: MeasuredLight) -> LightOfEffect:
    # More digits would say more than a half float has.
    before, after = (float(f"{value:.5g}") for value in (one.before, one.after))
    return LightOfEffect(effect=one.effect, before=before, after=after, not_finite=one.not_finite)


def _used(
    look: Look,
    clips: tuple[int, ...] = (),
    animated: tuple[str, ...] = (),
    samples: tuple[LookSample, ...] = (),
) -> UsedLook:
    return UsedLook(
        name=look.name,
        digest=look.digest,
        version=look.version,
        order=look.order,
        effects=tuple(one.name for one in look.effects),
        clips=clips,
        animated=animated,
        samples=samples,
    )
