"""Cuts written in each exchange format and read back, at every standard rate."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.time import STANDARD_RATES, Timecode
from engine.timeline import Clip, Cut
from engine.timeline.exchange import FORMATS, ExchangeFormat, ExchangeMedia, export_cut, read_fcpxml, write_fcpxml
from tests.timeline.exchange_cuts import full_cuts, media_of


@given(st.data())
def test_fcpxml_keeps_everything_of_a_cut(data: st.DataObject) -> None:
    media = data.draw(media_of())
    cut = data.draw(full_cuts(media))
    silent = {number for number, clip in enumerate(cut.clips, 1) if clip.take and not media[clip.take].channels}
    for loss in export_cut(cut, media, "fcpxml").losses:
        # A take without sound has none to cut: only joins with it differ.
        assert loss.aspect in ("sound edit", "crossfade")
        assert all(number in silent or number - 1 in silent for number in loss.clips)


@pytest.mark.parametrize("form", FORMATS)
@given(st.data())
def test_every_format_keeps_the_clips_gaps_and_centred_dissolves(form: ExchangeFormat, data: st.DataObject) -> None:
    media = data.draw(media_of())
    cut = data.draw(full_cuts(media, simple=True))
    lost = {loss.aspect for loss in export_cut(cut, media, form).losses}
    # A name is one line; FCP 7 XML has no end of a gap at the end, but the length of its sequence.
    assert lost <= {"name"}


@pytest.mark.parametrize("rate", STANDARD_RATES, ids=str)
def test_a_frame_count_stays_at_every_rate(rate: Fraction) -> None:
    cut = Cut("film", rate, 1920, 1080, tuple(Clip(str(n), None, 0, n) for n in range(1, 120)))
    read = read_fcpxml(write_fcpxml(cut, {}, start=Timecode(rate, 3600 * round(rate))))
    assert [clip.length for clip in read.cut.clips] == list(range(1, 120))
    assert read.cut.rate == rate
    assert read.start.first == 3600 * round(rate)


def test_the_loss_report_names_what_an_edl_cannot_hold() -> None:
    clips = (Clip("1", "take0", 100, 50, gain_db=-3.0), Clip("2", "take0", 300, 50, crossfade=960, reason="the best"))
    media = {"take0": _take()}
    report = export_cut(Cut("film", Fraction(25), 1280, 720, clips), media, "edl").losses
    assert {(loss.aspect, loss.clips) for loss in report} == {("gain", (1,)), ("crossfade", (2,)), ("reason", (2,))}
    assert report[0].message == "The gain is lost: clip 1."


def test_no_sound_is_wanted_beyond_a_recording() -> None:
    """A take that is used from its first to its last sample has nothing to fade with."""
    clips = (Clip("1", "take0", 0, 1500), Clip("2", "take0", 0, 1500, crossfade=480), Clip("3", "take0", 0, 9))
    exported = export_cut(Cut("film", Fraction(25), 1920, 1080, clips), {"take0": _take()}, "fcpxml")
    assert [(loss.aspect, loss.clips) for loss in exported.losses] == [("crossfade", (2,))]
    assert b"audioStart" not in exported.data
    early = (clips[0], replace(clips[2], sound_offset=-4800))
    exported = export_cut(Cut("film", Fraction(25), 1920, 1080, early), {"take0": _take()}, "fcpxml")
    assert [(loss.aspect, loss.clips) for loss in exported.losses] == [("sound edit", (2,))]
    assert b'="-' not in exported.data


def _take() -> ExchangeMedia:
    return ExchangeMedia(
        "take0", "001-IMG_0103", "/footage/IMG_0103.MOV", "take0", duration=Fraction(60), rate=Fraction(25), channels=2
    )
