"""Checks of the original sound tracks that a movie carries unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.checks.results import equal
from engine.deliver.receipt import Check

_AGAIN = "Deliver it again; if it fails again, set `sound.carry` to none."


@check(
    "carried-tracks",
    "Original sound tracks",
    remedy=_AGAIN,
)
def carried_tracks(finished: Finished) -> Iterator[Check]:
    """The movie has every original sound track that can be carried."""
    if wanted := finished.source.carried:
        yield equal("original sound tracks", len(finished.carried), len(wanted))


@check(
    "carried-packets",
    "Packets of original sound",
    remedy=_AGAIN,
)
def carried_packets(finished: Finished) -> Iterator[Check]:
    """The packets of each original track have the bytes of the recording."""
    for track, got in zip(finished.source.carried, finished.carried, strict=False):
        measured = [got.bytes, got.digest]
        yield equal(f"{track.name}: packets unchanged", measured, [track.bytes, track.digest])


@check(
    "carried-names",
    "Names of original sound",
    remedy=_AGAIN,
)
def carried_names(finished: Finished) -> Iterator[Check]:
    """Each original track has its name and codec."""
    for track, got in zip(finished.source.carried, finished.carried, strict=False):
        yield equal(f"{track.name}: name and codec", [got.name, got.codec], [track.name, track.codec])


@check(
    "carried-timing",
    "Timing of original sound",
    remedy=_AGAIN,
)
def carried_timing(finished: Finished) -> Iterator[Check]:
    """Each original track starts and ends where it does in the recording, to two samples."""
    from engine.sound import PASSTHROUGH_TIMESCALE

    for track, got in zip(finished.source.carried, finished.carried, strict=False):
        near = Fraction(2, min(PASSTHROUGH_TIMESCALE, track.sample_rate or PASSTHROUGH_TIMESCALE))
        yield Check(
            name=f"{track.name}: timing",
            passed=abs(got.start - track.start) <= near and abs(got.duration - track.duration) <= near,
            measured=[float(got.start), float(got.duration)],
            wanted=[float(track.start), float(track.duration)],
        )
