"""Takes that say a text, and cuts of them."""

from __future__ import annotations

import re
from fractions import Fraction

from hypothesis import strategies as st

from engine.speech import Transcript, Word
from engine.time import STANDARD_RATES
from engine.timeline import SAMPLE_RATE, Clip, Cut, Media, ShotTake, TakeWords, take_words


def transcript_of(text: str, pace: Fraction = Fraction(3, 10), start: Fraction = Fraction(1)) -> Transcript:
    """A transcript whose words last 0.2 s each and follow at `pace`; “/1.5” is a pause of 1.5 s."""
    at, words = start, []
    for part in text.split():
        if pause := re.fullmatch(r"/([\d.]+)", part):
            at += Fraction(pause[1])
            continue
        words.append(Word(text=part, start=at, end=at + Fraction(1, 5), confidence=1.0, space_before=True))
        at += pace
    return Transcript(
        language="en", model="m", model_digest="", backend="b", parameters={}, duration=at + 1, words=tuple(words)
    )


def says(take: str, text: str) -> TakeWords:
    """The words of a take that says a text."""
    return take_words(take, transcript_of(text))


def cut_of(*texts: str, rate: Fraction = Fraction(30)) -> tuple[Cut, dict[str, TakeWords]]:
    """A cut of whole takes that say these texts."""
    spoken = {f"t{n}": says(f"t{n}", text) for n, text in enumerate(texts, 1)}
    clips = []
    for n, (take, words) in enumerate(spoken.items(), 1):
        length = int((words.words[-1].end + SAMPLE_RATE) * rate / SAMPLE_RATE)
        clips.append(Clip(str(n), take, 0, length))
    return Cut("film", rate, 1920, 1080, tuple(clips)), spoken


def shot(number: int, text: str, **decisions: object) -> ShotTake:
    """A take of a shoot that says a text."""
    transcript = transcript_of(text) if text else None
    duration = transcript.duration if transcript and transcript.duration else Fraction(2)
    media = Media(f"t{number}", f"{number:03d}", duration, Fraction(30), 1920, 1080, has_sound=True)
    return ShotTake(media, take_words(media.take, transcript) if transcript else None, **decisions)  # type: ignore[arg-type]


@st.composite
def spoken_cuts(draw: st.DrawFn) -> tuple[Cut, dict[str, TakeWords]]:
    """Clips of two takes at a standard rate, and gaps; a clip may begin and end anywhere."""
    rate: Fraction = draw(st.sampled_from(STANDARD_RATES))
    spoken = {}
    for take in ("a", "b"):
        parts = []
        for n in range(draw(st.integers(3, 20))):
            parts.append(f"{take}{n}{draw(st.sampled_from(['', '', ',', '.']))}")
            if draw(st.integers(0, 4)) == 0:
                parts.append(f"/{draw(st.integers(1, 20)) / 10}")
        spoken[take] = says(take, " ".join(parts))
    clips = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        one = draw(st.sampled_from([*spoken, *spoken, None]))
        end = int(spoken[one].words[-1].end * rate / SAMPLE_RATE) if one else 100
        start = draw(st.integers(0, end // 2))
        clips.append(
            Clip(str(number), one, start, draw(st.integers(1, end)), sound_offset=draw(st.integers(-800, 800)))
        )
    return Cut("film", rate, 1920, 1080, tuple(clips)), spoken
