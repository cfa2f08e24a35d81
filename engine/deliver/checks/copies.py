"""Checks of a film with copied stretches: every packet, and the frames around every join."""

from __future__ import annotations

from collections.abc import Iterator

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.receipt import Check

_REMEDY = "Deliver it again; if it fails again, set `picture.copy_shots` to never, so that the shots are encoded."


@check(
    "copied-packets",
    "Copied packets",
    remedy=_REMEDY,
)
def copied_packets(finished: Finished) -> Iterator[Check]:
    """Every copied packet has the bytes that the camera recorded."""
    if copies := finished.source.copies:
        from engine.picture import same_packets

        packets = sum(len(one.packets) for one in copies)
        same = same_packets(finished.path, copies)
        yield Check(name="copied packets", passed=same == packets, measured=same, wanted=f"{packets}, as recorded")


@check(
    "copied-joins",
    "Copied frames at joins",
    remedy=_REMEDY,
)
def copied_joins(finished: Finished) -> Iterator[Check]:
    """The frames at both ends of each copied shot decode as they do in the recording."""
    if copies := finished.source.copies:
        pictures, digests = finished.movie.pictures, finished.source.recorded.digests
        shown = sum(pictures[frame : frame + 1] == (digest,) for frame, digest in digests.items())
        inside = sum(any(pictures[frame : frame + 1]) for one in copies for frame in one.frames)
        yield Check(
            name="copied frames at joins",
            passed=shown == len(digests) == inside,
            measured=shown,
            wanted=f"{inside}, as decoded from the recordings",
        )
