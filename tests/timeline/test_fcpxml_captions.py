"""Captions in FCPXML: at the frames of the cut, also beside timecode, another rate and an audition."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from engine.time import Timecode
from engine.timeline import Alternate, Clip, Cut
from engine.timeline.exchange import CutCaption, ExchangeMedia, FilmCaptions, export_cut, film_captions, read_fcpxml
from tests.timeline.speech import transcript_of

NTSC = Fraction(30000, 1001)
SAID = "This is the harbour at six in the morning. /1.0 And the water is completely flat, as you can see."


def media(key: str, origin: int = 0) -> ExchangeMedia:
    return ExchangeMedia(
        key, f"{key}.mov", f"/footage/{key}.mov", key, origin=Fraction(origin), duration=Fraction(20), rate=NTSC,
        width=1920, height=1080, channels=2,
    )  # fmt: skip


@pytest.mark.parametrize("rate", [Fraction(25), NTSC], ids=str)
@pytest.mark.parametrize("version", ["1.8", "1.10", "1.14"])
def test_captions_return_at_their_frames(rate: Fraction, version: str) -> None:
    clips = (
        Clip("1", "a", 20, 260),
        Clip("2", None, 0, 10),
        Clip("3", "b", 0, 280, alternates=(Alternate("a", 0, 50, "Noisy."),)),
    )
    cut = Cut("film", rate, 1920, 1080, clips)
    captions = film_captions(cut, {"a": transcript_of(SAID), "b": transcript_of(SAID)})
    assert len(captions.captions) >= 4
    assert all(one.start < one.end for one in captions.captions)
    assert captions.language == "en"
    start = Timecode.parse("01:00:00:00", rate)
    found = export_cut(cut, {"a": media("a", 3600), "b": media("b")}, "fcpxml", version, start, captions)
    assert "captions" not in [loss.aspect for loss in found.losses]
    assert read_fcpxml(found.data).captions == captions.captions
    assert b'role="SRT?captionFormat=SRT.en"' in found.data


def test_a_caption_outside_of_all_clips_is_a_loss() -> None:
    cut = Cut("film", Fraction(25), 1920, 1080, (Clip("1", "a", 0, 50),))
    late = FilmCaptions((CutCaption(10, 20, "Here"), CutCaption(60, 70, "There")))
    assert "captions" in [loss.aspect for loss in export_cut(cut, {"a": media("a")}, "fcpxml", captions=late).losses]
    assert not film_captions(replace(cut, clips=(Clip("1", None, 0, 50),)), {}).captions
