"""Cuts in OpenTimelineIO files, with the library of OpenTimelineIO as the oracle."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.time import STANDARD_RATES, Timecode
from engine.timeline import (
    Alternate,
    Clip,
    Cut,
    CutMarker,
    CutTitle,
    Media,
    MediaFile,
    Transition,
    exact_rate,
    read_otio,
    write_otio,
)
from tests.timeline.cuts import detailed_cuts

RATE = Fraction(30000, 1001)
CODE = Timecode.parse("01:00:00;02", RATE)
MEDIA = {
    "a": Media("a", "001-IMG_0101", Fraction(300), RATE, 1920, 1080, True, CODE),
    "b": Media("b", "002-IMG_0102", Fraction(200), RATE, 1920, 1080, False),
    "c": Media("c", "003-IMG_0103", Fraction(300), Fraction(25), 1280, 720, True, Timecode(Fraction(25), 7)),
}
FILES = {take: MediaFile(media, f"../originals/{media.label}.MOV") for take, media in MEDIA.items()}


def opened(content: bytes) -> Any:
    return otio.adapters.read_from_string(content.decode(), "otio_json")


def saved(timeline: Any) -> bytes:
    text: str = otio.adapters.write_to_string(timeline, "otio_json")
    return text.encode()


@given(detailed_cuts())
def test_a_cut_is_read_as_it_was_written_also_after_the_library(cut: Cut) -> None:
    # The library writes some doubles with fewer digits.
    cut = replace(cut, clips=tuple(replace(clip, gain_db=round(clip.gain_db, 2)) for clip in cut.clips))
    content = write_otio(cut, FILES)
    assert read_otio(content, cut.name) == read_otio(saved(opened(content)), cut.name)
    found = read_otio(content, cut.name)
    assert found.cut == cut
    assert found.losses == ()
    assert write_otio(found.cut, FILES) == content


def test_the_rate_of_an_uneven_take_is_kept_beside_a_standard_one() -> None:
    for rate in (Fraction(29_999, 1000), Fraction(19_001, 633), Fraction(30_001, 1000)):
        clips = tuple(Clip(str(number), "a", 90_000, 1001) for number in range(1, 200))
        cut = Cut("film", rate, 1920, 1080, clips)
        assert read_otio(write_otio(cut, FILES), "film").cut == cut


@given(detailed_cuts())
def test_the_library_finds_the_clips_at_their_times(cut: Cut) -> None:
    timeline = opened(write_otio(cut, FILES))
    picture, sound, *_ = timeline.tracks
    items = [item for item in picture if not isinstance(item, otio.schema.Transition)]
    starts = [item.trimmed_range_in_parent().start_time for item in items]
    rate = float(cut.rate)
    assert [start.rescaled_to(rate).to_frames() for start in starts] == list(cut.positions)
    assert picture.duration() == otio.opentime.RationalTime(cut.length, rate)
    assert sound.duration() == otio.opentime.RationalTime(cut.sample(cut.length), 48_000)
    for item, clip in zip(items, cut.clips, strict=True):
        assert isinstance(item, otio.schema.Gap) == (clip.take is None)
        if clip.take:
            # The source range counts from the start of the media, whatever its timecode.
            begins = item.media_reference.available_range.start_time
            assert (item.source_range.start_time - begins).to_frames() == clip.start


def test_the_source_range_has_the_timecode_of_the_take() -> None:
    assert CODE is not None
    cut = Cut("film", RATE, 1920, 1080, (Clip("1", "a", 10, 5), Clip("2", "b", 10, 5), Clip("3", "c", 10, 5)))
    clips = list(opened(write_otio(cut, FILES)).tracks[0])
    # 25 is no multiple of 30000/1001, so that the third has no whole tick at midnight.
    assert [clip.source_range.start_time.value for clip in clips] == [CODE.first + 10, 10, 10]
    assert clips[0].media_reference.target_url == "../originals/001-IMG_0101.MOV"


@pytest.mark.parametrize("rate", STANDARD_RATES)
def test_a_rate_is_exact_from_its_double_and_from_two_decimals(rate: Fraction) -> None:
    assert exact_rate(float(rate)) == rate
    assert exact_rate(round(float(rate), 2)) == rate


def edited_elsewhere() -> Any:
    """A sequence of another program: two rates, an effect, unknown media, a nested sequence, markers, three tracks."""
    schema, time, span = otio.schema, otio.opentime.RationalTime, otio.opentime.TimeRange
    timeline = schema.Timeline("Assembly", metadata={"other": {"version": 3}})
    picture, titles, sound = (schema.Track(name, kind=kind) for name, kind in
        (("V1", "Video"), ("Titles", "Video"), ("A1", "Audio")))  # fmt: skip
    timeline.tracks.extend([picture, titles, sound])
    first = schema.Clip(
        "001-IMG_0101",
        schema.ExternalReference("file:///elsewhere/IMG_0101.MOV", span(time(100, 25), time(900, 25))),
        span(time(110, 25), time(50, 25)),
        metadata={"other": {"colour": "red"}},
    )
    first.markers.append(schema.Marker("Look", span(time(120, 25), time(0, 25))))
    first.effects.append(schema.LinearTimeWarp("slow", time_scalar=0.5))
    nested = schema.Stack(name="Nested")
    inner = schema.Track("inner", kind="Video")
    inner.append(schema.Clip("inside", source_range=span(time(0, 25), time(25, 25))))
    nested.append(inner)
    logo = schema.Clip("logo", schema.GeneratorReference("SMPTE Bars"), span(time(0, 25), time(25, 25)))
    logo.enabled = False
    picture.extend(
        [
            first,
            schema.Transition("wipe", "SMPTE_Wipe", time(5, 25), time(4, 25)),
            schema.Clip("drone", schema.ExternalReference("drone.mp4"), span(time(90, 29.97), time(60, 29.97))),
            nested,
            logo,
        ]
    )
    titles.append(schema.Clip("Title", source_range=span(time(0, 25), time(25, 25))))
    sound.append(schema.Clip("music", source_range=span(time(0, 48000), time(96000, 48000))))
    timeline.tracks.markers.append(schema.Marker("Chapter one", span(time(60, 25), time(0, 25))))
    return timeline


def test_a_file_of_another_program_is_read_as_far_as_a_cut_has_it() -> None:
    found = read_otio(saved(edited_elsewhere()), "film", MEDIA.values())
    cut = found.cut
    assert (cut.rate, cut.width, cut.height, cut.metadata) == (25, 1920, 1080, '{"other": {"version": 3}}')
    first, drone, nested, logo = cut.clips
    assert (first.take, first.start, first.length) == ("a", 10, 50)
    assert (first.metadata, first.markers) == ('{"other": {"colour": "red"}}', (CutMarker(20, "Look"),))
    # 90 and 60 frames at 29.97 are 75.075 and 50.05 frames at 25.
    assert (drone.take, drone.start, drone.length) == ("media:drone.mp4", 75, 50)
    assert drone.transition == Transition("dissolve", 5, 4)
    assert drone.markers == (CutMarker(85, "Chapter one"),)
    assert (nested.take, nested.length, logo.take, logo.length) == (None, 25, None, 25)
    assert found.unknown == ("drone.mp4",)
    losses = " ".join(found.losses)
    for name in ("“Titles”", "slow", "wipe", "“Nested” is a stack", "“logo” is disabled", "“A1”"):
        assert name in losses
    # What was read is stored, and the unknown media keeps its place and its file.
    again = read_otio(write_otio(cut, FILES), "film", MEDIA.values())
    assert again.cut == cut
    assert again.losses == ()


def test_a_copied_clip_gets_an_id_of_its_own_and_a_moved_one_keeps_its_values() -> None:
    clip = Clip("1", "a", 10, 5, gain_db=-3.0, alternates=(Alternate("b", 0, 3),), reason="Best.")
    cut = Cut("film", RATE, 1920, 1080, (clip, Clip("2", "b", 0, 9)))
    timeline = opened(write_otio(cut, FILES))
    for track in timeline.tracks:
        copy = track[0].deepcopy()
        track.append(copy)
    found = read_otio(saved(timeline), "film", MEDIA.values())
    assert found.cut.clips == (*cut.clips, replace(clip, id="3"))
    assert found.losses == ()


def test_edges_of_sound_that_another_program_moved_are_followed() -> None:
    cut = Cut("film", Fraction(25), 1920, 1080, (Clip("1", "a", 10, 50), Clip("2", "c", 20, 50)))
    timeline = opened(write_otio(cut, FILES))
    sound = timeline.tracks[1]
    for index, by in ((0, -4800), (1, 4800)):
        span = sound[index].source_range
        length = otio.opentime.RationalTime(span.duration.value + by, 48_000)
        sound[index].source_range = otio.opentime.TimeRange(span.start_time, length)
    assert [clip.sound_offset for clip in read_otio(saved(timeline), "film").cut.clips] == [0, -4800]
    del sound[1]
    found = read_otio(saved(timeline), "film")
    assert [clip.sound_offset for clip in found.cut.clips] == [0, 0]
    assert "sound follows the picture" in found.losses[0]


def test_an_earlier_schema_is_converted() -> None:
    cut = Cut("film", Fraction(25), 1920, 1080, (Clip("1", "a", 10, 50),))
    old = json.loads(write_otio(cut, FILES))
    for track in old["tracks"]["children"]:
        for clip in track["children"]:
            references = clip.pop("media_references")
            clip.pop("active_media_reference_key")
            clip |= {"OTIO_SCHEMA": "Clip.1", "media_reference": references["DEFAULT_MEDIA"]}
    assert read_otio(json.dumps(old).encode(), "film").cut == cut


@given(st.binary(max_size=40) | st.sampled_from([b"{}", b"[]", b"1", b'{"OTIO_SCHEMA": "Timeline.1"}', b"\xff"]))
def test_a_file_that_is_none_is_an_error(content: bytes) -> None:
    with pytest.raises(EngineError, match="film"):
        read_otio(content, "film")


@given(st.data())
def test_a_damaged_file_is_an_error_or_a_cut(data: st.DataObject) -> None:
    cut = Cut("film", Fraction(25), 1920, 1080, (Clip("1", "a", 10, 50), Clip("2", None, 0, 5)))
    content = write_otio(cut, FILES).decode()
    found = data.draw(
        st.sampled_from(['"value":10.0', '"rate":25.0', '"rate":[25,1]', '"id":"1"', "null", "[", "Clip.2"])
    )
    other = data.draw(
        st.sampled_from(['"value":-1.0', '"rate":0', '"rate":"x"', '"rate":[1]', "1e999", "NaN", "{}", '""'])
    )
    try:
        read_otio(content.replace(found, other).encode(), "film")
    except EngineError as error:
        assert "film" in error.message  # noqa: PT017 - most replacements are errors, some are not


def test_titles_are_generators_on_tracks_of_their_own() -> None:
    titles = (
        CutTitle("1", "lower-third", 1, 10, 50, (("title", "Ada Lovelace"),)),
        CutTitle("2", "progress", 1, 40, 20),
        CutTitle("3", "lower-third", 1, 70, 5),
    )
    cut = Cut("film", Fraction(25), 1920, 1080, (Clip("1", "a", 0, 100),), titles=titles)
    content = write_otio(cut, FILES)
    first, second = opened(content).tracks[2:]
    assert [item.duration().value for item in first] == [10, 50, 10, 5]
    assert first[1].name == "Ada Lovelace"
    assert dict(first[1].media_reference.parameters) == {"title": "Ada Lovelace"}
    assert second[1].media_reference.generator_kind == "cleanwater.title"
    read = read_otio(content, "film")
    assert read.cut == cut
    assert read.losses == ()


def test_the_titles_of_a_cut_without_clips_are_no_clips() -> None:
    title = CutTitle(id="1", template="lower-third", version=1, start=0, length=10, fields=(("title", "Ada"),))
    cut = Cut("film", RATE, 1920, 1080, (), titles=(title,))

    assert read_otio(write_otio(cut, {}), "film").cut == cut
