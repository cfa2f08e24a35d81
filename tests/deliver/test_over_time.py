"""The verdicts on what a finished file shows and plays over time, and on its burnt-in captions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.deliver.checks.burnt_captions import judge_burnt, likeness
from engine.deliver.checks.channels import judge_lost_channels, judge_lost_sound, judge_polarity, judge_sides
from engine.deliver.checks.expected_captions import ExpectedCaption
from engine.deliver.checks.stretches import judge_clipping, judge_stretches
from engine.deliver.checks.sync import SyncWindow, judge_offset, sync_spans
from engine.picture import FrameStretch, PictureClipping, PictureFaults, PictureOffset
from engine.sound import ChannelFigures, SoundStretch
from engine.text import CaptionRenderer, TextStyle
from fixtures.noise import cloudy
from tests.examples import examples

THIRTY = Fraction(30)


def window(start: float, sound: float | None, picture: float | None = 0.0) -> SyncWindow:
    shown = None if picture is None else PictureOffset(picture, round(picture * 30))
    return SyncWindow(start, start + 8, shown, sound)


@given(st.floats(0.04, 40_000))
def test_windows_cover_the_start_and_the_end(seconds: float) -> None:
    spans = sync_spans(seconds)
    assert 1 <= len(spans) <= 9
    assert spans[0][0] == 0
    assert spans[-1][1] == pytest.approx(seconds)
    assert all(0 <= start < end for start, end in spans)
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)


@pytest.mark.parametrize(
    ("windows", "passed", "said"),
    [
        ([window(0, 0.0)], True, "sound +0.0 ms at 0:00"),
        ([window(0, 0.016), window(60, -0.016)], True, "+16.0 ms at 0:00, −16.0 ms at 1:00, drift −32.0 ms"),
        ([window(0, 0.0), window(30, 0.08), window(60, 0.0)], False, "+80.0 ms at 0:30"),
        ([window(0, 0.05, 0.05)], True, "sound +0.0 ms"),
        ([window(0, 0.0, 0.1)], False, "sound −100.0 ms"),
        ([window(0, None, 0.0), window(60, 0.0, None)], True, "not measurable: they have not at the same time"),
        ([window(0, None, 0.0)], True, "not measurable: the sound has not"),
        ([window(0, 0.0, None)], True, "not measurable: the picture has not"),
        ([window(0, None, None)], True, "not measurable: neither has"),
    ],
)
def test_half_a_frame_is_the_largest_offset(windows: list[SyncWindow], passed: bool, said: str) -> None:
    check = judge_offset(windows, THIRTY)
    assert check.passed is passed
    assert said in check.measured
    assert check.wanted.startswith("within ±16.7 ms, half a frame")


def test_stretches_say_where_they_are() -> None:
    found = [FrameStretch(n * 30, n * 30 + 15, float(n), n + 0.5) for n in range(62, 67)]
    check = judge_stretches("frozen picture", found, PictureFaults(9000), "moves")
    assert (check.passed, check.measured) == (
        False,
        "75 frames: 1:02.0 to 1:02.5, 1:03.0 to 1:03.5, 1:04.0 to 1:04.5 and 2 more",
    )
    assert judge_stretches("frozen picture", [], PictureFaults(9000), "moves").measured == "none in 9000 frames"
    assert judge_stretches("frozen picture", [], PictureFaults(0), "moves").passed


def test_clipping_is_compared_with_the_rendering() -> None:
    assert judge_clipping(None).passed
    assert judge_clipping(PictureClipping(rendered=0.4, finished=0.41, excess=0.005, worst=0.02, worst_at=3)).passed
    check = judge_clipping(PictureClipping(rendered=0.1, finished=0.2, excess=0.1, worst=0.3, worst_at=61.5))
    assert not check.passed
    assert check.measured == "20.0% of the picture, rendered 10.0%; 30.0% more at 1:01"
    assert not judge_clipping(PictureClipping(rendered=0, finished=0, excess=0.002, worst=0.06, worst_at=0)).passed


def test_lost_sound_and_channels_say_where() -> None:
    assert judge_lost_sound([]).passed
    assert judge_lost_sound([SoundStretch(1.25, 2)]).measured == "silent 0:01.2 to 0:02.0"
    two, one = ChannelFigures(0.2, 0.3, 1.0), ChannelFigures(0.2, 1.0, None)
    assert judge_lost_channels([], two).passed
    assert judge_lost_channels([], None).passed
    assert judge_lost_channels([(1, SoundStretch(0, 3))], two).measured == "right silent 0:00.0 to 0:03.0"
    assert "the same" in judge_lost_channels([], one).measured


@pytest.mark.parametrize(
    ("figures", "sides", "polarity"),
    [
        (None, True, True),
        (ChannelFigures(0.8, 0.8, 0.95), True, True),
        (ChannelFigures(0.8, 0.8, -0.95), False, True),
        (ChannelFigures(0.8, -0.8, 0.95), True, False),
        (ChannelFigures(-0.9, -0.9, None), True, True),
        (ChannelFigures(-0.9, 0.9, None), True, False),
        (ChannelFigures(0.1, -0.5, 0.1), True, True),
        (ChannelFigures(None, None, None), True, True),
    ],
)
def test_swapped_and_inverted_channels(figures: ChannelFigures | None, sides: bool, polarity: bool) -> None:
    assert judge_sides(figures).passed is sides
    assert judge_polarity(figures).passed is polarity


@given(st.integers(0, 50), st.sampled_from([TextStyle(), TextStyle(box="", outline=0.12)]))
@examples(25)
def test_a_burnt_in_caption_is_seen_on_any_picture_and_no_other(seed: int, look: TextStyle) -> None:
    generator = np.random.default_rng(seed)
    picture = 40 + 160 * cloudy(180, 320, 3, 5, seed).astype(np.float32)
    caption = expected(look, "Words in the picture,\non two lines.")
    part = picture[caption.rows, caption.columns]
    drawn = caption.alpha * caption.luma * 0.8 + (1 - caption.alpha) * part
    assert likeness(caption, drawn + generator.standard_normal(part.shape).astype(np.float32) * 4) > 0.6
    assert abs(likeness(caption, part)) < 0.4


def test_a_caption_that_cannot_stand_out_only_warns() -> None:
    caption = expected(TextStyle(), "Words")
    assert judge_burnt([(caption, 0.9)], 1).passed
    assert judge_burnt([(caption, 0.1)], 1).failed
    assert judge_burnt([], 1).failed
    check = judge_burnt([(caption, 0.1)], 1, stands_out=False)
    assert (check.warning, check.measured) == (True, "0 of 1 captions seen; not at 0:01.5")


def expected(look: TextStyle, text: str) -> ExpectedCaption:
    layer = CaptionRenderer(320, 180, look).draw(text).astype(np.float32)
    rows = np.flatnonzero((layer[..., 3] > 0).any(1))
    columns = np.flatnonzero((layer[..., 3] > 0).any(0))
    part = layer[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    luma = part[..., :3] @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return ExpectedCaption(
        45,
        Fraction(3, 2),
        slice(int(rows[0]), int(rows[-1]) + 1),
        slice(int(columns[0]), int(columns[-1]) + 1),
        luma,
        part[..., 3] / 255,
    )
