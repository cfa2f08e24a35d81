"""CMX 3600 lists: read to the frame, written so that two other readers agree, and named errors."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from fractions import Fraction

import opentimelineio as otio
import pycmx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import RequestError
from engine.time import Timecode
from engine.timeline import Clip, Cut
from engine.timeline.exchange import (
    ExchangeMedia,
    IssueLog,
    export_cut,
    match_media,
    read_edl,
    require_complete,
    with_takes,
    write_edl,
)
from fixtures.exchange_files import DISSOLVE_EDL, DROP_EDL, MISMATCH_EDL, PREMIERE_EDL
from tests.timeline.exchange_cuts import full_cuts, media_of

PAL = Fraction(25)


def take(number: int, name: str, origin: int, seconds: int = 600) -> ExchangeMedia:
    location = f"/studio/originals/{name}"
    return ExchangeMedia(
        f"take{number}", f"00{number}-{name[:8]}", location, f"take{number}", origin=Fraction(origin),
        duration=Fraction(seconds), rate=PAL, channels=2,
    )  # fmt: skip


def test_a_dissolve_lies_around_the_edit_and_black_is_a_gap() -> None:
    timeline = read_edl(DISSOLVE_EDL.encode(), PAL)
    names = {key: one.name for key, one in timeline.media.items()}
    assert [(names.get(c.take or ""), c.start, c.length) for c in timeline.cut.clips] == [
        ("IMG_0103.MOV", 90_000, 112),
        ("IMG_0104.MOV", 180_012, 63),
        (None, 0, 25),
        (None, 0, 25),
        ("IMG_0103.MOV", 90_125, 25),
    ]
    transition = timeline.cut.clips[1].transition
    assert transition is not None
    assert (transition.before, transition.after) == (12, 13)
    assert [(one.at, one.label) for one in timeline.cut.clips[0].markers] == [(90_025, "LOOK HERE")]
    assert [issue.message for issue in timeline.issues] == [
        "color decisions (CDL): 1",
        "event 004: CARD01 plays at 50 frames per second; the cut plays it at its recorded speed",
    ]


@pytest.mark.parametrize("content", [DISSOLVE_EDL, PREMIERE_EDL], ids=["dissolve", "premiere"])
def test_a_list_written_again_is_equal_in_time(content: str) -> None:
    first = read_edl(content.encode(), PAL)
    second = read_edl(write_edl(first.cut, first.media, first.start), PAL)
    assert second.start == first.start
    assert [replace(clip, take=None) for clip in second.cut.clips] == [
        replace(clip, take=None) for clip in first.cut.clips
    ]


def test_drop_frame_timecode_counts_the_frames_that_exist() -> None:
    timeline = read_edl(DROP_EDL.encode(), Fraction(30000, 1001))
    # From 00:00:59;28 to 00:01:00;04: the labels ;00 and ;01 do not exist.
    assert (timeline.cut.length, timeline.cut.clips[0].start, timeline.start.drop) == (4, 1798, True)
    assert b"00:00:59;28 00:01:00;04 01:00:00;00 01:00:00;04" in write_edl(timeline.cut, timeline.media, timeline.start)
    with pytest.raises(RequestError, match="drop-frame") as raised:
        read_edl(DROP_EDL.encode(), PAL)
    assert "--rate" in raised.value.hint


def test_a_timecode_mismatch_is_named_and_the_record_leads() -> None:
    timeline = read_edl(MISMATCH_EDL.encode(), PAL)
    assert [issue.message for issue in timeline.issues if issue.blocking] == [
        "event 002: the source lasts 55 frames, the record 50: timecode mismatch",
        "event 003 begins 13 frames before the end of the event before it",
    ]
    assert [(clip.start, clip.length) for clip in timeline.cut.clips] == [(90_000, 50), (90_050, 50), (180_013, 12)]
    with pytest.raises(RequestError, match="event 002"):
        require_complete("film.edl", timeline.issues)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no events"),
        (b"<fcpxml/>", "no events"),
        (PREMIERE_EDL.replace("01:00:05:12", "01:00:05:29").encode(), "no timecode 01:00:05:29"),
        (PREMIERE_EDL.replace("01:00:05:12", "01:00:65:12").encode(), "no timecode"),
        (bytes(range(256)) * 100, "no events"),
    ],
    ids=["empty", "xml", "frame", "second", "binary"],
)
def test_a_list_with_impossible_timecode_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(RequestError) as raised:
        read_edl(content, PAL)
    assert message in raised.value.message


def test_media_matches_by_timecode_if_names_do_not() -> None:
    timeline = read_edl(DISSOLVE_EDL.replace("IMG_0", "CLIP_").encode(), PAL)
    takes = [take(1, "A001.MOV", 3600), take(2, "A002.MOV", 7200), take(3, "A003.MOV", 9000)]
    matches = match_media(timeline, takes)
    assert {(one.media.name, one.take.key if one.take else None, one.evidence) for one in matches} == {
        ("CLIP_103.MOV", "take1", "timecode"),
        ("CLIP_104.MOV", "take2", "timecode"),
    }
    cut = with_takes(timeline, matches, IssueLog())
    assert [(clip.take, clip.start) for clip in cut.clips if clip.take] == [("take1", 0), ("take2", 12), ("take1", 125)]


def test_a_timecode_that_the_take_lacks_is_named() -> None:
    timeline = read_edl(PREMIERE_EDL.encode(), PAL)
    log = IssueLog()
    cut = with_takes(timeline, match_media(timeline, [take(1, "IMG_0103.MOV", 50), take(2, "IMG_0104.MOV", 3600)]), log)
    assert [clip.take for clip in cut.clips] == [None, "take2"]
    assert cut.positions == timeline.cut.positions
    assert "has no 01:00:04:05; it has 00:00:50:00 to 00:10:50:00" in next(iter(log.issues)).message


@given(st.data())
def test_other_readers_find_the_same_events(data: st.DataObject) -> None:
    """OpenTimelineIO's adapter and pycmx, at rates and with clips that they know."""
    media = data.draw(media_of())
    cut = data.draw(full_cuts(media, simple=True))
    cut = replace(cut, rate=PAL, clips=tuple(replace(clip, transition=None) for clip in cut.clips))
    content = write_edl(cut, {key: replace(one, channels=0, drop=False) for key, one in media.items()}).decode()
    with tempfile.NamedTemporaryFile("w+", suffix=".edl") as file:
        file.write(content)
        file.flush()
        track = otio.adapters.read_from_file(file.name, rate=25).video_tracks()[0]
        file.seek(0)
        events = list(pycmx.parse_cmx3600(file).events)
    edits = [edit for event in events for edit in event.edits]
    base = Timecode(PAL, 90_000)
    assert [(str(edit.record_in), str(edit.record_out)) for edit in edits] == [
        (base.label(position), base.label(position + clip.length))
        for clip, position in zip(cut.clips, cut.positions, strict=True)
    ]
    assert [item.trimmed_range().duration.to_frames() for item in track] == [clip.length for clip in cut.clips]


def test_a_split_edit_is_two_events_and_returns_to_the_frame() -> None:
    clips = (Clip("1", "take1", 100, 50), Clip("2", "take2", 200, 50, sound_offset=-9600), Clip("3", "take1", 300, 50))
    media = {"take1": take(1, "A001.MOV", 3600), "take2": take(2, "A002.MOV", 7200)}
    exported = export_cut(Cut("film", PAL, 1920, 1080, clips), media, "edl")
    assert exported.losses == ()
    assert exported.data.decode().count(" A     C") == 2


def test_reels_are_eight_characters_and_unique() -> None:
    media = {f"take{n}": take(n, f"A_long_name_{n}.MOV" if n < 3 else f"clip{n}/LONGNAME.MOV", 0) for n in range(1, 5)}
    clips = tuple(Clip(str(n), f"take{n}", 0, 10) for n in range(1, 5))
    content = write_edl(Cut("film", PAL, 1920, 1080, clips), media).decode()
    reels = [line.split()[1] for line in content.splitlines() if line[:3].isdigit()]
    assert len(set(reels)) == 4
    assert all(len(reel) <= 8 for reel in reels)
