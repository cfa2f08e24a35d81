"""Checks of a movie's container: its boxes, tracks and declared duration, and how its picture is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.checks.results import equal
from engine.deliver.receipt import Check

# The last packet of AAC may end later than the picture.
_AAC_FRAME = Fraction(1024, 44_100)
_CHANGED = "Deliver it again: other software may have saved the file."


@check("file-structure", "Structure of the file", remedy="Deliver it again: the file was cut off or appended to.")
def file_structure(finished: Finished) -> Iterator[Check]:
    """The boxes of the file fill it exactly: no byte is missing or left over, and there is one index (moov)."""
    layout = finished.layout
    whole = not layout.stray and not layout.missing and layout.boxes.count("moov") == 1
    yield Check(
        name="file structure",
        passed=whole,
        measured=f"{' '.join(layout.boxes)}; {layout.missing} bytes missing, {layout.stray} left over",
        wanted="whole boxes, one moov",
    )


@check("faststart", "Fast start", remedy=_CHANGED)
def faststart(finished: Finished) -> Iterator[Check]:
    """The index (moov) is before the media data (mdat), so that a player can start while it loads."""
    if finished.recipe.container.faststart:
        boxes = finished.layout.boxes
        first = "moov" in boxes and "mdat" in boxes and boxes.index("moov") < boxes.index("mdat")
        yield Check(name="faststart", passed=first, measured=list(boxes), wanted="moov before mdat")


@check("edit-list", "Edit list", remedy=_CHANGED)
def edit_list(finished: Finished) -> Iterator[Check]:
    """No track has an edit list, if the recipe excludes them."""
    if not finished.recipe.container.edit_list:
        from engine.isobmff import has_edit_list

        yield equal("no edit list", not has_edit_list(finished.path), True)


@check("declared-duration", "Declared duration", remedy=_CHANGED)
def declared_duration(finished: Finished) -> Iterator[Check]:
    """The duration in the index is that of the picture, to one frame of picture or sound."""
    wanted, declared = finished.source.format, finished.layout.duration
    length = wanted.frames / wanted.rate
    yield Check(
        name="declared duration",
        passed=abs(declared - length) <= max(1 / wanted.rate, _AAC_FRAME),
        measured=f"{float(declared):.3f} s",
        wanted=f"{float(length):.3f} s, to the frame",
    )


@check("extra-tracks", "Extra tracks", remedy=_CHANGED)
def extra_tracks(finished: Finished) -> Iterator[Check]:
    """The movie has no track but its picture, its sound, the carried sound, captions and chapters."""
    source = finished.source
    expected = Counter(
        picture=1,
        sound=bool(finished.master) + len(source.carried),
        text=len(source.captions) + bool(finished.order.chapters),
    )
    kinds = {"vide": "picture", "soun": "sound", "sbtl": "text", "subt": "text", "text": "text"}
    found = Counter(kinds.get(track.handler, track.handler) for track in finished.layout.tracks)
    extra = found - expected
    yield Check(
        name="extra tracks",
        passed=not extra,
        measured=[f"{count} {kind}" for kind, count in sorted(extra.items())] or "none",
        wanted="none",
    )


@check("display-size", "Size on screen", remedy=_CHANGED)
def display_size(finished: Finished) -> Iterator[Check]:
    """Players show the picture as it is coded: not turned, with square pixels, in its size."""
    movie, picture = finished.movie, finished.layout.picture
    if picture:
        shown = [float(side) for side in picture.display]
        turn = ", turned or moved" if picture.turned else ""
        shape = "" if picture.pixel_shape[0] == picture.pixel_shape[1] else f", pixels {picture.pixel_shape}"
        yield Check(
            name="size on screen",
            passed=not turn and not shape and shown == [movie.width, movie.height],
            measured=f"{shown[0]:g} × {shown[1]:g}{turn}{shape}",
            wanted=f"{movie.width} × {movie.height}, upright, square pixels",
        )


@check("sync-samples", "Key frames of the index", remedy=_CHANGED)
def sync_samples(finished: Finished) -> Iterator[Check]:
    """The index lists every key frame of the picture (stss), so that players can seek to it."""
    movie = finished.movie
    if picture := finished.layout.picture:
        listed = movie.frames if picture.sync is None else len(picture.sync)
        yield equal("key frames of the index", listed, len(movie.keys))
