"""The content of an exchange file: a cut of the file's own media."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from engine.catalog import Take
from engine.errors import RequestError
from engine.time import Timecode
from engine.timeline.cut import Cut
from engine.timeline.media import Media, media_of
from engine.timeline.otio_file import FOREIGN


@dataclass(frozen=True, slots=True)
class ExchangeMedia:
    """A recording as an exchange file describes it.

    `key` stands in `Clip.take`: the file's own id, or the take's id. `origin` is the source time of the first frame
    in seconds (timecode), None if the file does not say it; `duration` is in seconds. `location` is a path or a URL.
    `take` is the take's id, if the file has it. `channels` is 0 without sound.
    """

    key: str
    name: str
    location: str = ""
    take: str = ""
    reel: str = ""
    origin: Fraction | None = Fraction(0)
    drop: bool = False
    duration: Fraction | None = None
    rate: Fraction | None = None
    width: int = 0
    height: int = 0
    channels: int = 0
    sample_rate: int = 48_000

    @property
    def file_name(self) -> str:
        """The last part of the location without URL quoting, or the name."""
        return PurePosixPath(file_path(self.location).replace("\\", "/")).name or self.name

    @property
    def url(self) -> str:
        """The location as a file URL; unchanged if it is a URL already."""
        if not self.location or "://" in self.location:
            return self.location
        path = Path(self.location)
        return path.as_uri() if path.is_absolute() else self.location


def take_media(take: Take, path: Path) -> ExchangeMedia:
    """A take as media; `path` is its file."""
    facts: Media = media_of(take)
    sound = take.probe.chosen_sound
    origin = Fraction(0)
    if facts.timecode is not None:
        origin = facts.timecode.first / facts.timecode.rate
    elif facts.frame_rate is None and take.probe.capture.time_reference is not None:
        origin = take.probe.capture.time_reference
    return ExchangeMedia(
        key=take.id,
        name=take.label,
        location=str(path),
        take=take.id,
        origin=origin,
        drop=facts.timecode is not None and facts.timecode.drop,
        duration=facts.duration,
        rate=facts.frame_rate,
        width=facts.width,
        height=facts.height,
        channels=sound.channels if sound else 0,
        sample_rate=sound.sample_rate if sound else 48_000,
    )


def source_timecode(one: ExchangeMedia, rate: Fraction) -> Timecode:
    """The timecode of a recording in frames of a cut: the same time of day."""
    return Timecode(rate, round((one.origin or Fraction(0)) * rate), one.drop and round(rate) % 30 == 0)


def foreign_media(take: str) -> ExchangeMedia:
    """Media that is none of the project's takes, from the reference that a clip has instead of a take's id."""
    location = take.removeprefix(FOREIGN)
    name = PurePosixPath(file_path(location)).name or location
    return ExchangeMedia(key=take, name=name, location=location, channels=2)


@dataclass(frozen=True, slots=True)
class Issue:
    """A part of a file that the cut cannot have as it is. `blocking`: the import needs consent to leave it out."""

    message: str
    blocking: bool = False


@dataclass(frozen=True, slots=True)
class CutCaption:
    """A caption of one or two lines, from the tick `start` to the tick `end` of a cut."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class ExchangeTimeline:
    """A cut as read from a file: `Clip.take` is a key of `media`.

    If `by_timecode` is set, `Clip.start` counts the ticks from midnight, in the timecode of the media; otherwise from
    the media's first frame. `start` is the timecode of the cut's first tick. `captions` are those of its clips.
    """

    cut: Cut
    media: Mapping[str, ExchangeMedia]
    start: Timecode
    issues: tuple[Issue, ...] = ()
    by_timecode: bool = False
    captions: tuple[CutCaption, ...] = ()


@dataclass(slots=True)
class IssueLog:
    """Collects issues; equal ones once, in their order."""

    issues: dict[Issue, None] = field(default_factory=dict)

    def note(self, message: str) -> None:
        """Adds content that the cut does not have."""
        self.issues.setdefault(Issue(message))

    def problem(self, message: str) -> None:
        """Adds an error that blocks the import unless the user accepts a partial one."""
        self.issues.setdefault(Issue(message, blocking=True))


def file_path(location: str) -> str:
    """The path of a file URL; other locations unchanged."""
    return unquote(urlsplit(location).path) if location.startswith("file:") else location


def require_complete(name: str, issues: Iterable[Issue]) -> None:
    """Raises RequestError with the blocking issues, if there are any."""
    problems = [issue.message for issue in issues if issue.blocking]
    if problems:
        shown = "\n".join(f"  {problem}" for problem in problems[:20])
        rest = f"\n  and {len(problems) - 20} more" if len(problems) > 20 else ""
        raise RequestError(
            f"{name} cannot be imported completely:\n{shown}{rest}",
            "Import the rest with --partial: what cannot be used stays named, at its place and with its length.",
        )
