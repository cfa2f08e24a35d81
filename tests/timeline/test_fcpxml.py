"""FCPXML of other programs: read to the frame, written again, and named errors."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from engine.errors import RequestError
from engine.timeline import Cut
from engine.timeline.exchange import (
    VERSIONS,
    ExchangeTimeline,
    IssueLog,
    export_cut,
    match_media,
    read_exchange_file,
    read_fcpxml,
    require_complete,
    with_takes,
    write_fcpxml,
)
from fixtures.exchange_files import final_cut, seconds
from tests.timeline.fcpxml_spine import spine_edges

NTSC = Fraction(30000, 1001)
RATES = [(Fraction(24000, 1001), False), (Fraction(25), False), (NTSC, True), (Fraction(60000, 1001), False)]


def by_file(timeline: ExchangeTimeline) -> Cut:
    """The cut with file names in place of the file's ids."""
    clips = tuple(
        replace(
            clip,
            take=timeline.media[clip.take].file_name if clip.take else None,
            alternates=tuple(replace(one, take=timeline.media[one.take].file_name) for one in clip.alternates),
        )
        for clip in timeline.cut.clips
    )
    return replace(timeline.cut, clips=clips)


@pytest.mark.parametrize(("rate", "drop"), RATES, ids=str)
def test_every_edit_is_at_the_frame_of_a_second_reader(rate: Fraction, drop: bool) -> None:
    content = final_cut(rate, drop, start=3600 * round(rate))
    timeline = read_fcpxml(content)
    found, places, transitions = spine_edges(content)
    cut = timeline.cut
    assert cut.rate == found
    assert set(places) <= set(cut.positions)
    assert cut.length == 320
    assert (timeline.start.first, timeline.start.drop) == (3600 * round(rate), drop)
    joined = [
        (position - clip.transition.before, position + clip.transition.after)
        for clip, position in zip(cut.clips, cut.positions, strict=True)
        if clip.transition
    ]
    # The transition at the begin has no clip before it.
    assert joined == transitions[1:]


@pytest.mark.parametrize(("rate", "drop"), RATES, ids=str)
@pytest.mark.parametrize("version", ["1.8", "1.10", "1.13"])
def test_a_file_written_again_is_equal_in_time(rate: Fraction, drop: bool, version: str) -> None:
    first = read_fcpxml(final_cut(rate, drop, start=3600 * round(rate)))
    again = write_fcpxml(first.cut, first.media, version, first.start)
    second = read_fcpxml(again)
    assert by_file(second) == by_file(first)
    assert second.start == first.start
    assert spine_edges(again)[1] == list(first.cut.positions)


def test_compound_multicam_and_container_clips_become_their_media() -> None:
    timeline = read_fcpxml(final_cut(Fraction(25)))
    files = {key: one.file_name for key, one in timeline.media.items()}
    shown = [(files.get(clip.take or ""), clip.start, clip.length) for clip in timeline.cut.clips]
    assert shown == [
        ("IMG 0103.MOV", 100, 100),
        ("IMG_0104.MOV", 0, 77),
        (None, 0, 23),
        ("IMG 0103.MOV", 605, 15),
        ("IMG_0104.MOV", 40, 15),
        (None, 0, 4),
        ("IMG_0104.MOV", 0, 36),
        ("IMG 0103.MOV", 200, 31),
        (None, 0, 19),
    ]
    clips = timeline.cut.clips
    assert [(one.at, one.label) for one in clips[0].markers] == [(110, "Look")]
    assert [(one.at, one.kind) for one in clips[7].markers] == [(201, "chapter")]
    assert clips[1].gain_db == -6
    assert [(one.start, one.length) for one in clips[1].alternates] == [(300, 50)]


def test_what_a_cut_cannot_have_is_named_and_blocks_nothing() -> None:
    issues = read_fcpxml(final_cut(Fraction(25))).issues
    assert not any(issue.blocking for issue in issues)
    text = "\n".join(issue.message for issue in issues)
    assert "connected clips and storylines: 1" in text
    assert "“The end” is a title" in text
    assert "at the begin of the storyline" in text


