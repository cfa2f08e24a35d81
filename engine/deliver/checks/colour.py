"""Checks of a movie's colour: tags, range and HDR10 metadata."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.checks.results import equal
from engine.deliver.receipt import Check

if TYPE_CHECKING:
    from engine.picture import LightMetadata

_AGAIN = "Deliver it again."
# Limited range in 8-bit codes.
_BLACK, _RANGE = 16.0, 219.0
_CODEC_MARGIN = 1.1


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


@check("colour-container", "Colour tags of the container", remedy=_AGAIN)
def colour_container(finished: Finished) -> Iterator[Check]:
    """The sample entry has one colour box (colr), with the codes of primaries, transfer and matrix of the view."""
    from engine.picture import TAGS

    if picture := finished.layout.picture:
        wanted, count = TAGS[finished.source.format.view], picture.count("colr")
        codes = list(picture.colour_codes or ())
        measured = codes if count == 1 else f"{count} boxes"
        yield Check(
            name="colour tags, container", passed=measured == list(wanted), measured=measured, wanted=list(wanted)
        )


@check("hdr-container", "HDR10 in the container", remedy=_AGAIN)
def hdr_container(finished: Finished) -> Iterator[Check]:
    """The sample entry of a PQ movie has the mastering display (mdcv), and MaxCLL and MaxFALL (clli), once each.

    That of another movie has none.
    """
    wanted = _light(finished)
    if picture := finished.layout.picture:
        boxes = {kind: [body for name, body in picture.boxes if name == kind] for kind in ("mdcv", "clli")}
        expected = {"mdcv": [wanted.mdcv], "clli": [wanted.clli]} if wanted else {"mdcv": [], "clli": []}
        yield Check(
            name="HDR metadata, container",
            passed=boxes == expected,
            measured=[f"{kind} {body.hex()}" for kind, bodies in boxes.items() for body in bodies],
            wanted=wanted.title if wanted else _none(finished),
        )


@check("hdr-bitstream", "HDR10 in the bitstream", remedy=_AGAIN)
def hdr_bitstream(finished: Finished) -> Iterator[Check]:
    """The first frame of a PQ movie has the mastering display, MaxCLL and MaxFALL; that of another movie has none."""
    said, wanted = finished.movie.light, _light(finished)
    # A ProRes bitstream has no field for this metadata, and copied packets of another view have the camera's.
    if finished.movie.codec != "prores" and (wanted or not finished.source.copies):
        same = said.is_near(wanted) if said and wanted else said is wanted
        described = wanted.title if wanted else _none(finished)
        measured = said.x265 if said else "none"
        yield Check(name="HDR metadata, bitstream", passed=same, measured=measured, wanted=described)


@check(
    "light-level",
    "Brightest light",
    remedy="Deliver it by the ACES view (`picture.rendering`), or correct the metadata of the footage.",
)
def light_level(finished: Finished) -> Iterator[Check]:
    """The brightest luma of two frames per second of a PQ movie is at most its MaxCLL, with 10 % for the codec.

    Brighter light gives a warning: a display may clip it.
    """
    if (light := _light(finished)) and light.max_cll:
        from engine.picture import pq_nits

        nits = pq_nits((finished.movie.content.brightest - _BLACK) / _RANGE)
        passed = nits <= light.max_cll * _CODEC_MARGIN
        yield Check(
            name="brightest light",
            passed=passed,
            warning=not passed,
            measured=f"{nits:.0f} nits",
            wanted=f"≤ {light.max_cll} nits (MaxCLL)",
        )


def _light(finished: Finished) -> LightMetadata | None:
    wanted = finished.source.format
    return wanted.light if wanted.view == "pq" else None


def _none(finished: Finished) -> str:
    return "none, as in the footage" if finished.source.format.view == "pq" else "none"
