"""Random cuts that use all that a cut can have, with the media of their takes."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from engine.time import STANDARD_RATES
from engine.timeline import Alternate, Clip, Cut, CutMarker, Transition
from engine.timeline.exchange import ExchangeMedia

NAMES = ("001-IMG_0103", "002-IMG_0104", "003-Interview & more")
LABELS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
HOUR = 3600


@st.composite
def media_of(draw: st.DrawFn) -> dict[str, ExchangeMedia]:
    """Three takes of ten minutes at different rates, each with a timecode of its own; the second may be silent."""
    out = {}
    for number, name in enumerate(NAMES):
        rate: Fraction = draw(st.sampled_from(STANDARD_RATES[:9]))
        first = draw(st.integers(0, 20 * HOUR)) * round(rate)
        out[f"take{number}"] = ExchangeMedia(
            key=f"take{number}",
            name=name,
            location=f"/footage/day 1/{name[4:]}.MOV",
            take=f"take{number}",
            origin=first / rate,
            drop=draw(st.booleans()) and rate.denominator == 1001 and round(rate) % 30 == 0,
            duration=Fraction(600),
            rate=rate,
            width=1920,
            height=1080,
            channels=draw(st.sampled_from([0, 2])) if number == 1 else 2,
        )
    return out


@st.composite
def full_cuts(draw: st.DrawFn, media: dict[str, ExchangeMedia], simple: bool = False) -> Cut:
    """Up to six clips. A simple cut has what every format has: clips, gaps and centred dissolves."""
    rate: Fraction = draw(st.sampled_from(STANDARD_RATES[:9]))
    clips: list[Clip] = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        take = (
            draw(st.sampled_from([*media, None]))
            if clips and clips[-1].take is not None
            else draw(st.sampled_from([*media]))
        )
        start = 0 if take is None else draw(st.integers(100, 5000))
        length = draw(st.integers(60, 1000))
        transition = None
        joins = bool(clips) and take is not None and clips[-1].take is not None
        if joins and draw(st.booleans()):
            before = draw(st.integers(1, 12))
            after = before if simple else draw(st.integers(1, 12))
            kind = "dissolve" if simple else draw(st.sampled_from(["dissolve", "dip", "wipe", "push"]))
            moves = (draw(st.sampled_from(["left", "right", "up", "down"])),) if kind in ("wipe", "push") else ()
            transition = Transition(kind, before, after, *moves)
        if simple:
            clips.append(Clip(str(number), take, start, length, transition=transition))
            continue
        at = draw(st.lists(st.integers(start, start + length - 1), max_size=2, unique=True))
        alternates = (
            (Alternate("take0", draw(st.integers(0, 500)), draw(st.integers(1, 500)), draw(LABELS)),)
            if take is not None and draw(st.booleans())
            else ()
        )
        clips.append(
            Clip(
                str(number),
                take,
                start,
                length,
                name=draw(st.one_of(st.just(""), LABELS)) if take is not None else "",
                sound_offset=draw(st.integers(-8_000, 8_000)),
                crossfade=draw(st.integers(0, 4_800)),
                gain_db=draw(st.floats(-12, 11)) if take is not None else 0.0,
                transition=transition,
                markers=tuple(
                    CutMarker(one, draw(LABELS), draw(st.sampled_from(["marker", "chapter"]))) for one in sorted(at)
                ),
                alternates=alternates,
                reason=draw(st.one_of(st.just(""), LABELS)),
            )
        )
    return Cut(draw(LABELS), rate, 1920, 1080, tuple(clips))
