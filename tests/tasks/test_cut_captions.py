"""The captions of a cut are at the words that the film plays, and end where another take is shown."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.speech import NETFLIX, Speaker, Transcript, Word, join_transcripts, retime_transcript
from engine.speech.transcript import segments
from engine.studio import Studio
from engine.tasks.caption import caption_content, read_captions
from engine.tasks.cut_captions import CutCaptionParameters
from engine.tasks.cut_parameters import cut_fields
from engine.tasks.requests import subject_parameters
from engine.tasks.results import store
from engine.tasks.transcript import TranscriptParameters
from engine.timeline import Clip, Cut, changes_of_take, sound_stretches

from ..cli.takes import a_take

WORD = Fraction(2, 5)


def spoken(name: str, seconds: int, speaker: str | None = None) -> Transcript:
    """A word every 0.4 s, numbered, in one breath per ten words."""
    words = tuple(
        Word(text=f"{name}{n}", start=n * WORD, end=n * WORD + Fraction(3, 10), confidence=1, speaker=speaker)
        for n in range(int(seconds / WORD))
    )
    parts = segments(words, [n // 10 for n in range(len(words))], {})
    return Transcript(
        language="en", duration=Fraction(seconds), model="m", model_digest="0", backend="b", parameters={},
        words=words, segments=parts, speakers=(Speaker(id=speaker, name="Ann", seconds=seconds),) if speaker else (),
    )  # fmt: skip


TAKES = {"a": spoken("a", 20), "b": spoken("b", 20)}


def film(*clips: Clip, rate: Fraction = Fraction(30)) -> Cut:
    return Cut("film", rate, 96, 54, clips)


def joined(cut: Cut) -> Transcript:
    return join_transcripts(
        [retime_transcript(TAKES[take], sound_stretches(cut, take)) for take in cut.takes], cut.duration
    )


def cues(cut: Cut) -> list[dict[str, str]]:
    content = caption_content(
        joined(cut),
        speakers=False,
        style=NETFLIX,
        frame=1 / cut.rate,
        end=cut.duration,
        cuts=changes_of_take(cut),
    )
    return list(json.loads(content)["cues"])


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 300), st.integers(20, 200)), min_size=1, max_size=6))
def test_each_word_is_where_the_film_plays_it(parts: list[tuple[str, int, int]]) -> None:
    cut = film(*(Clip(str(n), take, start, length) for n, (take, start, length) in enumerate(parts)))
    transcript = joined(cut)
    assert [
        word.text for segment in transcript.segments for word in transcript.words[segment.first : segment.last]
    ] == [word.text for word in transcript.words]
    for word in transcript.words:
        index, tick = cut.at(min(int((word.start + word.end) / 2 * cut.rate), cut.length - 1))
        assert word.text.startswith(cut.clips[index].take or "-")
        middle = int(word.text[1:]) * WORD + Fraction(3, 20)
        # A word that an edit shortens is kept if its middle is.
        assert abs(tick / cut.rate - middle) <= Fraction(3, 20) + 2 / cut.rate


def test_captions_start_within_two_frames_of_their_first_words() -> None:
    cut = film(Clip("1", "a", 36, 120), Clip("2", "b", 240, 150), Clip("3", None, 0, 60), Clip("4", "a", 300, 90))
    times = {word.text: word.start for word in joined(cut).words}
    found = cues(cut)
    assert len(found) >= 3
    for cue in found:
        first = cue["text"].split()[0]
        assert abs(Fraction(cue["start"]) - times[first]) <= 2 / cut.rate
        assert all(not Fraction(cue["start"]) < change < Fraction(cue["end"]) for change in changes_of_take(cut))


def test_words_that_are_cut_out_are_in_no_caption() -> None:
    cut = film(Clip("1", "a", 0, 60), Clip("2", "a", 90, 60))
    said = " ".join(cue["text"] for cue in cues(cut)).split()
    assert said == [*(f"a{n}" for n in range(5)), *(f"a{n}" for n in range(8, 13))][: len(said)]
    assert "a6" not in said


def test_a_named_speaker_is_the_same_in_all_takes() -> None:
    parts = [spoken("a", 4, "S1"), spoken("b", 4, "S2")]
    later = parts[1].model_copy(
        update={
            "words": tuple(
                one.model_copy(update={"start": one.start + 4, "end": one.end + 4}) for one in parts[1].words
            ),
            "segments": tuple(
                one.model_copy(update={"start": one.start + 4, "end": one.end + 4}) for one in parts[1].segments
            ),
        }
    )
    transcript = join_transcripts([later, parts[0]], Fraction(8))
    assert len(transcript.speakers) == 1
    assert len({word.speaker for word in transcript.words}) == 1
    assert [word.text[0] for word in transcript.words] == ["a"] * 10 + ["b"] * 10


class FakeJobContext:
    def __init__(self, results: dict[str, Any]) -> None:
        self.results = results


def test_the_job_reads_the_transcripts_of_the_takes_and_the_stored_cut(tmp_path: Path) -> None:
    studio = Studio(tmp_path / "studio")
    project = studio.new_project("Walk")
    takes = [a_take(project, number) for number in (1, 2)]
    for take in takes:
        studio.catalog.add_take(take)
    context = studio.tasks.context
    subjects = {take.id: studio.subject_unprobed(take) for take in takes}
    cut = film(*(Clip(str(n), take.id, 12 * n, 90, reason="why") for n, take in enumerate(takes, 1)))
    fields = cut_fields(context, project.id, cut, subjects)
    words = {
        take.id: store(context, tmp_path / f"{name}.json", TAKES[name].model_dump_json().encode())
        for take, name in zip(takes, "ab", strict=True)
    }
    transcripts = {
        take.id: TranscriptParameters(**subject_parameters(subjects[take.id]), words=take.id) for take in takes
    }
    parameters = CutCaptionParameters(**dict(fields), transcripts=transcripts)
    kind = studio.tasks.kinds()["cut-captions"]
    result = kind.run(parameters, FakeJobContext(words))  # type: ignore[arg-type]
    made = read_captions(context, result)
    assert (made.language, kind.title(parameters)) == ("en", "write the captions of “film”")
    said = " ".join(cue.text for cue in made.cues).split()
    assert said == [*(f"a{n}" for n in range(1, 9)), *(f"b{n}" for n in range(2, 10))][: len(said)]
    assert {word[0] for word in said} == {"a", "b"}
    assert kind.is_current(result)
    for stored in (project_file for project_file in (tmp_path / "studio").rglob("cuts/*.json")):
        stored.unlink()
    with pytest.raises(EngineError, match="is missing"):
        kind.run(parameters, FakeJobContext(words))  # type: ignore[arg-type]
