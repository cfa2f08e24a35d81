"""Cuts written in each exchange format and read back, at every standard rate."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.time import STANDARD_RATES, Timecode
from engine.timeline import Clip, Cut, CutTitle, Transition
from engine.timeline.exchange import (
    FORMATS,
    ExchangeFormat,
    ExchangeMedia,
    export_cut,
    read_edl,
    read_fcpxml,
    write_fcpxml,
)
from tests.timeline.exchange_cuts import full_cuts, media_of


@given(st.data())
def test_fcpxml_keeps_everything_of_a_cut(data: st.DataObject) -> None:
    media = data.draw(media_of())
    cut = data.draw(full_cuts(media))
    silent = {number for number, clip in enumerate(cut.clips, 1) if clip.take and not media[clip.take].channels}
    for loss in export_cut(cut, media, "fcpxml").losses:
        if loss.aspect == "moving transition":
            # Final Cut shows a dissolve; Cleanwater reads back the wipe.
            kinds = {cut.clips[number - 1].transition.kind for number in loss.clips}  # type: ignore[union-attr]
            assert kinds <= {"wipe", "push"}
            continue
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


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "transition",
    [Transition("wipe", 5, 5, "down"), Transition("wipe", 5, 5, "left", 0.25), Transition("push", 5, 5, "right")],
    ids=lambda one: f"{one.kind}-{one.direction}",
)
def test_wipes_and_pushes_come_back(form: ExchangeFormat, transition: Transition) -> None:
    clips = (Clip("1", "take0", 100, 50), Clip("2", "take0", 300, 50, transition=transition))
    exported = export_cut(Cut("film", Fraction(25), 1920, 1080, clips), {"take0": _take()}, form)
    dissolved = form == "fcpxml" or (form == "edl" and transition.kind == "push")
    assert [loss.aspect for loss in exported.losses] == ["moving transition"] * dissolved


def test_an_edl_has_the_standard_codes_of_wipes() -> None:
    clips = (Clip("1", "take0", 100, 50), Clip("2", "take0", 300, 50, transition=Transition("wipe", 5, 5, "left")))
    media = {"take0": _take()}
    data = export_cut(Cut("film", Fraction(25), 1920, 1080, clips), media, "edl").data.decode()
    assert " W101 010 " in data
    plain = "\n".join(line for line in data.splitlines() if "CLEANWATER TRANSITION" not in line)
    read = read_edl(plain.replace("W101", "W002").encode(), Fraction(25))
    assert read.cut.clips[1].transition == Transition("wipe", 5, 5, "down")


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


def test_the_loss_report_names_titles() -> None:
    titles = (CutTitle("1", "lower-third", 1, 0, 25),)
    cut = Cut("film", Fraction(25), 1920, 1080, (Clip("1", "take0", 100, 50),), titles=titles)
    assert "Titles are not in the file." in [one.message for one in export_cut(cut, {"take0": _take()}, "edl").losses]


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
