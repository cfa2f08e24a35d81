"""FFmpeg's demuxer and decoder read the ASS output: times, text, and one event for each highlighted word."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given

from engine.speech.captions import AssStyle, Cue, CueWord, cues_from, write_captions
from engine.speech.captions.ass import write_ass
from engine.speech.captions.textfile import rounded_down, written
from tests.examples import examples

from . import caption_data

HUNDREDTH = Fraction(1, 100)
SPOKEN = (CueWord(0, 3, Fraction("1.2"), Fraction("1.5")), CueWord(4, 7, Fraction(2), Fraction("2.5")))
CUE = Cue(Fraction(1), Fraction(3), "one two", words=SPOKEN)


def read_events(script: str, path: Path) -> list[tuple[Fraction, Fraction, str]]:
    """(start, end, text with its override tags) as FFmpeg reads them; times in seconds."""
    path.write_text(script, encoding="utf-8")
    events = []
    with av.open(str(path)) as file:
        for packet in file.demux(file.streams.subtitles[0]):
            if packet.size:
                # Matroska's form of an event: order, layer, style, name, three margins, effect, text.
                text = bytes(packet).decode().split(",", 8)[8]
                start = packet.pts * packet.time_base
                events.append((start, start + packet.duration * packet.time_base, text))
    return events


@examples(7, suppress_health_check=list(HealthCheck))
@given(caption_data.cues)
def test_ffmpeg_reads_times_and_letters_of_any_text(tmp_path: Path, cues: list[Cue]) -> None:
    kept = sorted(written(cues, HUNDREDTH), key=lambda cue: cue.start)
    events = read_events(write_ass(kept, AssStyle()), tmp_path / "captions.ass")
    assert [(start, end) for start, end, _ in events] == [(cue.start, cue.end) for cue in kept]
    for cue, (_, _, text) in zip(kept, events, strict=True):
        visible = re.sub(r"\\([{}])", r"\1", re.sub(r"^\{\\an\d\}", "", text)).replace(r"\N", "\n")
        # Word joiners keep backslashes from starting escapes.
        read, wanted = (caption_data.letters(letters.replace("\u2060", "")) for letters in (visible, cue.text))
        assert read == wanted


def test_fill_is_karaoke_whose_syllables_begin_with_the_words(tmp_path: Path) -> None:
    ((start, end, text),) = read_events(write_ass([CUE], AssStyle(), "fill"), tmp_path / "captions.ass")
    assert (start, end, text) == (1, 3, r"{\k20}{\k80}one{\k100} two")


def test_word_colours_one_word_after_the_other(tmp_path: Path) -> None:
    events = read_events(write_ass([CUE], AssStyle(highlight_colour="#ff8000"), "word"), tmp_path / "captions.ass")
    assert events == [
        (1, Fraction("1.2"), "one two"),
        (Fraction("1.2"), 2, r"{\1c&H0080FF&}one{\r} two"),
        (2, 3, r"one {\1c&H0080FF&}two{\r}"),
    ]


@pytest.mark.parametrize("rate", [24, 25, Fraction(30_000, 1001), Fraction(60_000, 1001)])
@pytest.mark.parametrize("kind", ["srt", "vtt", "ass"])
def test_every_format_starts_and_ends_with_the_frames_of_the_picture(kind: str, rate: Fraction, tmp_path: Path) -> None:
    frame = 1 / Fraction(rate)
    sentence = "We were out before sunrise. The harbour was quiet, and nobody had opened yet."
    cues = cues_from(caption_data.transcript(*caption_data.steady_words(sentence, 0.41, 0.37)), frame=frame)
    assert all(time % frame == 0 for cue in cues for time in (cue.start, cue.end))
    path = tmp_path / f"captions.{kind}"
    path.write_bytes(write_captions(cues, kind))  # type: ignore[arg-type]
    with av.open(str(path)) as file:
        read = [
            (packet.pts * packet.time_base, (packet.pts + packet.duration) * packet.time_base)
            for packet in file.demux(file.streams.subtitles[0])
            if packet.size
        ]
    count = int(cues[-1].end / frame) + 2
    for cue, (start, end) in zip(cues, read, strict=True):
        exact = [n for n in range(count) if cue.start <= n * frame < cue.end]
        assert [n for n in range(count) if start <= n * frame < end] == exact != []


def test_times_are_rounded_down_to_their_unit() -> None:
    assert rounded_down(Fraction(1999, 1000), HUNDREDTH) == Fraction(199, 100)
    (cue,) = written([CUE], Fraction(1, 4))
    assert [(word.start, word.end) for word in cue.words] == [(1, Fraction("1.5")), (2, Fraction("2.5"))]
