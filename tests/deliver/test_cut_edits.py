"""Two hundred edits over ten takes: picture, sound and captions stay together, and no join clicks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import pysubs2
import pytest

from engine.deliver import CutRequest, build_cut, load_recipe
from engine.speech import NETFLIX, Transcript, Word, cues_from
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
from tests.permissions import DELIVER

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


@pytest.mark.slow
@pytest.mark.parametrize("rate", [Fraction(30_000, 1001), Fraction(25)])
def test_two_hundred_edits_over_ten_takes(tmp_path: Path, rate: Fraction) -> None:
    takes = flash_takes(tmp_path, RATES, NOISE_DB)
    cut = edits(201, rate, len(RATES))
    recipe = plain_recipe().model_copy(update={"captions": load_recipe("captions").captions})
    said = cut_transcript(cut, {take: transcript(take) for take in takes})
    assert said is not None
    cues = cues_from(said, style=NETFLIX, cuts=changes_of_take(cut), frame=1 / rate, end=cut.duration)
    made = build_cut(DELIVER, CutRequest(cut, takes, recipe, cues=cues, language="en"), tmp_path / "out")
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
    words = [(word.text, word.start) for word in said.words]
    starts = [
        (cue.plaintext.split()[0], Fraction(cue.start, 1000))
        for cue in pysubs2.load(str(tmp_path / "out" / "film.srt"))
    ]
    word_frames, start_frames = frames_after(words, heard, cut), frames_after(starts, heard, cut)
    print(f"{rate}: {len(word_frames)} words {max(map(abs, word_frames)):.3f} frames from their clicks,", end=" ")
    print(f"{len(start_frames)} captions {min(start_frames):.2f} to {max(start_frames):.2f} frames after them")
    assert len(word_frames) >= 200
    assert max(map(abs, word_frames)) <= 2
    assert len(start_frames) >= 50
    # A caption begins with its shot, or where the last one left room, if its words begin up to half a second later.
    assert max(start_frames) <= 2
    assert min(start_frames) >= -rate / 2


def frames_after(
    spoken: Sequence[tuple[str, Fraction]], heard: Mapping[tuple[str, str], Fraction], cut: Cut
) -> list[float]:
    """The frames from the click of each word to its time, where the click of its clip was heard."""
    found = []
    for word, time in spoken:
        # Times in files are whole milliseconds.
        clip = cut.clips[cut.at(int((time + Fraction(1, 1000)) * cut.rate))[0]]
        assert word.startswith(f"{clip.take}x")
        if (clip.id, word) in heard:
            found.append(float((time - heard[clip.id, word]) * cut.rate))
    return found
