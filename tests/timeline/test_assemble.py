"""The automatic cut: groups of retakes, the chosen readings, the order, and the reasons."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.errors import RequestError
from engine.timeline import (
    SAMPLE_RATE,
    Assembly,
    ShotTake,
    SoundColumns,
    assemble,
    group_takes,
    script_lines,
    words_of,
)
from fixtures.readings import LINES, read_lines
from tests.timeline.speech import shot

FERRY = "The ferry leaves the old harbour at six."
BELLS = "There are eleven bells in the tower."
SCRIPT = f"# Opening\n{FERRY}\n\n[pause] {BELLS}\nNobody locks the door here."


def takes_of(assembly: Assembly) -> list[str]:
    return [clip.take or "" for clip in assembly.cut.clips]


def groups(*takes: ShotTake) -> list[list[str]]:
    return [[one.take.id for one in group.readings] for group in group_takes(takes)]


def with_noise(number: int, text: str, noise: float) -> ShotTake:
    """A take with speech at -20 dBFS over noise."""
    take = shot(number, text)
    assert take.words
    step = SAMPLE_RATE // 20
    levels = [noise] * (int(take.media.duration * 20) + 1)
    for word in take.words.words:
        for n in range(word.start // step, word.end // step + 1):
            levels[n] = -20.0
    return shot(number, text, sound=SoundColumns(step, levels, [False] * len(levels)))


def test_retakes_are_grouped_by_words_false_starts_slates_and_the_director() -> None:
    assert groups(shot(1, FERRY), shot(2, BELLS), shot(3, f"Um, {FERRY}")) == [["t1", "t3"], ["t2"]]
    assert groups(shot(1, "The ferry leaves, no."), shot(2, FERRY), shot(3, BELLS)) == [["t1", "t2"], ["t3"]]
    assert groups(shot(1, FERRY), shot(2, BELLS, retake_of="t1")) == [["t1", "t2"]]
    assert groups(shot(1, f"Scene 4 take 1. {FERRY}"), shot(2, "Scene 4 take 2. Something else.")) == [["t1", "t2"]]
    assert groups(shot(1, ""), shot(2, "")) == [["t1"], ["t2"]]
    assert group_takes([shot(1, "The ferry leaves, no."), shot(2, FERRY)])[0].reason == "a false start"


def test_a_false_start_belongs_to_the_same_session_and_one_of_the_next_takes() -> None:
    start = "The ferry leaves, no."
    assert groups(shot(1, start), shot(2, FERRY, session=1)) == [["t1"], ["t2"]]
    others = [shot(n, f"Take number words{n} here{n} now{n}") for n in range(2, 8)]
    assert groups(shot(1, start), *others, shot(9, FERRY))[0] == ["t1"]


def test_the_complete_and_fluent_reading_is_chosen_and_the_others_are_alternates() -> None:
    takes = [
        shot(1, "The ferry leaves the old"),
        shot(2, FERRY),
        shot(3, "The um ferry uh leaves er the old harbour at six."),
    ]
    made = assemble("auto", takes)
    (clip,) = made.cut.clips
    assert clip.take == "t2"
    assert clip.reason.startswith("The best of 3 readings: 8 of 8 words, no stumbles; 001 has 5 of 8 words; 003 has 3")
    assert [one.take for one in clip.alternates] == ["t3", "t1"]
    assert {one.take: one.reason for one in made.left_out}["t3"] == "it has 3 stumbles; 002 is used"


def test_of_equal_readings_the_later_one_is_chosen_unless_it_is_noisy_or_damaged() -> None:
    assert takes_of(assemble("a", [shot(1, FERRY), shot(2, FERRY)])) == ["t2"]
    noisy = assemble("a", [with_noise(1, FERRY, -60), with_noise(2, FERRY, -30)])
    assert takes_of(noisy) == ["t1"]
    assert "002 is noisier (10 dB above the background)" in noisy.cut.clips[0].reason
    damaged = assemble("a", [shot(1, FERRY), shot(2, FERRY, damage=((0, 10 * SAMPLE_RATE),))])
    assert takes_of(damaged) == ["t1"]
    assert "002 is damaged" in damaged.cut.clips[0].reason


def test_the_directors_verdicts_win() -> None:
    bad = "The um ferry uh leaves er the old"
    kept = assemble("a", [shot(1, bad, verdict="keep"), shot(2, FERRY)])
    assert takes_of(kept) == ["t1"]
    assert kept.cut.clips[0].reason.startswith("The director keeps this take")
    assert takes_of(assemble("a", [shot(1, FERRY, verdict="keep"), shot(2, FERRY, verdict="keep")])) == ["t1", "t2"]
    assert takes_of(assemble("a", [shot(1, bad), shot(2, FERRY, verdict="retake")])) == ["t1"]
    assert takes_of(assemble("a", [shot(1, bad), shot(2, FERRY, verdict="retake")], SCRIPT)) == ["t1"]
    silent = [shot(1, "", verdict="keep"), shot(2, "", retake_of="t1"), shot(3, "")]
    assert takes_of(assemble("a", [*silent, shot(4, FERRY)], FERRY)) == ["t1", "t3", "t4"]
    made = assemble("a", silent)
    assert takes_of(made) == ["t1", "t3"]
    assert [(one.take, one.reason) for one in made.left_out] == [("t2", "the director keeps another take of this shot")]
    with pytest.raises(RequestError, match="No take can be used"):
        assemble("a", [shot(1, FERRY, verdict="retake")])


def test_the_script_orders_the_lines_and_unsaid_ones_are_listed() -> None:
    takes = [
        shot(1, BELLS),
        shot(2, ""),
        shot(3, f"Okay. {FERRY} Sorry. {FERRY}"),
        shot(4, "Something of my own here."),
    ]
    made = assemble("auto", takes, SCRIPT)
    assert takes_of(made) == ["t3", "t4", "t1", "t2"]
    assert [line.text for line in made.unsaid] == ["Nobody locks the door here."]
    spoken = {take.id: take.words for take in takes if take.words}
    first = [word.text for word in words_of(made.cut, spoken) if word.clip == 0]
    assert " ".join(first) == FERRY


def test_speech_that_only_has_some_words_of_the_script_is_not_of_it() -> None:
    own = shot(1, "The old boat that my father built in the harbour leaves for the islands at noon.")
    made = assemble("auto", [own, shot(2, FERRY)], FERRY)
    assert takes_of(made) == ["t1", "t2"]
    assert made.cut.clips[1].alternates == ()


def test_lines_that_follow_each_other_in_a_take_play_through() -> None:
    made = assemble("auto", [shot(1, f"{FERRY} {BELLS}")], SCRIPT)
    one, two = made.cut.clips
    assert one.end == two.start
    assert (two.sound_offset, two.crossfade) == (0, 0)


def test_clips_are_trimmed_to_speech_with_handles_within_the_kept_range() -> None:
    take = shot(1, f"{FERRY} /3")
    assert take.words
    clip = assemble("auto", [take]).cut.clips[0]
    first, last = take.words.words[0], take.words.words[-1]
    assert clip.start / 30 == pytest.approx(first.start / SAMPLE_RATE - 0.25, abs=0.04)
    assert clip.end / 30 == pytest.approx(last.end / SAMPLE_RATE + 0.4, abs=0.04)
    kept = shot(1, f"{FERRY} {BELLS}", kept=((0, take.words.words[7].end),))
    end = assemble("auto", [kept]).cut.clips[0].end
    assert end / 30 <= float(Fraction(take.words.words[7].end, SAMPLE_RATE)) + 0.04


def test_script_lines_leave_out_headings_and_directions_and_part_long_lines() -> None:
    assert [line.text for line in script_lines(SCRIPT)] == [FERRY, BELLS, "Nobody locks the door here."]
    long = " ".join([FERRY] * 5)
    assert [line.text for line in script_lines(long)] == [FERRY] * 5
    assert script_lines("\n#\n[music]\n…") == []


@pytest.mark.parametrize("script", ["", "\n".join(LINES)], ids=["no script", "script"])
def test_the_right_takes_of_a_generated_shoot_are_chosen(script: str) -> None:
    """On a shoot that the rules were not tuned to: 95 % of the right takes."""
    takes = read_lines(seed=501)
    right = {one.shot.id for one in takes if one.right}
    made = assemble("auto", [one.shot for one in takes], script)
    assert len(right & set(takes_of(made))) >= 0.95 * len(right)
    assert len(made.cut.clips) <= len(right) + 1
