"""Compares what is known of a deliverable with the rules of a platform. The verdict quotes the rules that it used."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

from engine.catalog import FrozenModel
from engine.deliver.platforms import Facts, Limit, Measure, Platform, PlatformRule, Source, Value
from engine.time import format_short_time
from engine.units import format_bytes

_OLD = datetime.timedelta(days=365)
Outcome = Literal["met", "missed", "disputed", "unknown"]


class QuotedLimit(FrozenModel):
    """A limit of a rule in words, with its source and the date on which that was read.

    `met` is null if the value is unknown; `outdated`: the source was read more than a year ago.
    """

    text: str
    met: bool | None
    source: str
    date: datetime.date
    outdated: bool

    def __str__(self) -> str:
        """The limit with its source: at most 3:00 (https://…, read on 30 Nov 2026)."""
        return f"{self.text} ({_quoted_source(self.source, self.date, self.outdated)})"


class RuleFinding(FrozenModel):
    """A rule and a deliverable's value: `measured` in words, empty if it is unknown.

    `disputed`: sources differ, and the value is within the limits of some of them only.
    """

    measure: Measure
    required: bool
    outcome: Outcome
    measured: str
    limits: tuple[QuotedLimit, ...]

    @property
    def brief(self) -> str:
        """The finding without its sources."""
        return f"{_NAMES[self.measure]}: {self.measured}; {' or '.join(one.text for one in self.limits)}"

    def __str__(self) -> str:
        """The finding in one line: length: 3:20; at most 3:00 (https://…, read on 30 Nov 2026)."""
        differ = "sources differ: " if self.outcome == "disputed" else ""
        limits = "; ".join(map(str, self.limits))
        return f"{_NAMES[self.measure]}: {self.measured or 'not known yet'}; {differ}{limits}"


class PlatformNotice(FrozenModel):
    """What a platform states about such files, and no file shows."""

    text: str
    source: str
    date: datetime.date
    outdated: bool

    def __str__(self) -> str:
        """The notice with its source."""
        return f"{self.text} ({_quoted_source(self.source, self.date, self.outdated)})"


class PlatformVerdict(FrozenModel):
    """Whether a deliverable is ready for a platform, with all rules about it.

    `ready`: no required rule is missed. Required rules whose value is unknown are among `open_rules`.
    """

    platform: str
    title: str
    ready: bool
    findings: tuple[RuleFinding, ...]
    notices: tuple[PlatformNotice, ...] = ()

    @property
    def headline(self) -> str:
        """The verdict in one short line, without sources."""
        missed = [one.brief for one in self.findings if one.required and one.outcome == "missed"]
        return f"Ready for {self.title}" if self.ready else f"Not ready for {self.title}: {'; '.join(missed)}"

    @property
    def summary(self) -> str:
        """The verdict in one line: Ready for YouTube Shorts."""
        if not self.ready:
            missed = [one for one in self.findings if one.required and one.outcome == "missed"]
            return f"Not ready for {self.title}: {'; '.join(map(str, missed))}"
        disputed = sum(one.outcome == "disputed" for one in self.findings)
        left = [f"sources differ about {_count(disputed, 'limit')}"] if disputed else []
        if ignored := sum(not one.required and one.outcome == "missed" for one in self.findings):
            left.append(f"{_count(ignored, 'recommendation')} not followed")
        if unknown := len(self.open_rules):
            left.append(f"{_count(unknown, 'rule')} to be checked on the file")
        return f"Ready for {self.title}" + (f" ({'; '.join(left)})" if left else "")

    @property
    def remarks(self) -> list[str]:
        """What a person should know beside the summary: sources that differ, recommendations, old rules, notices."""
        said = [one for one in self.findings if one.outcome == "disputed" or self._is_advice(one)]
        limits = [limit for one in self.findings for limit in one.limits]
        quoted: list[QuotedLimit | PlatformNotice] = [*limits, *self.notices]
        old = dict.fromkeys((one.source, one.date) for one in quoted if one.outdated)
        ages = [f"{source} was read on {_day(day)}, more than a year ago: it may have changed" for source, day in old]
        return [*map(str, said), *map(str, self.notices), *ages]

    @property
    def open_rules(self) -> list[RuleFinding]:
        """The required rules whose value is unknown."""
        return [one for one in self.findings if one.required and one.outcome == "unknown"]

    def as_json(self) -> dict[str, Any]:
        """The verdict with its summary and remarks."""
        return {**self.model_dump(mode="json"), "summary": self.summary, "remarks": self.remarks}

    @staticmethod
    def _is_advice(one: RuleFinding) -> bool:
        return not one.required and one.outcome == "missed"


def _quoted_source(source: str, day: datetime.date, outdated: bool) -> str:
    return f"{source}, read on {_day(day)}" + (", more than a year ago" if outdated else "")


def _day(day: datetime.date) -> str:
    return f"{day.day} {day:%b %Y}"


def judge(platform: Platform, facts: Facts, today: datetime.date) -> PlatformVerdict:
    """Compares a deliverable's facts with the rules of a platform on a day."""
    findings = tuple(
        _finding(rule, facts, platform, today) for rule in platform.rule if rule.when is None or rule.when.covers(facts)
    )
    duration = facts.get("duration", 0)
    notices = tuple(
        PlatformNotice(text=one.text, source=source.url, date=source.date, outdated=today - source.date > _OLD)
        for one in platform.notice
        if isinstance(duration, int | float) and duration > one.longer_than
        for source in (platform.sources[one.source],)
    )
    missed = any(one.required and one.outcome == "missed" for one in findings)
    return PlatformVerdict(
        platform=platform.name, title=platform.title, ready=not missed, findings=findings, notices=notices
    )


def _finding(rule: PlatformRule, facts: Facts, platform: Platform, today: datetime.date) -> RuleFinding:
    value = facts.get(rule.measure)
    limits = tuple(_quoted(rule.measure, one, platform.sources[one.source], value, today) for one in rule.limits)
    met = [one.met for one in limits]
    outcome: Outcome = "met" if all(met) else "disputed" if any(met) else "missed"
    if value is None:
        outcome = "unknown"
    return RuleFinding(
        measure=rule.measure,
        required=rule.required,
        outcome=outcome,
        measured="" if value is None else _in_words(rule.measure, value),
        limits=limits,
    )


def _quoted(measure: Measure, limit: Limit, source: Source, value: Value | None, today: datetime.date) -> QuotedLimit:
    return QuotedLimit(
        text=_limit_in_words(measure, limit),
        met=None if value is None else limit.allows(value),
        source=source.url,
        date=source.date,
        outdated=today - source.date > _OLD,
    )


def _limit_in_words(measure: Measure, limit: Limit) -> str:
    if limit.equals is not None:
        return f"must be {_in_words(measure, limit.equals)}"
    if limit.one_of:
        *first, last = (_in_words(measure, one) for one in limit.one_of)
        return f"{', '.join(first)} or {last}" if first else last
    low, high = (None if one is None else _in_words(measure, one) for one in (limit.at_least, limit.at_most))
    if low == high:
        return str(low)
    return f"at most {high}" if low is None else f"at least {low}" if high is None else f"{low} to {high}"


def _in_words(measure: Measure, value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _CODECS.get(value, value)
    return _FORMATS[measure](value) if measure in _FORMATS else f"{value:g}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")


def _aspect(value: float) -> str:
    ratio = Fraction(value).limit_denominator(100)
    return f"{ratio.numerator}:{ratio.denominator}"


def _bits(value: float) -> str:
    return f"{value / 1e6:.3g} Mb/s" if value >= 1e6 else f"{value / 1e3:.4g} kb/s"


def _seconds(value: float) -> str:
    return f"{value:g} s" if value < 60 else format_short_time(value, 0 if value == int(value) else 1)


_CODECS = {"h264": "H.264", "hevc": "HEVC", "av1": "AV1", "aac": "AAC", "mp3": "MP3", "mp4": "MP4", "mov": "QuickTime"}
_NAMES: dict[Measure, str] = {
    "picture": "picture",
    "duration": "length",
    "bytes": "file size",
    "container": "container",
    "edit_list": "edit list",
    "faststart": "index first (fast start)",
    "video_codec": "video codec",
    "chroma": "chroma subsampling",
    "closed_gop": "closed GOP",
    "gop_seconds": "longest GOP",
    "frame_rate": "frame rate",
    "width": "width",
    "height": "height",
    "aspect": "aspect ratio",
    "target_bit_rate": "encoder's bit rate",
    "video_bit_rate": "video bit rate",
    "audio_codec": "audio codec",
    "audio_bit_rate": "audio bit rate",
    "sample_rate": "sample rate",
    "channels": "number of channels",
    "loudness": "loudness",
    "true_peak": "true peak",
    "view": "view",
    "cover_side": "cover",
}
_FORMATS: dict[Measure, Callable[[float], str]] = {
    "duration": _seconds,
    "bytes": format_bytes,
    "gop_seconds": lambda value: f"{value:.3g} s",
    "frame_rate": lambda value: f"{value:.5g} frames per second",
    "width": lambda value: f"{value:g} pixels",
    "cover_side": lambda value: f"{value:g} pixels square" if value else "not square",
    "height": lambda value: f"{value:g} pixels",
    "aspect": _aspect,
    "target_bit_rate": _bits,
    "video_bit_rate": _bits,
    "audio_bit_rate": _bits,
    "sample_rate": lambda value: f"{value / 1000:g} kHz",
    "loudness": lambda value: f"{value:.1f} LUFS".replace("-", "−"),
    "true_peak": lambda value: f"{value:.1f} dBTP".replace("-", "−"),
}
