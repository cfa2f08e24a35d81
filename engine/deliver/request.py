"""A deliverable request: footage, stretch and recipe."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from engine.catalog import Capture, Encoding
from engine.deliver.recipe import Recipe
from engine.deliver.source_seal import SourceSeal
from engine.deliver.text_fields import file_name
from engine.deliver.used_package import UsedPackage
from engine.errors import RequestError
from engine.ingest import Footage, picture_transform
from engine.speech import Cue

if TYPE_CHECKING:
    from engine.deliver.followed_take import FollowedTake
    from engine.looks import Look, TakeLook, TakeSources
    from engine.perception import TakeFaces
    from engine.picture import MovieChapter

TRANSLATION_SUFFIX = ".en"
"""Follows the label in the names of translated caption files."""


@dataclass(frozen=True, slots=True)
class CaptionSource:
    """Cues on the deliverable's clock, their ISO 639-1 language, and what follows the label in file names."""

    suffix: str
    language: str
    cues: tuple[Cue, ...]


class Programme(Protocol):
    """What is delivered, from a take or from a cut."""

    @property
    def label(self) -> str:
        """The name of the take or the cut, with its range."""

    @property
    def project(self) -> str:
        """The name of the project, empty for a plain file."""

    @property
    def file_name(self) -> str:
        """The name of the files, without their endings."""

    @property
    def recipe(self) -> Recipe:
        """The recipe."""

    @property
    def packages(self) -> tuple[UsedPackage, ...]:
        """The packages of the market that it uses."""

    @property
    def duration(self) -> Fraction:
        """The length in seconds, a whole number of frames if there is a picture."""

    @property
    def frame_size(self) -> tuple[int, int] | None:
        """The width and height of the picture in pixels, None without one."""

    @property
    def caption_frame(self) -> Fraction | None:
        """The duration in seconds of the frames by which captions are timed, None without a picture."""

    @property
    def caption_tracks(self) -> list[CaptionSource]:
        """The captions in the language of the speech, and their translation if there is one, on its clock."""

    @property
    def chapters(self) -> Sequence[MovieChapter]:
        """The chapters, in order."""

    @property
    def captures(self) -> Sequence[Capture]:
        """The capture metadata of each source."""

    def marker_at(self, label: str) -> Fraction | None:
        """The time of the first marker with a label, on its clock; None without one."""


@dataclass(frozen=True, slots=True)
class DeliverableRequest:
    """One deliverable to build. `start`, `end` and the times of `cues` are seconds on the footage's clock.

    `language` is the ISO 639-1 code of the cues; `translation` has the cues of their English translation, if any.
    `notes` are copied to the receipt. `markers` are times on the footage's clock, with their labels; `project` is the
    name of the project and `take` the label of the take without its range, both empty for a plain file. `seal` is that
    of the take's footage, `look` that of the picture, and `sources` are the masks and other sources of the take.
    `follow` is the moving crop, if the recipe has one.
    `packages` are those of the market that it uses. `faces` are those that captions avoid, if the recipe asks for it.
    """

    footage: Footage
    label: str
    recipe: Recipe
    input_transform: Encoding | None
    start: Fraction = Fraction(0)
    end: Fraction | None = None
    cues: Sequence[Cue] = ()
    language: str = "und"
    translation: Sequence[Cue] = ()
    notes: tuple[str, ...] = ()
    project: str = ""
    take: str = ""
    seal: SourceSeal | None = None
    markers: tuple[tuple[Fraction, str], ...] = ()
    look: Look | None = None
    follow: FollowedTake | None = None
    sources: TakeSources | None = None
    packages: tuple[UsedPackage, ...] = ()
    faces: TakeFaces | None = None

    @property
    def file_name(self) -> str:
        """The name of the files, without their endings: by the recipe's template, or the label."""
        return name_of_files(self)

    @property
    def scene_look(self) -> TakeLook | None:
        """The look for the footage's frames, which are numbered by its ticks."""
        from engine.looks import TakeLook, TakeMoments

        grid = self.footage.grid
        return TakeLook(self.look, grid.rate, self.sources, TakeMoments(grid)) if self.look and grid else None

    @property
    def ticks(self) -> range:
        """The delivered ticks of the footage's grid, at least one. Raises RequestError without a picture."""
        grid = self.footage.grid
        if grid is None:
            raise RequestError(
                f"{self.label} has no picture.", f"{self.recipe.name} needs a picture; podcast does not."
            )
        first = min(max(round(self.start * grid.rate), 0), len(grid.sources) - 1)
        last = len(grid.sources) if self.end is None else min(round(self.end * grid.rate), len(grid.sources))
        return range(first, max(last, first + 1))

    @property
    def has_picture(self) -> bool:
        """Whether the footage has a picture that can be shown."""
        return self.footage.probe.picture is not None and self.footage.grid is not None

    @property
    def whole(self) -> Fraction:
        """Seconds of usable footage: of the sound if the recipe has no picture, else of the file."""
        probe = self.footage.probe
        if not self.recipe.shows:
            heard = probe.chosen_sound
            if heard is not None and heard.duration:
                return heard.start + heard.duration
        return probe.duration

    @property
    def begin(self) -> Fraction:
        """The start of the deliverable in seconds on the footage's clock, aligned to a frame if there is a picture."""
        if self.recipe.shows and self.footage.grid is not None:
            return self.ticks.start / self.footage.grid.rate
        return self.start

    @property
    def duration(self) -> Fraction:
        """The duration of the deliverable in seconds, a whole number of frames if there is a picture."""
        if self.recipe.shows and self.footage.grid is not None:
            return len(self.ticks) / self.footage.grid.rate
        return min(self.whole, self.whole if self.end is None else self.end) - self.start

    @property
    def frame_size(self) -> tuple[int, int] | None:
        """The width and height of the deliverable's picture in pixels, None without one."""
        picture = self.footage.probe.picture
        if self.recipe.frames and picture:
            return picture.display_width, picture.display_height
        return self.recipe.picture.size(picture) if self.recipe.picture and picture else None

    @property
    def caption_frame(self) -> Fraction | None:
        """The duration of the footage's frames in seconds, None without a picture."""
        return 1 / self.footage.grid.rate if self.footage.grid else None

    @property
    def chapters(self) -> Sequence[MovieChapter]:
        """The chapters: a take has none."""
        return ()

    @property
    def captures(self) -> Sequence[Capture]:
        """The capture metadata of the footage."""
        return (self.footage.probe.capture,)

    def marker_at(self, label: str) -> Fraction | None:
        """The time of the first marker with a label in the stretch, on the deliverable's clock."""
        placed = (at - self.begin for at, named in sorted(self.markers) if named == label)
        return next((at for at in placed if 0 <= at < self.duration), None)

    @property
    def shifted_cues(self) -> list[Cue]:
        """The cues within the stretch, on the deliverable's clock, clipped to its whole milliseconds (as in files)."""
        return self._shifted(self.cues)

    @property
    def caption_tracks(self) -> list[CaptionSource]:
        """The captions in the language of the speech, and their translation if there is one, as `shifted_cues`."""
        translation = self._shifted(self.translation) if self.translation else None
        return caption_tracks(self.shifted_cues, self.language, translation)

    def _shifted(self, cues: Sequence[Cue]) -> list[Cue]:
        begin = self.begin
        end = begin + Fraction(math.floor(self.duration * 1000), 1000)
        return [cue.clipped(begin, end, -begin) for cue in cues if cue.start < end and cue.end > begin]


