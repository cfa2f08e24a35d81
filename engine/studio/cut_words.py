"""The words of a project's cuts: the automatic cut, edits by words, suggestions and chapters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from engine.catalog import Project, Take, refuse_observation
from engine.errors import RequestError
from engine.timeline import (
    SAMPLE_RATE,
    Assembly,
    Cut,
    FileLevels,
    LevelsOf,
    Media,
    ShotTake,
    SoundColumns,
    TakeWords,
    assemble,
    column_levels,
    sound_columns,
    take_words,
)

if TYPE_CHECKING:
    from engine.studio.studio import Studio
    from engine.timeline import Span

SCRIPT_NAME = "script.txt"


class ProjectWords:
    """The words, levels and script of one project, each read when it is first used."""

    def __init__(self, studio: Studio, project: Project) -> None:
        self._studio, self._project = studio, project
        self._words: dict[str, TakeWords] = {}
        self._columns: dict[str, SoundColumns] = {}

    @cached_property
    def takes(self) -> dict[str, Take]:
        """The project's takes by id, in shooting order."""
        return {take.id: take for take in self._studio.takes(self._project)}

    def spoken(self, cut: Cut) -> dict[str, TakeWords]:
        """The words of the takes of a cut. Raises RequestError if none has a transcript."""
        found = {one: words for one in cut.takes if one in self.takes and (words := self.words_of(self.takes[one]))}
        if not found:
            raise RequestError(f"No take of “{cut.name}” has a transcript.", "Make them: cwtui transcribe TAKE")
        return found

    def words_of(self, take: Take) -> TakeWords | None:
        """A take's words; None without a transcript."""
        if take.id not in self._words and (transcript := self._studio.transcript_of(take)):
            self._words[take.id] = take_words(take.id, transcript)
        return self._words.get(take.id)

    @cached_property
    def levels(self) -> FileLevels:
        """The levels of the takes' files, for edges between words."""
        folder = self._studio.folder
        return FileLevels({take.id: folder / take.path for take in self.takes.values() if take.probe.chosen_sound})

    @property
    def coarse_levels(self) -> LevelsOf:
        """The measured levels of the takes: quicker than their files, but not fine enough for edges."""
        return self.coarse_levels_of(self.takes)

    def coarse_levels_of(self, takes: Iterable[str]) -> LevelsOf:
        """The measured levels of some takes, by id. Those without levels have none."""
        known = [one for one in takes if one in self.takes]
        return column_levels({one: columns for one in known if (columns := self._columns_of(self.takes[one]))})

    @property
    def script(self) -> str:
        """The text of the project's script.txt; empty without one. Raises RequestError if it cannot be read."""
        path = self._studio.folder / self._project.folder / SCRIPT_NAME
        try:
            return path.read_text(encoding="utf-8-sig") if path.is_file() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise RequestError(f"{path} cannot be read: {error}.", "Save it as UTF-8 text, or move it away.") from error

    def assemble(
        self,
        name: str,
        takes: Sequence[Take] | None = None,
        rate: Fraction | None = None,
        canvas: tuple[int, int] | None = None,
    ) -> Assembly:
        """The automatic cut of takes, or of all takes of the project. It is not stored yet.

        Raises RequestError if no take can be used.
        """
        chosen = [take for take in self.takes.values() if take.probe.observation is None] if takes is None else [*takes]
        for take in chosen:
            refuse_observation(take.label, take.probe.observation)
        return assemble(name, list(self._shots(chosen)), self.script, rate=rate, canvas=canvas, levels=self.levels)

    def _shots(self, takes: Sequence[Take]) -> Iterable[ShotTake]:
        from engine.tasks import finished_faces
        from engine.timeline import media_of

        reviews = self._studio.catalog.reviews.all(self._project.id)
        conditions = self._studio.conditions(takes)
        for take in takes:
            review, media = reviews.get(take.id), media_of(take)
            kept = review.spans(take.probe.duration) if review and review.ranges else ()
            damage = [(one.start, one.end) for one in conditions[take.id].damage]
            yield ShotTake(
                media,
                self.words_of(take),
                verdict=review.verdict if review else None,
                retake_of=review.retake_of if review else None,
                session=take.session,
                kept=tuple(_span(span, media) for span in kept),
                sound=self._columns_of(take),
                damage=tuple(_span(span, media) for span in damage),
                faces=finished_faces(self._studio.tasks.context, take),
            )

    def _columns_of(self, take: Take) -> SoundColumns | None:
        from engine.sound import read_levels
        from engine.tasks import levels_path

        path = levels_path(self._studio.paths, take)
        if take.id not in self._columns and path.is_file():
            self._columns[take.id] = sound_columns(read_levels(path))
        return self._columns.get(take.id)


def _span(span: tuple[Fraction | None, Fraction | None], media: Media) -> Span:
    start, end = span
    return int((start or 0) * SAMPLE_RATE), int((media.duration if end is None else end) * SAMPLE_RATE)
