"""Shot lists and captions of a cut."""

from __future__ import annotations

from fractions import Fraction
from html.parser import HTMLParser

import pytest

from engine.errors import RequestError
from engine.speech import Segment, Transcript, Word
from engine.timeline import Clip, Cut, CutMarker, cut_transcript
from engine.timeline.exchange import (
    ExchangeMedia,
    caption_file,
    shot_list_html,
    shot_list_markdown,
    shots,
)

PAL = Fraction(25)
MEDIA = {"a": ExchangeMedia("a", "001-<b>|IMG", origin=Fraction(3600), rate=PAL, channels=2)}


def spoken(*words: str) -> Transcript:
    """One word a second, each half a second long."""
    found = tuple(
        Word(text=text, start=Fraction(second), end=Fraction(second) + Fraction(1, 2), confidence=1.0)
        for second, text in enumerate(words)
    )
    return Transcript(
        language="en", model="m", model_digest="0" * 32, backend="test", parameters={}, words=found,
        segments=(Segment(start=found[0].start, end=found[-1].end, text=" ".join(words), first=0, last=len(words)),),
        duration=Fraction(len(words)),
    )  # fmt: skip


class _Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_shot_list_has_times_words_and_pictures_and_escapes_names() -> None:
    clips = (
        Clip("1", "a", 25, 50, reason="The <best> take.", markers=(CutMarker(30, "look"),)),
        Clip("2", None, 0, 25),
    )
    cut = Cut("A & B", PAL, 1920, 1080, clips)
    rows = shots(
        cut, MEDIA, lambda take, start, end: f"{take} {start} {end}", lambda clip: "data:image/jpeg;base64,AA=="
    )
    assert [(row.at, row.length, row.source, row.words, row.notes) for row in rows] == [
        ("00:00:00.00", "2.00 s", "01:00:01:00 – 01:00:02:24", "a 25 75", "The <best> take. marker: look"),
        ("00:00:02.00", "1.00 s", "", "", ""),
    ]
    page = _Cells()
    page.feed(shot_list_html(cut, rows).decode())
    assert (page.tags.count("tr"), page.tags.count("img"), page.tags.count("b")) == (3, 1, 0)
    assert "001-<b>|IMG" in page.text
    table = [line for line in shot_list_markdown(cut, rows).decode().splitlines() if line.startswith("| ")]
    assert len({line.replace("\\|", "").count("|") for line in table}) == 1


def test_words_follow_the_sound_of_the_clips() -> None:
    clips = (Clip("1", "a", 50, 25), Clip("2", "b", 0, 25, sound_offset=-24_000), Clip("3", "a", 0, 25))
    transcripts = {"a": spoken("zero", "one", "two"), "b": spoken("other")}
    found = cut_transcript(Cut("film", PAL, 1920, 1080, clips), transcripts)
    assert found is not None
    # The sound of the second clip begins half a second early: with the silence before its take, and over “two”.
    assert [(word.text, word.start) for word in found.words] == [("two", 0), ("other", 1), ("zero", 2)]
    assert len(found.segments) == 3
    assert found.duration == 3


def test_captions_have_the_words_in_the_order_of_the_cut() -> None:
    clips = (Clip("1", "a", 50, 25), Clip("2", None, 0, 100), Clip("3", "a", 0, 50))
    text = caption_file(Cut("film", PAL, 1920, 1080, clips), {"a": spoken("Zero", "one.", "Two.")}, "srt").decode()
    assert [block.split("\n")[2] for block in text.strip().split("\n\n")] == ["Two.", "Zero one."]
    assert text.startswith("1\n00:00:00,000 -->")
    assert "2\n00:00:05,000 -->" in text


def test_a_cut_without_words_has_no_captions() -> None:
    with pytest.raises(RequestError, match="has words"):
        caption_file(Cut("film", PAL, 1920, 1080, (Clip("1", None, 0, 25),)), {}, "srt")