def field_values(order: Programme) -> dict[str, str]:
    """The values of all fields for a deliverable."""
    captured = next((one.time for one in order.captures if one.time), None)
    size = order.frame_size
    return {
        "project": order.project,
        "recipe": order.recipe.name,
        "take": order.label,
        "date": captured.date().isoformat() if captured else "",
        "platform": order.recipe.platform or "",
        "size": f"{size[0]}x{size[1]}" if size else "",
    }


def name_of_files(order: Programme) -> str:
    """The name of a deliverable's files without their endings: by the recipe's template, or the label."""
    template = order.recipe.files.name
    return order.label if template is None else file_name(template, field_values(order))


def caption_tracks(cues: Sequence[Cue], language: str, translation: Sequence[Cue] | None) -> list[CaptionSource]:
    """The tracks of captions on the deliverable's clock: in `language`, and in English if there is a translation."""
    spoken = CaptionSource("", language, tuple(cues))
    if translation is None:
        return [spoken]
    return [spoken, CaptionSource(TRANSLATION_SUFFIX, "en", tuple(translation))]


def stretch_label(label: str, start: Fraction, end: Fraction | None) -> str:
    """The label of the files of a stretch: of the whole footage its own, else with the times in seconds."""
    if not start and end is None:
        return label
    return f"{label} {float(start):.3f}s-{'end' if end is None else f'{float(end):.3f}s'}"


def refuse_missing_sources(order: DeliverableRequest) -> None:
    """Raises RequestError, with the command that makes it, if the look reads a mask or the like that is missing."""
    if order.look and order.recipe.shows:
        from engine.looks import require_sources

        require_sources(order.look, order.sources.names if order.sources else (), order.take or str(order.footage.path))


def refuse_impossible(order: DeliverableRequest) -> None:
    """Raises RequestError with the reason if the recipe cannot be applied to this footage.

    Raises GateError if its picture needs a decision of the user.
    """
    recipe, probe, whole = order.recipe, order.footage.probe, order.whole
    recipe.source.refuse("take", order.label, recipe.name)
    if recipe.shows and probe.picture is None:
        raise RequestError(
            f"{order.label} has no picture.", f"{recipe.name} needs a picture; podcast and captions do not."
        )
    hears = any(track.decodable for track in probe.sound)
    if not (recipe.shows or recipe.archive or hears):
        raise RequestError(f"{order.label} has no sound.", f"{recipe.name} needs sound; choose another recipe.")
    end = whole if order.end is None else order.end
    if not 0 <= order.start < min(end, whole):
        raise RequestError(
            f"{float(order.start):g} s to {float(end):g} s is not a valid stretch "
            f"of {order.label}, which is {float(whole):.2f} s long.",
            "Choose --from and --to within it, with --from before --to.",
        )
    if recipe.max_seconds and order.duration > recipe.max_seconds:
        raise RequestError(
            f"{order.label} is {float(order.duration):.1f} s long; "
            f"{recipe.name} allows at most {recipe.max_seconds} s.",
            "Choose a stretch with --from and --to.",
        )
    if recipe.picture and recipe.sound and recipe.sound.carry == "all" and probe.sound:
        from engine.sound import refuse_unsupported_tracks

        refuse_unsupported_tracks(order.footage.path, probe.sound, recipe.movie_format)
    if recipe.shows or (recipe.cover.still and order.has_picture):
        picture_transform(order.footage, order.input_transform)
