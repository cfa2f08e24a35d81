"""Checks of a movie's colour: tags, range and HDR10 metadata."""

from __future__ import annotations

from collections.abc import Iterator

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.checks.results import equal
from engine.deliver.receipt import Check

_AGAIN = "Deliver it again."


@check(
    "colour-tags",
    "Colour tags",
    remedy=_AGAIN,
)
def colour_tags(finished: Finished) -> Iterator[Check]:
    """The codes (H.273) of primaries, transfer and matrix with which the picture decodes."""
    from engine.picture import TAGS

    yield equal("colour tags", list(finished.movie.tags), list(TAGS[finished.source.format.view]))


@check("limited-range", "Limited range", remedy=_AGAIN)
def limited_range(finished: Finished) -> Iterator[Check]:
    """The picture is tagged as limited range."""
    yield equal("limited range", not finished.movie.full_range, True)


@check(
    "hdr-container",
    "HDR10 metadata of the container",
    remedy=_AGAIN,
)
def hdr_container(finished: Finished) -> Iterator[Check]:
    """The mastering display (mdcv), MaxCLL and MaxFALL (clli) in the sample entry of a PQ movie."""
    wanted = finished.source.format.light
    if finished.source.format.view == "pq":
        boxes = finished.boxes.extensions if finished.boxes else {}
        carried = boxes.get("mdcv") == (wanted and wanted.mdcv) and boxes.get("clli") == (wanted and wanted.clli)
        described = wanted.title if wanted else "none, as in the footage"
        yield Check(name="HDR metadata, container", passed=carried, measured=sorted(boxes), wanted=described)


@check(
    "hdr-bitstream",
    "HDR10 metadata of the bitstream",
    remedy=_AGAIN,
)
def hdr_bitstream(finished: Finished) -> Iterator[Check]:
    """The mastering display, MaxCLL and MaxFALL with which the first frame of a PQ movie decodes."""
    said, wanted = finished.movie.light, finished.source.format.light
    # A ProRes bitstream has no field for this metadata.
    if finished.source.format.view == "pq" and finished.movie.codec != "prores":
        same = said.is_near(wanted) if said and wanted else said is wanted
        described = wanted.title if wanted else "none, as in the footage"
        measured = said.x265 if said else "none"
        yield Check(name="HDR metadata, bitstream", passed=same, measured=measured, wanted=described)
