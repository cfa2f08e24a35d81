"""Checks of captions: their order and times, the tracks embedded in a movie, and captions without words."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.checks.results import equal, near
from engine.deliver.receipt import Check


@check(
    "caption-track",
    "Embedded captions",
    remedy="Deliver it again: other software may have removed the track.",
)
def caption_track(finished: Finished) -> Iterator[Check]:
    """Each caption track of the movie has the text of the requested cues, in order."""
    for source, found in zip(finished.source.captions, finished.caption_tracks, strict=True):
        measured = None if found is None else [text for _, _, text in found]
        yield equal("embedded captions", measured, [cue.text for cue in source.cues])


@check(
    "caption-track-timing",
    "Times of embedded captions",
    remedy="Deliver it again.",
)
def caption_track_timing(finished: Finished) -> Iterator[Check]:
    """Each cue of a caption track starts and ends at its requested time, to 2 ms."""
    for source, found in zip(finished.source.captions, finished.caption_tracks, strict=True):
        if found is not None and len(found) == len(source.cues):
            measured = [time for start, end, _ in found for time in (start, end)]
            placed = near(measured, [time for cue in source.cues for time in (cue.start, cue.end)])
            yield Check(
                name="embedded caption timing", passed=placed, measured=len(found), wanted=f"{len(source.cues)} cues"
            )


@check(
    "caption-order",
    "Order of captions",
    remedy="Correct the times of the transcript, then deliver it again.",
    applies_to=("captions",),
)
def caption_order(finished: Finished) -> Iterator[Check]:
    """The cues of a caption file do not overlap."""
    if finished.captions and (cues := finished.captions.cues):
        ordered = all(a.end <= b.start for a, b in pairwise(cues))
        yield Check(name="caption order", passed=ordered, measured=len(cues), wanted="no overlapping cues")


@check(
    "caption-timing",
    "Times of captions",
    remedy="Correct the times of the transcript, then deliver it again.",
    applies_to=("captions",),
)
def caption_timing(finished: Finished) -> Iterator[Check]:
    """The cues of a caption file lie within the deliverable, and each ends after its start."""
    if finished.captions and (cues := finished.captions.cues):
        length = finished.seconds
        within = all(0 <= cue.start < cue.end <= length for cue in cues)
        yield Check(name="caption timing", passed=within, measured=len(cues), wanted=f"within {float(length):.3f} s")


@check(
    "spoken-words",
    "Spoken words",
    remedy="Transcribe the take with `cwtui transcribe`, then deliver it again.",
    applies_to=("movie", "captions"),
)
def spoken_words(finished: Finished) -> Iterator[Check]:
    """Captions without words are right only if no speech is detected in the source."""
    recipe = finished.recipe
    if finished.no_words and (finished.kind == "captions" or recipe.burns_captions or recipe.embeds_captions):
        yield finished.no_words


def check_no_words(speech: Fraction | None) -> Check:
    """The verdict on captions without words: passed if `speech` (seconds, None without sound) is 0."""
    if speech is None:
        return Check(name="captions", passed=True, measured="no words: the source has no sound", wanted="no words")
    if speech:
        measured = f"no words, but {float(speech):.1f} s of speech detected in the source"
        return Check(name="captions", passed=False, measured=measured, wanted="the spoken words")
    measured = "no words: 0.0 s of speech detected in the source"
    return Check(name="captions", passed=True, measured=measured, wanted="no words without speech")
