"""A request for the film of a cut: the cut, its takes and a recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from engine.catalog import Capture, Encoding
from engine.deliver.recipe import Recipe
from engine.deliver.request import CaptionSource, caption_tracks, name_of_files
from engine.deliver.source_seal import SourceSeal
from engine.deliver.used_package import UsedPackage
from engine.errors import RequestError
from engine.ingest import Footage, picture_transform
from engine.speech import Cue
from engine.timeline import NO_LOOK, SAMPLE_RATE, Clip, Cut, CutLayers, chapters_of

if TYPE_CHECKING:
    from engine.deliver.followed_take import FollowedTake
    from engine.looks import Look, TakeSources
    from engine.perception import TakeFaces
    from engine.picture import MovieChapter
    from engine.sound import Codec


@dataclass(frozen=True, slots=True)
class CutTake:
    """A take of a cut: its id, label and footage, the digest of its content, its input transform, and its seal.

    `sources` are its masks and other sources.
    """

    id: str
    label: str
    footage: Footage
    digest: str = ""
    input_transform: Encoding | None = None
    seal: SourceSeal | None = None
    sources: TakeSources | None = None

    @property
    def has_picture(self) -> bool:
        """Whether the take has a picture that can be shown."""
        picture = self.footage.probe.picture
        return picture is not None and self.footage.grid is not None

    @property
    def has_sound(self) -> bool:
        """Whether a sound track can be decoded."""
        return any(track.decodable for track in self.footage.probe.sound)


@dataclass(frozen=True, slots=True)
class CutRequest:
    """The film of a cut to build; `takes` by id. The times of `cues` are seconds of the cut.

    `language`, `translation`, `notes` and `project` are as in `DeliverableRequest`. `markers` are times of the cut,
    with their labels: those of its poster. `looks` are those of the recipe and of the clips, by name, `follows` the
    moving crops of its takes, and `faces` those that captions avoid, by the take's id; `packages` as in
    `DeliverableRequest`.
    """

    cut: Cut
    takes: Mapping[str, CutTake]
    recipe: Recipe
    cues: Sequence[Cue] = ()
    language: str = "und"
    translation: Sequence[Cue] | None = None
    notes: tuple[str, ...] = ()
    project: str = ""
    markers: tuple[tuple[Fraction, str], ...] = ()
    looks: Mapping[str, Look] = field(default_factory=dict)
    follows: Mapping[str, FollowedTake] = field(default_factory=dict)
    packages: tuple[UsedPackage, ...] = ()
    faces: Mapping[str, TakeFaces] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The name of the cut."""
        return self.cut.name

    @property
    def file_name(self) -> str:
        """The name of the files, without their endings: by the recipe's template, or that of the cut."""
        return name_of_files(self)

    @property
    def step(self) -> int:
        """One of so many ticks is shown, so that the frame rate is one that the recipe allows."""
        picture = self.recipe.picture
        if picture is None or picture.max_rate is None or picture.rate:
            return 1
        return ceil(self.cut.rate / picture.max_rate)

    @property
    def rate(self) -> Fraction:
        """Frames per second of the film."""
        exact = self.recipe.picture.rate if self.recipe.picture else None
        return exact or self.cut.rate / self.step

    @property
    def frames(self) -> int:
        """The number of frames of the film."""
        if self.recipe.picture and self.recipe.picture.rate:
            return max(1, round(self.cut.length / self.cut.rate * self.rate))
        return -(-self.cut.length // self.step)

    def tick_of(self, frame: int) -> int:
        """The tick of the cut that a frame of the film shows."""
        return min(int(frame * self.cut.rate / self.rate), self.cut.length - 1)

    @property
    def duration(self) -> Fraction:
        """The length in seconds."""
        return self.frames / self.rate if self.recipe.shows else self.cut.duration

    @property
    def frame_size(self) -> tuple[int, int] | None:
        """The width and height of the film in pixels, by the canvas of the cut; None without a picture."""
        if self.recipe.frames:
            return self.cut.width, self.cut.height
        return self.recipe.picture.size_of(self.cut.width, self.cut.height) if self.recipe.picture else None

    @property
    def caption_frame(self) -> Fraction:
        """The duration of the cut's frames in seconds."""
        return 1 / self.cut.rate

    @property
    def caption_tracks(self) -> list[CaptionSource]:
        """The captions, and their translation if there is one."""
        return caption_tracks(self.cues, self.language, self.translation)

    @property
    def chapters(self) -> list[MovieChapter]:
        """The chapters; one without a title has its number.

        Players count chapters from the start of a movie: what is before the first marker is a chapter with the name of
        the cut.
        """
        from engine.picture import MovieChapter

        chapters = [
            MovieChapter(one.tick / self.cut.rate, one.title or f"Chapter {number}")
            for number, one in enumerate(chapters_of(self.cut), 1)
        ]
        return [MovieChapter(Fraction(0), self.cut.name), *chapters] if chapters and chapters[0].start else chapters

    @property
    def captures(self) -> list[Capture]:
        """The capture metadata of each take of the cut."""
        return [self.takes[take].footage.probe.capture for take in self.cut.takes]

    def marker_at(self, label: str) -> Fraction | None:
        """The time of the first marker of the cut with a label."""
        return next((at for at, named in sorted(self.markers) if named == label), None)

    def look_of(self, clip: Clip) -> Look | None:
        """The look of a clip: its own, or else that of the recipe. Raises KeyError if `looks` does not have it."""
        name = clip.look or self.recipe.look or NO_LOOK
        return None if name == NO_LOOK or clip.take is None else self.looks[name]

    @property
    def has_sound(self) -> bool:
        """Whether a take of the cut has sound."""
        return any(self.takes[take].has_sound for take in self.cut.takes)

    def used(self, take: str) -> list[tuple[Fraction, Fraction]]:
        """The stretches of a take's clock in seconds that the film shows or plays, merged and in order."""
        layers, rate = CutLayers(self.cut), self.cut.rate
        found: list[tuple[Fraction, Fraction]] = []
        for index, (clip, span) in enumerate(zip(self.cut.clips, self.cut.sound_spans(), strict=True)):
            if clip.take != take:
                continue
            first, last = layers.shown(index)
            heard = (Fraction(span.source, SAMPLE_RATE), Fraction(span.source + span.last - span.first, SAMPLE_RATE))
            pair = [(first / rate, last / rate), heard] if span.last > span.first else [(first / rate, last / rate)]
            found += [(max(start, Fraction(0)), end) for start, end in pair if end > 0]
        merged: list[tuple[Fraction, Fraction]] = []
        for start, end in sorted(found):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged


def cut_codecs(order: CutRequest) -> tuple[Codec, ...]:
    """The codecs to master, as `required_codecs` for a take."""
    recipe = order.recipe
    if recipe.sound is None or not order.has_sound:
        return ()
    return (recipe.sound.codec,) if recipe.picture else (recipe.sound.codec, *recipe.sound.also)


def refuse_missing_cut_sources(order: CutRequest) -> None:
    """As `refuse_missing_sources`, for the looks of all clips."""
    for clip in order.cut.clips if order.recipe.shows else ():
        look = order.look_of(clip)
        if look and order.takes[clip.take or ""].has_picture:
            from engine.looks import require_sources

            take = order.takes[clip.take or ""]
            require_sources(look, take.sources.names if take.sources else (), take.label)


def refuse_impossible_cut(order: CutRequest) -> None:
    """Raises RequestError with the reason if the recipe cannot be applied to this cut.

    Raises GateError if the picture of a take needs a decision of the user.
    """
    cut, recipe = order.cut, order.recipe
    recipe.source.refuse("cut", cut.name, recipe.name)
    if not cut.clips:
        raise RequestError(f"“{cut.name}” has no clips.", "Add one: cwtui cut insert")
    missing = [take for take in cut.takes if take not in order.takes]
    if missing:
        raise RequestError(
            f"{len(missing)} of the takes of “{cut.name}” are not in the project.",
            "cwtui cut show lists the clips; remove those without a take.",
        )
    if recipe.shows and not any(order.takes[take].has_picture for take in cut.takes):
        raise RequestError(
            f"“{cut.name}” has no picture.", f"{recipe.name} needs a picture; podcast and captions do not."
        )
    if not (recipe.shows or recipe.archive or order.has_sound):
        raise RequestError(f"“{cut.name}” has no sound.", f"{recipe.name} needs sound; choose another recipe.")
    if recipe.max_seconds and order.duration > recipe.max_seconds:
        raise RequestError(
            f"“{cut.name}” is {float(order.duration):.1f} s long; {recipe.name} allows at most {recipe.max_seconds} s.",
            "Shorten the cut.",
        )
    if recipe.shows:
        for take in (order.takes[one] for one in cut.takes):
            if take.has_picture:
                picture_transform(take.footage, take.input_transform)
