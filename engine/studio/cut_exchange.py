"""Cuts of a project as files of other programs: export with a loss report, import, comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.catalog import Project
from engine.errors import RequestError
from engine.studio.cuts import ProjectCuts
from engine.studio.shot_pictures import ShotPictures
from engine.time import Timecode
from engine.timeline import Cut, common_format, cut_name, read_otio, write_otio
from engine.timeline.exchange import (
    FORMATS,
    CutDiff,
    ExchangeFormat,
    ExchangeMedia,
    Exported,
    FilmCaptions,
    Issue,
    IssueLog,
    MediaMatch,
    ReadOptions,
    caption_file,
    diff_cuts,
    exchange_format,
    export_cut,
    film_captions,
    losses,
    match_media,
    media_choices,
    media_of_cut,
    read_exchange_file,
    read_timeline,
    require_complete,
    shot_list_html,
    shot_list_markdown,
    shots,
    take_media,
    with_takes,
)

if TYPE_CHECKING:
    from engine.speech import Transcript
    from engine.studio.studio import Studio

FileFormat = Literal["otio", "fcpxml", "edl", "fcp7"]
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a file is imported.

    `name` is that of the new cut (default: the file's), `sequence` the project of several in the file, `rate` that of
    an EDL (default: the commonest of the takes), `media` assignments NAME=TAKE. With `partial`, parts that cannot be
    imported are named and left out; without, they are an error.
    """

    name: str | None = None
    sequence: str | None = None
    rate: Fraction | None = None
    media: tuple[str, ...] = ()
    partial: bool = False


@dataclass(frozen=True, slots=True)
class ImportedCut:
    """A cut that was read from a file and is not stored yet, what it lacks, and the takes of the file's media."""

    cut: Cut
    issues: tuple[Issue, ...]
    matches: tuple[MediaMatch, ...] = ()


