"""Two hundred edits over ten takes: picture, sound and captions stay together, and no join clicks."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pysubs2
import pytest

from engine.deliver import CutRequest, build_cut, load_recipe
from engine.speech import NETFLIX, Cue, Transcript, Word, cues_from
from engine.speech.transcript import segments
from engine.timeline import Cut, changes_of_take, cut_transcript
from fixtures import flashes
from tests.deliver.flash_films import (
    LUMA_ERROR,
    SECONDS,
    decoded,
    edits,
    flash_takes,
    heard_beats,
    joins_near_clicks,
    measure_joins,
    measure_sync,
    plain_recipe,
    spliced,
)

RATES = (
    Fraction(30),
    Fraction(24),
    Fraction(30_000, 1001),
    Fraction(60),
    None,
    Fraction(25),
    Fraction(24_000, 1001),
    Fraction(50),
    None,
    Fraction(60_000, 1001),
)
# Quiet enough that a join without a fade is 27 dB above the noise.
NOISE_DB = -60.0


def transcript(take: str) -> Transcript:
    """A word at each click, named by the take and the number of the beat."""
    words = tuple(
        Word(text=f"{take}x{beat}", start=beat * flashes.BEAT, end=(beat + 0.6) * flashes.BEAT, confidence=1)
        for beat in range(int(SECONDS / flashes.BEAT))
    )
    return Transcript(
        language="en", duration=SECONDS, model="m", model_digest="0", backend="b", parameters={},
        words=words, segments=segments(words, [0] * len(words), {}),
    )  # fmt: skip


def captions(cut: Cut) -> tuple[Cue, ...]:
    """The captions of a cut of ten takes."""
    said = cut_transcript(cut, {str(take): transcript(str(take)) for take in range(len(RATES))})
    assert said is not None
    return tuple(cues_from(said, style=NETFLIX, cuts=changes_of_take(cut), frame=1 / cut.rate, end=cut.duration))


@pytest.mark.slow
@pytest.mark.parametrize("rate", [Fraction(30_000, 1001), Fraction(25)])
def test_two_hundred_edits_over_ten_takes(tmp_path: Path, rate: Fraction) -> None:
    takes = flash_takes(tmp_path, RATES, NOISE_DB)
    cut = edits(201, rate, len(RATES))
    recipe = plain_recipe().model_copy(update={"captions": load_recipe("captions").captions})
    made = build_cut(CutRequest(cut, takes, recipe, cues=captions(cut), language="en"), tmp_path / "out")
    assert [check.name for check in made.checks if check.failed] == []
    lumas, sound = decoded(tmp_path / "out" / "film.mp4")
    assert len(lumas) == cut.length

    sync = measure_sync(cut, takes, lumas, sound)
    print(f"{rate}: {sync}")
    # Each clip, and so each edit, has a click on either side.
    assert sync.clips == len(cut.clips)
    assert sync.beyond <= LUMA_ERROR
    # Half a recorded frame of the slowest take, at 23.976 frames per second.
    assert sync.steady <= 1001 / 48_000 + LUMA_ERROR

    joins, without_fades = measure_joins(cut, sound), measure_joins(cut, spliced(cut, NOISE_DB))
    print(f"{rate}: joins {joins.max():.1f} dB, without fades {without_fades.max():.1f} dB")
    assert joins_near_clicks(cut) >= 50
    assert len(joins) == 200
    assert joins.max() <= 6
    assert (without_fades > 6).sum() >= 50

    heard = {(one.clip.id, f"{one.clip.take}x{one.beat}"): one.heard for one in heard_beats(cut, sound)}
    late = []
    for cue in pysubs2.load(str(tmp_path / "out" / "film.srt")):
        start, first = Fraction(cue.start, 1000), cue.plaintext.split()[0]
        clip = cut.clips[cut.at(int(start * rate))[0]]
        assert first.startswith(f"{clip.take}x")
        if (clip.id, first) in heard:
            late.append(abs(start - heard[clip.id, first]))
    print(f"{rate}: {len(late)} captions, {float(max(late) * rate):.2f} frames")
    assert len(late) >= 100
    assert max(late) <= 2 / rate
