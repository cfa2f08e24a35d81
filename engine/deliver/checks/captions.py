"""Checks of captions: their order and times, the tracks embedded in a movie, and captions without words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.checks.results import equal, near
from engine.deliver.receipt import Check
from engine.speech import Cue, LintFinding

# The coarsest unit of a caption file: ASS has centiseconds.
_UNIT = Fraction(1, 100)
# The rules of the lint that are about style; the others are about files that are broken.
_STYLE_RULES = frozenset(["lines", "line-length", "shortest", "longest", "reading-speed", "gap"])
_WORD_JOINER = "\u2060"
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
    "caption-order",
    "Order of captions",
    remedy="Correct the times of the transcript, then deliver it again.",
    applies_to=("captions",),
)
def caption_order(finished: Finished) -> Iterator[Check]:
    """The cues of a caption file do not overlap."""
    if cues := finished.file_cues:
        ordered = all(a.end <= b.start for a, b in pairwise(cues))
        yield Check(name="caption order", passed=ordered, measured=len(cues), wanted="no overlapping cues")


@check(
    "caption-timing",
    "Times of captions",
    remedy="Correct the times of the transcript, then deliver it again.",
    applies_to=("captions",),
)
def caption_timing(finished: Finished) -> Iterator[Check]:
    """The cues of a caption file lie within the deliverable, and each starts and ends at its requested time, to one
    unit of the format.
    """
    cues, wanted = finished.file_cues, finished.captions
    if cues and wanted:
        length = finished.seconds
        within = all(0 <= cue.start < cue.end <= length for cue in cues)
        found = [time for cue in cues for time in (cue.start, cue.end)]
        requested = [time for cue in written_cues(wanted.cues) for time in (cue.start, cue.end)]
        placed = len(found) != len(requested) or near(found, requested, _UNIT)
        yield Check(
            name="caption timing",
            passed=within and placed,
            measured=len(cues),
            wanted=f"as requested, within {float(length):.3f} s",
        )


@check(
    "caption-words",
    "Words of captions",
    remedy="Deliver it again: other software may have changed the file.",
    applies_to=("captions",),
)
def caption_words(finished: Finished) -> Iterator[Check]:
    """A caption file has the text of the requested cues, in order."""
    if finished.captions:
        found = finished.file_cues
        measured = None if found is None else _texts(one.text for one in found)
        yield equal("caption words", measured, _texts(one.text for one in finished.captions.cues))


@check(
    "caption-text",
    "Text of captions",
    remedy="Correct the cue in the transcript, then deliver it again.",
    applies_to=("captions",),
)
def caption_text(finished: Finished) -> Iterator[Check]:
    """No cue of a caption file is empty, has control characters, or has markup that is not closed."""
    if finished.file_cues:
        from engine.speech import caption_format, markup_findings

        found = markup_findings(finished.file_cues, caption_format(finished.path.name))
        yield judge_lint("caption text", found, "text that every player can show", warning=False)


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
        cues = list(written_cues(finished.captions.cues))
        # A cue at the start or the end may be a part of one: the stretch cuts it off.
        cut_off = {number for number, cue in enumerate(cues, 1) if not cue.start or cue.end > length - _UNIT}
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


def written_cues(cues: Sequence[Cue]) -> Iterator[Cue]:
    """The cues that a caption file has: those with text."""
    return (cue for cue in cues if _texts([cue.text]))


def _texts(texts: Iterable[str]) -> list[str]:
    """The texts as a reader sees them: without empty lines, repeated spaces and invisible joiners."""
    from engine.speech.captions.cue import plain

    found = []
    for text in texts:
        lines = plain(text.replace(_WORD_JOINER, "")).split("\n")
        found.append("\n".join(kept for line in lines if (kept := " ".join(line.split()))))
    return [text for text in found if text]