@dataclass(frozen=True, slots=True)
class CutExchange:
    """Exchanges the cuts of a project with other programs."""

    studio: Studio
    project: Project
    cuts: ProjectCuts

    def media(self) -> dict[str, ExchangeMedia]:
        """The project's takes as media, by id."""
        takes = self.studio.takes(self.project)
        return {take.id: take_media(take, self.studio.folder / take.path) for take in takes}

    def export(
        self,
        name: str,
        form: FileFormat,
        version: str = "1.10",
        start: str | None = None,
        *,
        captions: bool = True,
    ) -> Exported:
        """A cut as a file, and what it lost, found by reading the file back.

        `version` is that of FCPXML, which has the captions of the cut with `captions`; `start` is the timecode of the
        first frame. Raises RequestError.
        """
        cut = self.cuts.read(name)
        code = Timecode.parse(start, cut.rate) if start else None
        if start and code is None:
            raise RequestError(f"“{start}” is no timecode.", "Use HH:MM:SS:FF, or HH:MM:SS;FF for drop-frame.")
        if form == "otio":
            media = media_of_cut(cut, self.media())
            files = self.cuts.store.files()
            absolute = {take: replace(file, url=media[take].url) for take, file in files.items() if take in media}
            data = write_otio(cut, absolute)
            return Exported(data, losses(cut, read_otio(data, cut.name, self.cuts.media.values()).cut))
        said = film_captions(cut, self._transcripts(cut)) if captions and form == "fcpxml" else FilmCaptions()
        return export_cut(cut, self.media(), form, version, code, said)

    def captions(self, name: str, form: Literal["srt", "vtt"]) -> bytes:
        """The captions of a cut. Raises RequestError if none of its takes has words."""
        cut = self.cuts.read(name)
        return caption_file(cut, self._transcripts(cut), form)

    def _transcripts(self, cut: Cut) -> dict[str, Transcript]:
        """The transcripts of the takes of a cut, by id."""
        takes = [take for take in self.studio.takes(self.project) if take.id in cut.takes]
        return {take.id: said for take in takes if (said := self.studio.transcript_of(take)) is not None}

    def shot_list(self, name: str, form: Literal["html", "md"]) -> bytes:
        """A printable list of the clips; the page has pictures of their first frames, where they can be read."""
        cut = self.cuts.read(name)
        media, words = media_of_cut(cut, self.media()), self.words(cut.rate)
        if form == "md":
            return shot_list_markdown(cut, shots(cut, media, words))
        with ShotPictures(self.studio, self.project, rate=cut.rate) as pictures:
            return shot_list_html(cut, shots(cut, media, words, pictures.url))

    def read_file(self, path: Path, options: ImportOptions = ImportOptions()) -> ImportedCut:
        """The cut in a file of another program. Raises EngineError if it cannot be read, RequestError if it is partial.

        Media is matched with the takes by id, path, file name and timecode.
        """
        form = exchange_format(path)
        if form is None:
            known = ", ".join((".otio", *(one.suffix for one in FORMATS.values())))
            raise RequestError(f"{path.name} is no file of a cut.", f"Files of cuts: {known}.")
        name = cut_name(options.name) if options.name else None
        data = read_exchange_file(path, _LARGEST)
        log = IssueLog()
        if form == "otio":
            read = read_otio(data, name or cut_name(path.stem), self.cuts.media.values())
            for loss in read.losses:
                log.note(loss.rstrip("."))
            for unknown in read.unknown:
                log.problem(f"“{unknown}” is not in the project")
            return self._checked(path, ImportedCut(read.cut, tuple(log.issues)), options)
        return self._checked(path, self._read_exchange(path, data, form, name, options, log), options)

    def diff(self, before: str, after: str) -> tuple[CutDiff, tuple[Issue, ...]]:
        """The changes between two cuts or files, by their names or paths, and what their files have besides.

        A name with the suffix of an exchange format is a file, unless a cut has it.
        """
        issues: list[Issue] = []
        cuts = []
        for one in (before, after):
            if one not in self.cuts.names() and exchange_format(Path(one)) is not None:
                read = self.read_file(Path(one), ImportOptions(name="compared", partial=True))
                issues += read.issues
                cuts.append(read.cut)
            else:
                cuts.append(self.cuts.read(self.cuts.name(one)))
        return diff_cuts(cuts[0], cuts[1], self.words(cuts[0].rate)), tuple(issues)

    def words(self, rate: Fraction) -> Callable[[str, int, int], str]:
        """A function for the words of a take between two ticks of `rate`; empty without a transcript."""
        from engine.speech import running_text

        takes = {take.id: take for take in self.studio.takes(self.project)}

        def words(take: str, start: int, end: int) -> str:
            transcript = self.studio.transcript_of(takes[take]) if take in takes else None
            if transcript is None:
                return ""
            first, last = start / rate, end / rate
            return running_text(
                [word for word in transcript.words if first <= (word.start + word.end) / 2 < last]
            ).strip()

        return words

    def _read_exchange(
        self, path: Path, data: bytes, form: ExchangeFormat, name: str | None, options: ImportOptions, log: IssueLog
    ) -> ImportedCut:
        rate, width, height = common_format(self.cuts.media.values())
        timeline = read_timeline(data, form, ReadOptions(options.sequence, options.rate or rate, width, height))
        choices = self._choices(options.media, timeline.media)
        matches = match_media(timeline, list(self.media().values()), choices)
        cut = with_takes(timeline, matches, log)
        cut = replace(cut, name=name or _stored_name(cut.name, path))
        return ImportedCut(cut, tuple(dict.fromkeys((*timeline.issues, *log.issues))), matches)

    def _choices(self, assignments: tuple[str, ...], media: Mapping[str, ExchangeMedia]) -> dict[str, str]:
        """The ids of the takes that the user assigned to media. Raises RequestError for unknown media or takes."""
        choices = media_choices(assignments)
        names = {name for one in media.values() for name in (one.key, one.name, one.file_name)}
        for name in choices:
            if name not in names:
                shown = ", ".join(sorted({one.file_name for one in media.values()}))
                raise RequestError(f"The file has no media “{name}”.", f"It has: {shown}.")
        return {name: self.studio.take(take, self.project).id for name, take in choices.items()}

    @staticmethod
    def _checked(path: Path, read: ImportedCut, options: ImportOptions) -> ImportedCut:
        if not options.partial:
            require_complete(path.name, read.issues)
        return read


def _stored_name(name: str, path: Path) -> str:
    """The name in the file if a cut can have it, otherwise the file's."""
    try:
        return cut_name(name)
    except RequestError:
        return cut_name(path.stem)
