"""The exchange formats: a cut to a file with its loss report, and a file to a cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from engine.errors import EngineError, RequestError
from engine.time import Timecode
from engine.timeline.cut import Cut, TransitionKind
from engine.timeline.exchange.edl_reader import read_edl
from engine.timeline.exchange.edl_writer import write_edl
from engine.timeline.exchange.fcp7_reader import read_fcp7
from engine.timeline.exchange.fcp7_writer import write_fcp7
from engine.timeline.exchange.fcpxml_captions import FilmCaptions
from engine.timeline.exchange.fcpxml_reader import read_fcpxml
from engine.timeline.exchange.fcpxml_writer import NO_CAPTIONS, write_fcpxml
from engine.timeline.exchange.loss import Loss, losses
from engine.timeline.exchange.media_match import match_media, with_takes
from engine.timeline.exchange.moving_transitions import clips_with
from engine.timeline.exchange.timeline import ExchangeMedia, ExchangeTimeline, IssueLog, foreign_media
from engine.timeline.otio_file import FOREIGN

ExchangeFormat = Literal["fcpxml", "edl", "fcp7"]


@dataclass(frozen=True, slots=True)
class FormatDescription:
    """The title of a format and the suffix of its files."""

    title: str
    suffix: str


FORMATS: dict[ExchangeFormat, FormatDescription] = {
    "fcpxml": FormatDescription("FCPXML", ".fcpxml"),
    "edl": FormatDescription("CMX 3600 EDL", ".edl"),
    "fcp7": FormatDescription("Final Cut Pro 7 XML", ".xml"),
}


@dataclass(frozen=True, slots=True)
class Exported:
    """A file's content, and what it lost, found by reading it back."""

    data: bytes
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a file is read: the `sequence` of several, and the rate and canvas of a list that has none."""

    sequence: str | None = None
    rate: Fraction = Fraction(30)
    width: int = 1920
    height: int = 1080


def media_of_cut(cut: Cut, takes: Mapping[str, ExchangeMedia]) -> dict[str, ExchangeMedia]:
    """The media that a cut uses, by the takes of its clips and alternates; references stand for unknown media.

    Raises RequestError if a take is not among `takes` and no reference.
    """
    used = {*cut.takes, *(other.take for clip in cut.clips for other in clip.alternates)}
    out = {}
    for take in sorted(used):
        if take not in takes and not take.startswith(FOREIGN):
            raise RequestError(
                f"The cut uses the take {take}, which is not in the project.", "Replace or remove its clips."
            )
        out[take] = takes[take] if take in takes else foreign_media(take)
    return out


def export_cut(
    cut: Cut,
    takes: Mapping[str, ExchangeMedia],
    form: ExchangeFormat,
    version: str = "1.10",
    start: Timecode | None = None,
    captions: FilmCaptions = NO_CAPTIONS,
) -> Exported:
    """The cut as a file. `version` and `captions` are those of FCPXML; `start` is the timecode of the first tick.

    Raises RequestError if the cut is empty or the version unknown.
    """
    if not cut.clips:
        raise RequestError(f"“{cut.name}” is empty.", "Add a clip first: cwtui cut insert")
    media = media_of_cut(cut, takes)
    if form != "fcpxml":
        media = {key: replace(one, name=one.file_name) for key, one in media.items()}
    writers: dict[ExchangeFormat, Callable[[], bytes]] = {
        "fcpxml": lambda: write_fcpxml(cut, media, version, start, captions),
        "edl": lambda: write_edl(cut, media, start),
        "fcp7": lambda: write_fcp7(cut, media, start),
    }
    data = writers[form]()
    timeline = read_timeline(data, form, ReadOptions(rate=cut.rate, width=cut.width, height=cut.height))
    returned = with_takes(timeline, match_media(timeline, list(media.values())), IssueLog())
    found = losses(cut, returned)
    replaced: dict[ExchangeFormat, tuple[TransitionKind, ...]] = {"fcpxml": ("wipe", "push"), "edl": ("push",)}
    if dissolved := clips_with(cut, *replaced.get(form, ())):
        found = (*found, Loss("moving transition", dissolved))
    if form == "fcpxml" and timeline.captions != captions.captions:
        found = (*found, Loss("captions"))
    return Exported(data, found)


def read_timeline(data: bytes, form: ExchangeFormat, options: ReadOptions) -> ExchangeTimeline:
    """The cut in a file, of the file's own media. Raises RequestError if the file is not of this format."""
    readers: dict[ExchangeFormat, Callable[[], ExchangeTimeline]] = {
        "fcpxml": lambda: read_fcpxml(data, options.sequence),
        "edl": lambda: read_edl(data, options.rate, options.width, options.height),
        "fcp7": lambda: read_fcp7(data, options.sequence),
    }
    return readers[form]()


def exchange_format(path: Path) -> ExchangeFormat | Literal["otio"] | None:
    """The format of a file by its name, None if the name does not say it."""
    suffixes: dict[str, ExchangeFormat | Literal["otio"]] = {one.suffix: name for name, one in FORMATS.items()}
    return (suffixes | {".fcpxmld": "fcpxml", ".otio": "otio"}).get(path.suffix.lower())


def read_exchange_file(path: Path, limit: int) -> bytes:
    """The bytes of a file, or of the document in Final Cut's bundle (.fcpxmld). Raises EngineError."""
    file = path / "Info.fcpxml" if path.is_dir() else path
    try:
        if file.stat().st_size > limit:
            raise RequestError(f"{file} has {file.stat().st_size:,} bytes, more than the limit of {limit:,}.")
        return file.read_bytes()
    except FileNotFoundError as error:
        raise RequestError(f"There is no file {file}.", "Check the path.") from error
    except OSError as error:
        raise EngineError(f"{file} cannot be read: {error.strerror}.", "Check the file.") from error


def media_choices(assignments: Sequence[str]) -> dict[str, str]:
    """The takes that a user chose for media, from NAME=TAKE. Raises RequestError."""
    out = {}
    for one in assignments:
        name, equals, take = one.rpartition("=")
        if not equals or not name or not take:
            raise RequestError(f"“{one}” is no assignment.", "Write the media's name and a take: --media C003.mov=12")
        out[name] = take
    return out
