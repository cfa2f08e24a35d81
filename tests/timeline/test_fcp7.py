"""Final Cut Pro 7 XML: rates as timebase and NTSC, clips as Premiere writes them, and named errors."""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree

import pytest

from engine.errors import RequestError
from engine.timeline import Clip, Cut, CutMarker, Transition
from engine.timeline.exchange import ExchangeMedia, export_cut, read_timeline
from engine.timeline.exchange.formats import ReadOptions

NTSC = Fraction(30000, 1001)


def take(number: int, rate: Fraction = NTSC) -> ExchangeMedia:
    return ExchangeMedia(
        f"take{number}", f"00{number}-IMG", f"/studio/day 1/IMG_{number}.MOV", f"take{number}",
        origin=107_892 / NTSC, drop=True, duration=Fraction(600), rate=rate, width=1920, height=1080, channels=2,
    )  # fmt: skip


def film(*clips: Clip, rate: Fraction = NTSC) -> Cut:
    return Cut("film", rate, 1080, 1920, clips)


@pytest.mark.parametrize(
    ("rate", "timebase", "ntsc"),
    [(Fraction(24000, 1001), "24", "TRUE"), (Fraction(25), "25", "FALSE"), (NTSC, "30", "TRUE"),
     (Fraction(60000, 1001), "60", "TRUE"), (Fraction(60), "60", "FALSE")],
    ids=str,
)  # fmt: skip
def test_rates_are_a_timebase_with_ntsc(rate: Fraction, timebase: str, ntsc: str) -> None:
    exported = export_cut(film(Clip("1", "take1", 10, 37), rate=rate), {"take1": take(1)}, "fcp7")
    assert exported.losses == ()
    sequence = ElementTree.fromstring(exported.data).find("sequence")
    assert sequence is not None
    assert (sequence.findtext("rate/timebase"), sequence.findtext("rate/ntsc")) == (timebase, ntsc)
    item = sequence.find("media/video/track/clipitem")
    assert item is not None
    assert [item.findtext(tag) for tag in ("start", "end", "in", "out")] == ["0", "37", "10", "47"]
    assert item.findtext("file/pathurl") == "file://localhost/studio/day%201/IMG_1.MOV"
    # The timecode of the file is that of the file's own rate.
    assert item.findtext("file/timecode/string") == "01:00:00;00"


def test_a_transition_takes_its_edges_from_the_clips_around_it() -> None:
    dip = Transition("dip", 5, 5)
    cut = film(
        Clip("1", "take1", 100, 60),
        Clip("2", "take2", 200, 60, transition=dip, gain_db=-4.5, markers=(CutMarker(210, "Two", "chapter"),)),
        Clip("3", None, 0, 30),
    )
    exported = export_cut(cut, {"take1": take(1), "take2": take(2)}, "fcp7")
    assert exported.losses == ()
    items = ElementTree.fromstring(exported.data).findall("sequence/media/video/track/clipitem")
    assert [[item.findtext(tag) for tag in ("start", "end", "in", "out")] for item in items] == [
        ["0", "-1", "100", "165"],
        ["-1", "120", "195", "260"],
    ]
    links = {link.text for item in items for link in item.iter("linkclipref")}
    ids = {item.get("id") for item in ElementTree.fromstring(exported.data).iter("clipitem")}
    assert links == ids


def premiere(items: str) -> bytes:
    """A sequence as Premiere exports it, with mixed rates and tracks of other content."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE xmeml>
<xmeml version="4"><sequence id="sequence-1"><name>Harbour</name><duration>200</duration>
<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate>
<media><video><format><samplecharacteristics><width>1280</width><height>720</height></samplecharacteristics></format>
<track>{items}</track>
<track><clipitem id="t"><name>Title</name><start>0</start><end>10</end></clipitem></track></video></media>
</sequence></xmeml>""".encode()


CLIP = """<clipitem id="{0}"><name>IMG.MOV</name><enabled>TRUE</enabled>
<rate><timebase>{3}</timebase><ntsc>FALSE</ntsc></rate>
<start>{1}</start><end>{2}</end><in>100</in><out>150</out>
<file id="file-1"><name>IMG.MOV</name><pathurl>file://localhost/x/IMG.MOV</pathurl></file></clipitem>"""


def test_clips_of_another_rate_and_further_tracks() -> None:
    content = premiere(CLIP.format("a", 10, 60, 50) + CLIP.format("b", 60, 110, 25))
    timeline = read_timeline(content, "fcp7", ReadOptions())
    assert [(clip.take, clip.start, clip.length) for clip in timeline.cut.clips] == [
        (None, 0, 10),
        ("file-1", 50, 50),
        ("file-1", 100, 50),
        (None, 0, 90),
    ]
    assert (timeline.cut.width, timeline.cut.height, timeline.media["file-1"].file_name) == (1280, 720, "IMG.MOV")
    assert [issue.message for issue in timeline.issues] == ["clips on further picture tracks: 1"]


def test_an_item_without_a_place_is_a_problem() -> None:
    content = premiere(CLIP.format("a", "", 60, 25) + CLIP.format("b", 60, 110, 25))
    timeline = read_timeline(content, "fcp7", ReadOptions())
    assert [issue.blocking for issue in timeline.issues if "no start" in issue.message] == [True]
    assert [clip.length for clip in timeline.cut.clips] == [60, 50, 90]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<fcpxml version='1.10'/>", "<fcpxml>"),
        (b"<xmeml version='5'/>", "no sequence"),
        (premiere("").replace(b"<timebase>25</timebase>", b""), "no frame rate"),
    ],
    ids=["fcpxml", "empty", "rate"],
)
def test_a_file_that_is_no_sequence_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(RequestError) as raised:
        read_timeline(content, "fcp7", ReadOptions())
    assert message in raised.value.message