def test_a_storyline_that_refers_to_nothing_is_named_with_its_line_and_keeps_its_length() -> None:
    body = (
        f'<asset-clip ref="r2" offset="0s" start="{seconds(1000, NTSC)}" duration="{seconds(30, NTSC)}"/>\n'
        f'<asset-clip ref="r99" offset="{seconds(30, NTSC)}" name="Lost" duration="{seconds(12, NTSC)}"/>\n'
        f'<asset-clip ref="r3" offset="{seconds(42, NTSC)}" duration="soon"/>\n'
        f'<asset-clip ref="r3" offset="{seconds(50, NTSC)}" start="0s" duration="{seconds(5, NTSC)}"/>'
    )
    timeline = read_fcpxml(final_cut(NTSC, body=body))
    assert [(clip.take, clip.length) for clip in timeline.cut.clips] == [("r2", 30), (None, 12), (None, 8), ("r3", 5)]
    with pytest.raises(RequestError) as raised:
        require_complete("film.fcpxml", timeline.issues)
    assert "“Lost” refers to “r99”" in raised.value.message
    assert "“soon” is no time" in raised.value.message
    assert "--partial" in raised.value.hint


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"TITLE: an EDL", "is not FCPXML"),
        (b"<fcpxml version='1.10'><resources>", "is not FCPXML"),
        (b"<xmeml version='5'/>", "<xmeml>"),
        (b"<fcpxml version='2'/>", "version"),
        (b"<fcpxml version='1.10'><resources/></fcpxml>", "no project"),
        (b"<!DOCTYPE fcpxml [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><fcpxml version='1.10'>&a;</fcpxml>", "entities"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE f [<!ENTITY a "b">]><f/>'.encode("utf-16"), "entities"),
        (final_cut(Fraction(25)).replace(b"<format id", b"<format no"), "no format"),
        (final_cut(Fraction(25)).replace(b'frameDuration="1/25s"', b'frameDuration="0s"'), "no format"),
    ],
)
def test_a_file_that_is_no_project_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(RequestError) as raised:
        read_fcpxml(content)
    assert message in raised.value.message


def test_a_compound_clip_that_contains_itself_ends() -> None:
    content = final_cut(Fraction(25)).replace(
        b'<asset-clip ref="r2" offset="0s" start="1500/25s" duration="20/25s"/>',
        b'<ref-clip ref="r5" offset="0s" duration="20/25s"/>',
    )
    assert any("contains itself" in issue.message for issue in read_fcpxml(content).issues)


def test_one_of_several_projects_is_chosen_by_name() -> None:
    content = final_cut(Fraction(25))
    start, end = content.index(b"<project"), content.index(b"</event>")
    two = content[:end] + content[start:end].replace(b"Harbour", b"Trailer") + content[end:]
    with pytest.raises(RequestError, match="2 projects: Harbour, Trailer"):
        read_fcpxml(two)
    assert read_fcpxml(two, "Trailer").cut.name == "Trailer"


def test_the_document_in_a_bundle_is_read(tmp_path: Path) -> None:
    bundle = tmp_path / "film.fcpxmld"
    bundle.mkdir()
    (bundle / "Info.fcpxml").write_bytes(final_cut(Fraction(25)))
    assert read_exchange_file(bundle, 1 << 20) == final_cut(Fraction(25))
    with pytest.raises(RequestError, match="limit"):
        read_exchange_file(bundle, 100)


def test_an_unknown_version_is_refused() -> None:
    timeline = read_fcpxml(final_cut(Fraction(25)))
    with pytest.raises(RequestError, match="cannot be written") as raised:
        write_fcpxml(timeline.cut, timeline.media, "1.5")
    assert VERSIONS[0] in raised.value.hint


def test_media_matches_by_name_and_unknown_media_keeps_its_reference() -> None:
    timeline = read_fcpxml(final_cut(Fraction(25)))
    known = replace(timeline.media["r3"], key="take4", name="002-IMG_0104", location="/studio/IMG_0104.MOV")
    log = IssueLog()
    cut = with_takes(timeline, match_media(timeline, [known]), log)
    assert set(cut.takes) == {"take4", "media:file:///Volumes/Card/DCIM/IMG%200103.MOV"}
    assert [issue.message for issue in log.issues] == ["“IMG 0103.MOV” (3 clips) is not in the project"]
    assert export_cut(cut, {"take4": known}, "fcpxml").losses == ()


def test_a_take_that_is_too_short_gives_a_gap_and_nothing_moves() -> None:
    timeline = read_fcpxml(final_cut(Fraction(25)))
    takes = [replace(one, take="", duration=Fraction(2)) for one in timeline.media.values()]
    log = IssueLog()
    cut = with_takes(timeline, match_media(timeline, takes), log)
    assert cut.length == timeline.cut.length
    assert set(timeline.cut.positions) <= set(cut.positions)
    assert any("ends 27 frames before the clip" in issue.message for issue in log.issues)
