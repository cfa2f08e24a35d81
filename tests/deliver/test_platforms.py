"""Rules of platforms: data with sources and dates, and verdicts that quote the rules that they used."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from engine.deliver import Estimate, Platform, judge, load_platform, load_recipe, planned_readiness, platform_names
from engine.deliver.platforms import Facts
from engine.errors import RequestError
from engine.validation import find_toml_problems

VERTICAL = ("shorts-vertical", "shorts-words", "shorts-follow", "instagram-reel", "tiktok")
TODAY = date(2026, 12, 1)
REEL: Facts = {
    "picture": True, "duration": 30.0, "bytes": 40_000_000, "container": "mp4", "edit_list": False, "faststart": True,
    "video_codec": "h264", "chroma": "4:2:0", "closed_gop": True, "frame_rate": 29.97, "width": 1080, "height": 1920,
    "aspect": 0.5625, "video_bit_rate": 8e6, "audio_codec": "aac", "sample_rate": 48_000, "channels": 2,
    "audio_bit_rate": 128_000,
}  # fmt: skip


def test_every_limit_has_a_source_and_a_date() -> None:
    assert platform_names() == ["apple-podcasts", "instagram-reels", "tiktok", "youtube", "youtube-shorts"]
    for name in platform_names():
        platform = load_platform(name)
        assert platform.rule
        for rule in platform.rule:
            for limit in rule.limits:
                source = platform.sources[limit.source]
                assert source.url.startswith("https://")
                assert date(2026, 1, 1) < source.date <= date.today()


def test_a_file_within_all_limits_is_ready() -> None:
    verdict = judge(load_platform("instagram-reels"), REEL, TODAY)
    assert verdict.ready
    assert verdict.summary == "Ready for Instagram Reels"
    assert {one.outcome for one in verdict.findings} == {"met"}
    assert verdict.remarks == []


@pytest.mark.parametrize(
    ("changed", "quoted"),
    [
        ({"duration": 2.0}, "length: 2 s; 3 s to 15:00 (https://help.circleboom.com/"),
        ({"edit_list": True}, "edit list: yes; must be no (https://docs.contentstudio.io/"),
        ({"video_codec": "av1"}, "video codec: AV1; H.264 or HEVC (https://"),
        ({"frame_rate": 120.0}, "frame rate: 120 frames per second; 23 frames per second to 60 frames per second ("),
        ({"width": 3840}, "width: 3840 pixels; at most 1920 pixels ("),
        ({"video_bit_rate": 40e6}, "video bit rate: 40 Mb/s; at most 25 Mb/s ("),
        ({"bytes": 2e9}, "file size: 2.0 GB; at most 300 MB (https://www.ayrshare.com/"),
        ({"picture": False}, "picture: no; must be yes"),
    ],
)
def test_a_missed_limit_is_quoted_with_its_source(changed: Facts, quoted: str) -> None:
    verdict = judge(load_platform("instagram-reels"), {**REEL, **changed}, TODAY)
    assert not verdict.ready
    assert verdict.summary.startswith("Not ready for Instagram Reels: ")
    assert quoted in verdict.summary
    assert "read on 30 Nov 2026" in verdict.summary


def test_sources_that_differ_are_both_stated() -> None:
    verdict = judge(load_platform("instagram-reels"), {**REEL, "bytes": 500_000_000}, TODAY)
    assert verdict.ready
    assert verdict.summary == "Ready for Instagram Reels (sources differ about 1 limit)"
    (remark,) = verdict.remarks
    assert remark.startswith("file size: 500 MB; sources differ: at most 300 MB (https://www.ayrshare.com/")
    assert "; at most 1.0 GB (https://help.circleboom.com/" in remark


def test_a_recommendation_is_no_limit() -> None:
    verdict = judge(load_platform("instagram-reels"), {**REEL, "aspect": 1.0, "audio_bit_rate": 256_000}, TODAY)
    assert verdict.summary == "Ready for Instagram Reels (2 recommendations not followed)"
    assert [one.partition(";")[0] for one in verdict.remarks] == ["aspect ratio: 1:1", "audio bit rate: 256 kb/s"]


def test_an_unknown_value_leaves_its_rule_open() -> None:
    facts = {measure: value for measure, value in REEL.items() if measure not in ("duration", "bytes")}
    verdict = judge(load_platform("instagram-reels"), facts, TODAY)
    assert [one.measure for one in verdict.open_rules] == ["duration", "bytes"]
    assert verdict.summary == "Ready for Instagram Reels (2 rules to be checked on the file)"


def test_a_rule_older_than_a_year_says_so() -> None:
    read = load_platform("instagram-reels").sources["circleboom"].date
    fresh = judge(load_platform("instagram-reels"), REEL, read + timedelta(days=365))
    assert not any(limit.outdated for one in fresh.findings for limit in one.limits)
    stale = judge(load_platform("instagram-reels"), {**REEL, "width": 2000}, read + timedelta(days=366))
    assert "read on 30 Nov 2026, more than a year ago)" in stale.summary
    reels = load_platform("instagram-reels")
    assert len(stale.remarks) == len({limit.source for rule in reels.rule for limit in rule.limits})
    assert all("more than a year ago: it may have changed" in one for one in stale.remarks)


def test_a_rule_covers_only_the_pictures_that_it_is_about() -> None:
    def rates(**facts: float | str) -> list[str]:
        found = judge(
            load_platform("youtube"), {"width": 3840, "height": 2160, "target_bit_rate": 50e6, **facts}, TODAY
        )  # type: ignore[arg-type]
        return [one.limits[0].text for one in found.findings if one.measure == "target_bit_rate"]

    assert rates(view="sdr", frame_rate=30.0) == ["35 Mb/s to 45 Mb/s"]
    assert rates(view="hdr", frame_rate=60.0) == ["66 Mb/s to 85 Mb/s"]
    assert rates(view="hdr", frame_rate=25.0, width=1080, height=1920) == ["10 Mb/s"]
    assert rates(view="sdr") == []


def test_a_short_has_the_rules_of_youtube_and_its_own() -> None:
    short, youtube = load_platform("youtube-shorts"), load_platform("youtube")
    (length,) = (rule.limits for rule in short.rule if rule.measure == "duration")
    assert [one.at_most for one in length] == [180]
    assert {rule.measure for rule in short.rule} == {"aspect", *(rule.measure for rule in youtube.rule)}
    wide = {"picture": True, "duration": 90.0, "aspect": 16 / 9}
    verdict = judge(short, wide, TODAY)  # type: ignore[arg-type]
    assert "aspect ratio: 16:9; at most 1:1" in verdict.summary
    assert [one.text for one in verdict.notices] == [short.notice[0].text]
    assert judge(short, {**wide, "duration": 60.0}, TODAY).notices == ()  # type: ignore[arg-type]


def test_every_recipe_for_a_platform_is_ready_for_it() -> None:
    """The recipes keep the limits of their platforms for footage that the recipes accept."""
    for name in ("youtube-4k", "youtube-4k-sdr", "youtube-hdr10", "podcast", *VERTICAL):
        recipe = load_recipe(name)
        size = recipe.picture.size_of(3840, 2160) if recipe.picture else None
        for rate in (Fraction(25), Fraction(60)):
            estimate = Estimate("a", duration=Fraction(60), size=size, rate=rate if size else None, bits=20e6)
            verdict = planned_readiness(recipe, estimate, TODAY)
            assert verdict
            assert verdict.ready, verdict.summary
            assert not verdict.open_rules


def test_a_recipe_that_breaks_a_rule_is_not_ready(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "youtube-4k"\nplatform = "tiktok"\n[container]\nedit_list = true\n')
    long = Estimate("a", duration=Fraction(700), size=(3840, 2160), rate=Fraction(30), bits=50e6)
    verdict = planned_readiness(load_recipe(str(path)), long, TODAY)
    assert verdict
    assert "length: 11:40; 3 s to 10:00" in verdict.summary
    assert "file size: 4.4 GB; at most 1.0 GB" in verdict.summary
    path.write_text('extends = "youtube-4k"\nplatform = "radio"\n')
    with pytest.raises(RequestError, match=r"platform must be apple-podcasts, .* or youtube-shorts, not .radio."):
        load_recipe(str(path))
    assert planned_readiness(load_recipe("web-av1")) is None


def test_the_recipes_of_vertical_platforms_follow_every_recommendation_and_length() -> None:
    for name in VERTICAL:
        recipe = load_recipe(name)
        assert recipe.platform
        (length,) = (rule.limits for rule in load_platform(recipe.platform).rule if rule.measure == "duration")
        assert [one.at_most for one in length] == [recipe.max_seconds]
        estimate = Estimate("a", duration=Fraction(60), size=(1080, 1920), rate=Fraction(30), bits=8.3e6)
        verdict = planned_readiness(recipe, estimate, TODAY)
        assert verdict
        assert verdict.summary == f"Ready for {load_platform(recipe.platform).title}"


RULE = 'title = "t"\n[sources.a]\nurl = "https://a.example"\ndate = 2026-11-30\n[[rule]]\nmeasure = "width"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('limits = [{ at_most = 3, source = "b" }]', "there is no [sources.b]"),
        ('limits = [{ source = "a" }]', "a limit is a range (at_least, at_most), one_of or equals"),
        ('limits = [{ at_most = 3, equals = true, source = "a" }]', "a limit is a range"),
        ("limits = []", "limits must have at least 1 value"),
        ("limits = [{ at_most = 3 }]", "source is missing"),
    ],
)
def test_a_rule_without_its_limit_or_source_is_refused(text: str, message: str) -> None:
    assert find_toml_problems(Platform, RULE + 'limits = [{ at_most = 3, source = "a" }]', name="t") == []
    (problem,) = find_toml_problems(Platform, RULE + text, name="t")
    assert message in problem.message
