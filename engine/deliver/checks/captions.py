"""Checks of captions: their order and times, the tracks embedded in a movie, and captions without words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from engine.deliver.checks.caption_files import FILE_UNIT
from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.checks.results import equal, near
from engine.deliver.receipt import Check
from engine.speech import LintFinding

# The rules of the lint that are about style; the others are about files that are broken.
_STYLE_RULES = frozenset(["lines", "line-length", "shortest", "longest", "reading-speed", "gap"])
_SHOWN = 3


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
    "caption-text",
    "Text of captions",
    remedy="Deliver it again: other software may have saved the file.",
    applies_to=("captions",),
)
def caption_text(finished: Finished) -> Iterator[Check]:
    """The caption file, read back, has the words of the requested cues, in order."""
    if finished.captions:
        measured, wanted = ([text for _, _, text in lines] for lines in (finished.caption_lines, finished.wanted_lines))
        yield equal("caption text", measured, wanted)


@check(
    "caption-order",
    "Order of captions",
    remedy="Correct the times of the transcript, then deliver it again.",
    applies_to=("captions",),
)
def caption_order(finished: Finished) -> Iterator[Check]:
    """The cues of a caption file, read back, do not overlap."""
    if lines := finished.caption_lines:
        ordered = all(a[1] <= b[0] for a, b in pairwise(lines))
        yield Check(name="caption order", passed=ordered, measured=len(lines), wanted="no overlapping cues")


@check(
    "caption-timing",
    "Times of captions",
    remedy="Deliver it again; if a cue ends too late, correct the times of the transcript.",
    applies_to=("captions",),
)
def caption_timing(finished: Finished) -> Iterator[Check]:
    """The cues of a caption file, read back, start at the requested times and end within the deliverable."""
    wanted, lines = finished.wanted_lines, finished.caption_lines
    if lines and len(lines) == len(wanted):
        length = finished.seconds
        placed = near([start for start, _, _ in lines], [start for start, _, _ in wanted], FILE_UNIT)
        within = all(0 <= start < end <= length + FILE_UNIT for start, end, _ in lines)
        yield Check(
            name="caption timing",
            passed=placed and within,
            measured=len(lines),
            wanted=f"as requested, within {float(length):.3f} s",
        )


@check(
    "caption-markup",
    "Markup of captions",
    remedy="Correct the cue in the transcript, then deliver it again.",
    applies_to=("captions",),
)
def caption_markup(finished: Finished) -> Iterator[Check]:
    """No cue of a caption file is empty, has control characters, or has markup that is not closed."""
    if finished.file_cues:
        from engine.speech import caption_format, markup_findings

        found = markup_findings(finished.file_cues, caption_format(f".{finished.format}"))
        yield judge_lint("caption markup", found, "text that every player can show", warning=False)


@check(
    "caption-style",
    "Style of captions",
    remedy="Change `captions.columns`, `lines` or `shortest` in the recipe, or divide the cue in the transcript.",
    applies_to=("captions",),
)
def caption_style(finished: Finished) -> Iterator[Check]:
    """The lines, the reading speed, the time on screen and the gaps of the cues are those of the recipe's style. It
    only warns.
    """
    if finished.captions and finished.captions.cues:
        from engine.speech import lint

        style, length = finished.recipe.caption_style, finished.seconds
        cues = finished.captions.cues
        # A cue at the start or the end may be a part of one: the stretch cuts it off.
        cut_off = {number for number, cue in enumerate(cues, 1) if not cue.start or cue.end > length - FILE_UNIT}
        found = [
            one
            for one in lint(cues, style, frame=finished.order.caption_frame)
            if one.rule in _STYLE_RULES and not (one.cue in cut_off and one.rule in ("shortest", "reading-speed"))
        ]
        yield judge_lint("caption style", found, "as the style of the recipe", warning=True)


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


def judge_lint(name: str, found: Sequence[LintFinding], wanted: str, *, warning: bool) -> Check:
    """The verdict on the findings of a lint: passed without any, else a warning or a failure."""
    if not found:
        return Check(name=name, passed=True, measured="no finding", wanted=wanted)
    more = f" And {len(found) - _SHOWN} more." if len(found) > _SHOWN else ""
    said = " ".join(one.what for one in found[:_SHOWN])
    return Check(name=name, passed=False, warning=warning, measured=said + more, wanted=wanted)
