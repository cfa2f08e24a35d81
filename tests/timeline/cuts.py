"""Random cuts for property tests."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from engine.time import STANDARD_RATES
from engine.timeline import Alternate, Clip, Cut, CutMarker, CutTitle, Transition

TAKES = ("a", "b", "c")


@st.composite
def cuts(draw: st.DrawFn) -> Cut:
    """One to eight clips of three takes or gaps, at a standard rate, with offsets of the sound."""
    rate: Fraction = draw(st.sampled_from(STANDARD_RATES))
    clips = tuple(
        Clip(
            id=str(number),
            take=draw(st.sampled_from([*TAKES, None])),
            start=draw(st.integers(0, 5000)),
            length=draw(st.integers(1, 2000)),
            sound_offset=draw(st.integers(-20_000, 20_000)),
            gain_db=draw(st.floats(-12, 12)),
        )
        for number in range(1, draw(st.integers(1, 8)) + 1)
    )
    return Cut("film", rate, 1920, 1080, clips)


LABELS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=12).map(str.strip)


@st.composite
def detailed_cuts(draw: st.DrawFn) -> Cut:
    """The cuts of `cuts`, with names, gains, transitions, markers, alternates, reasons and refused suggestions."""
    cut = draw(cuts())
    clips = []
    for clip in cut.clips:
        # No shorter than two clips beside each other, so that the transitions of a clip do not overlap.
        half = st.integers(0, min(clip.start, *(one.length for one in cut.clips)) // 2)
        markers = st.builds(CutMarker, st.integers(0, 8000), LABELS, st.sampled_from(["marker", "chapter"]))
        alternates = st.builds(Alternate, st.sampled_from(TAKES), st.integers(0, 5000), st.integers(1, 2000), LABELS)
        transition = None
        if clips and draw(st.booleans()):
            before, after = draw(half), draw(half)
            kind = draw(st.sampled_from(["dissolve", "dip", "wipe", "push"]))
            moves = (draw(st.sampled_from(["left", "right", "up", "down"])),) if kind in ("wipe", "push") else ()
            transition = Transition(kind, before, after, *moves) if before + after else None
        clips.append(
            replace(
                clip,
                name=draw(LABELS),
                sound_offset=clip.sound_offset if clips else 0,
                reason=draw(LABELS),
                crossfade=draw(st.integers(0, 4800)),
                transition=transition,
                markers=tuple(draw(st.lists(markers, max_size=2))),
                alternates=tuple(draw(st.lists(alternates, max_size=2))),
                metadata=draw(st.sampled_from(["", '{"other": {"note": [1, "x"]}}'])),
            )
        )
    refused = draw(st.frozensets(LABELS, max_size=2))
    titles = tuple(
        CutTitle(str(number), "lower-third", 1, start, draw(st.integers(1, 200)), (("title", draw(LABELS)),), "{}")
        for number, start in enumerate(sorted(draw(st.lists(st.integers(0, 3000), max_size=2))), 1)
    )
    return replace(
        cut, clips=tuple(clips), refused=refused, titles=titles, metadata=draw(st.sampled_from(["", '{"a": 1}']))
    )
