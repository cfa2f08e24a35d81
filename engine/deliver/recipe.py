"""Recipes (TOML) describe a deliverable: its picture, sound, captions and container."""

from __future__ import annotations

from typing import Annotated, Literal, Self

import xxhash
from pydantic import AfterValidator, Field, model_validator

from engine.deliver.archive_recipe import ArchiveRecipe
from engine.deliver.caption_recipe import CaptionsRecipe, RecipeTable
from engine.deliver.files_recipe import FilesRecipe
from engine.deliver.frames_recipe import FramesRecipe
from engine.deliver.picture_recipe import PictureRecipe
from engine.deliver.platforms import platform_names
from engine.deliver.source_recipe import SourceRecipe
from engine.deliver.tags_recipe import CoverRecipe, TagsRecipe
from engine.errors import RequestError
from engine.picture import Rendering
from engine.speech import NETFLIX, Highlight, Style
from engine.validation import matching


def _known_preset(name: str) -> str:
    from engine.sound import preset_names

    names = preset_names()
    if name not in names and not name.endswith(".toml"):
        raise ValueError(f"must be {', '.join(names[:-1])} or {names[-1]}, or a .toml file")
    return name


class SoundRecipe(RecipeTable):
    """The sound of a deliverable: one gain moves it towards `lufs` and keeps the true peak at or below its ceiling."""

    codec: Literal["aac", "wav", "mp3"] = Field(
        description="aac; wav: 24-bit PCM, with a picture only in QuickTime; or mp3, without a picture only."
    )
    also: tuple[Literal["aac", "wav", "mp3"], ...] = Field(
        (), description="Further sound files, without a picture only."
    )
    bit_rate: int = Field(256_000, ge=32_000, le=512_000, description="Bits per second of AAC and MP3.")
    sample_rate: Literal[44_100, 48_000] = Field(48_000, description="Samples per second.")
    channels: Literal[2] = Field(2, description="The number of channels: stereo.")
    lufs: float = Field(ge=-40, le=-5, description="The loudness to reach, in LUFS.")
    true_peak_dbtp: float = Field(ge=-20, le=0, description="The highest true peak, in dBTP.")
    tolerance_lu: float = Field(0.1, gt=0, le=3, description="How far the loudness may be from lufs, in LU.")
    limiter_db: float = Field(
        0.0, ge=0, le=12, description="The most that the limiter may reduce a peak, in dB; 0: no limiter."
    )
    limiter_share: float = Field(0.05, ge=0, le=1, description="The share of the time in which the limiter may work.")
    dialog: Annotated[str, AfterValidator(_known_preset)] | None = Field(
        None, description="The sound preset that cleans the dialog first."
    )
    carry: Literal["none", "all"] = Field(
        "none", description="all: the movie also has every original sound track, unchanged."
    )

    @model_validator(mode="after")
    def _writes_each_format_once(self) -> Self:
        if len({self.codec, *self.also}) < 1 + len(self.also):
            raise ValueError("also repeats a format; remove it")
        return self


class ContainerRecipe(RecipeTable):
    """The file layout of a movie."""

    format: Literal["mp4", "mov"] | None = Field(None, description="MP4 or QuickTime. Default: mov for ProRes.")
    edit_list: bool = Field(True, description="Whether edit lists say where the tracks begin.")
    faststart: bool = Field(True, description="Write the index first, so that a player can start while it loads.")


def _known_platform(name: str) -> str:
    names = platform_names()
    if name not in names:
        raise ValueError(f"must be {', '.join(names[:-1])} or {names[-1]}")
    return name


class MetadataRecipe(RecipeTable):
    """What a movie says about its recording. Everything is removed unless it is kept."""

    keep: tuple[Literal["location", "device", "date"], ...] = Field(
        (), description="What the movie keeps of the footage: its location, the camera, the date of recording."
    )
    credits: tuple[Literal["file", "movie"], ...] = Field(
        (),
        exclude_if=lambda places: not places,
        description="Where the credits of packages stand that ask for them: in a text file, in the movie's tags.",
    )


class PosterRecipe(RecipeTable):
    """`[poster]`: a still of the movie beside it, by default the sharpest of a few frames, and a contact sheet."""

    at: float | None = Field(None, ge=0, description="Seconds of the movie.")
    marker: str | None = Field(None, min_length=1, description="The label of a marker of the take or of the cut.")
    format: Literal["jpeg", "png"] = Field("jpeg", description="The format of the picture.")
    sheet: bool = Field(False, description="Whether there is a contact sheet, too.")

    @model_validator(mode="after")
    def _has_one_time(self) -> Self:
        if self.at is not None and self.marker is not None:
            raise ValueError("a poster is at a time or at a marker; remove one")
        return self


class CredentialsRecipe(RecipeTable):
    """Content Credentials (C2PA): a signed statement in the movie or in the sound files."""

    sign: bool = Field(False, description="Whether the finished files are signed with the creator's key.")


class Recipe(RecipeTable):
    """A kind of deliverable."""

    name: str
    title: str = Field(description="A title for people.")
    platform: Annotated[str, AfterValidator(_known_platform)] | None = Field(
        None, description="The platform whose rules the deliverable is compared with."
    )
    source: SourceRecipe = Field(SourceRecipe(), description="What the recipe delivers: takes, cuts or both.")
    picture: PictureRecipe | None = Field(None, description="The picture; without it, there are sound and text files.")
    frames: FramesRecipe | None = Field(None, description="Numbered OpenEXR frames instead of a movie.")
    archive: ArchiveRecipe | None = Field(None, description="An archive of the originals instead of any other file.")
    sound: SoundRecipe | None = Field(None, description="The sound; without it, the deliverable is silent or text.")
    captions: CaptionsRecipe | None = Field(None, description="The captions, as files and in the movie.")
    files: FilesRecipe = Field(FilesRecipe(), description="The names of the files, and what happens if a check fails.")
    container: ContainerRecipe = Field(ContainerRecipe(), description="The layout of the movie's file.")
    metadata: MetadataRecipe = Field(MetadataRecipe(), description="What is kept of the footage's metadata.")
    poster: PosterRecipe | None = Field(None, description="A still of the movie as a file.")
    tags: TagsRecipe | None = Field(None, description="What players show of sound files. Not for movies.")
    cover: CoverRecipe = Field(CoverRecipe(), description="The picture in sound files. Not for movies.")
    credentials: CredentialsRecipe = Field(CredentialsRecipe(), description="The signature of the files.")
    approval: Annotated[str, matching(r"[a-z0-9][a-z0-9-]*", "lower-case letters, digits and hyphens")] | None = Field(
        None, description="The name of the review that a deliverable needs before it counts as delivered."
    )
    max_seconds: int | None = Field(None, gt=0, description="Longer footage is refused; choose a stretch of it.")

    @property
    def shows(self) -> bool:
        """Whether the deliverable has a picture: a movie or frames."""
        return self.picture is not None or self.frames is not None

    @property
    def follows(self) -> bool:
        """Whether the crop of the picture follows people."""
        return self.picture is not None and self.picture.follows

    @property
    def look(self) -> str | None:
        """The name of the look of a movie or of frames."""
        shown = self.picture or self.frames
        return shown.look if shown else None

    @property
    def movie_format(self) -> Literal["mp4", "mov"]:
        """The container of a movie."""
        if self.container.format:
            return self.container.format
        return "mov" if self.picture is not None and self.picture.codec == "prores" else "mp4"

    @model_validator(mode="after")
    def _goes_into_its_container(self) -> Self:
        if not (self.shows or self.archive or self.sound or self.captions):
            raise ValueError("the recipe makes no file; add picture, frames, sound, captions or archive")
        if self.picture is not None and self.frames is not None:
            raise ValueError("a recipe writes a movie or frames; remove picture or frames")
        if self.archive is not None and (self.shows or self.sound is not None or self.captions is not None):
            raise ValueError("an archive has no other files; remove picture, frames, sound and captions")
        if self.archive is not None and self.files.on_fail != "keep":
            raise ValueError("an archive is kept; remove files.on_fail")
        if self.sound is not None and self.sound.carry == "all":
            if self.picture is None:
                raise ValueError("original sound needs a movie, and this recipe has no picture; remove carry")
            if not self.container.edit_list:
                raise ValueError("original sound needs an edit list; remove container.edit_list")
        if self.captions is not None and self.captions.embed and self.picture is None:
            raise ValueError("embedded captions need a movie, and this recipe has no picture; remove captions.embed")
        if self.captions is not None and self.captions.translate and not (self.captions.formats or self.captions.embed):
            raise ValueError("translated captions are files or a track; set captions.formats or captions.embed")
        if self.captions is not None and not (self.captions.formats or self.captions.embed or self.burns_captions):
            raise ValueError("the captions have no output; set captions.formats, captions.embed or picture.burn_in")
        if self.picture is not None and self.sound is not None and self.sound.also:
            raise ValueError("further sound files need a recipe without a picture; remove sound.also")
        if self.picture is not None and self.sound is not None and self.sound.codec == "mp3":
            raise ValueError("a movie cannot contain MP3 sound; use aac")
        if self.credentials.sign and self.picture is None and self.sound is None:
            raise ValueError("only movies and sound files can be signed; remove credentials.sign")
        if self.poster and self.picture is None:
            raise ValueError("a poster is a still of a movie, and this recipe has no picture; remove poster")
        if (self.tags or self.cover.wanted) and (self.picture is not None or self.sound is None):
            raise ValueError("tags and a cover are those of sound files; remove tags and cover")
        if self.metadata.keep and self.picture is None:
            raise ValueError("kept metadata needs a movie, and this recipe has no picture; remove metadata.keep")
        if self.metadata.keep and self.sound is not None and self.sound.carry == "all":
            raise ValueError("original sound leaves no room for kept metadata; remove metadata.keep or sound.carry")
        if self.picture is None or self.movie_format == "mov":
            return self
        if self.picture.codec == "prores":
            raise ValueError("ProRes needs QuickTime; remove container.format or set it to mov")
        if self.sound is not None and self.sound.codec == "wav":
            raise ValueError('MP4 cannot contain PCM sound; use aac or container.format = "mov"')
        return self

    @property
    def needs_words(self) -> bool:
        """Whether the footage must be transcribed first."""
        return self.captions is not None or self.burns_captions

    @property
    def burns_captions(self) -> bool:
        """Whether captions are burnt into the picture."""
        return self.picture is not None and "captions" in self.picture.burn_in

    @property
    def avoids_faces(self) -> bool:
        """Whether burnt-in captions move away from faces."""
        return self.picture is not None and self.burns_captions and self.picture.captions.avoid_faces

    @property
    def embeds_captions(self) -> bool:
        """Whether the movie has a caption track."""
        return self.captions is not None and self.captions.embed

    @property
    def translates(self) -> bool:
        """Whether captions in English are added."""
        return self.captions is not None and self.captions.translate

    @property
    def highlight(self) -> Highlight:
        """The words of captions that are coloured while they are spoken."""
        return self.captions.highlight if self.captions is not None else "none"

    @property
    def caption_style(self) -> Style:
        """The rules by which captions are composed."""
        return self.captions.style() if self.captions is not None else NETFLIX

    @property
    def labels_speakers(self) -> bool:
        """Whether captions name their speakers."""
        return self.captions is not None and self.captions.speakers

    @property
    def digest(self) -> str:
        """Hash of the values that shape the files, independent of comments and formatting in the recipe's file."""
        # What a recipe accepts changes no file: a delivery stays valid when it changes.
        return xxhash.xxh3_128_hexdigest(self.model_dump_json(exclude={"source"}).encode())

    def in_sdr(self) -> Recipe:
        """The same recipe in SDR BT.709. Raises RequestError if it has no picture, or bit rates but none for SDR."""
        if self.picture is None:
            raise RequestError(f"{self.name} has no picture.", "Remove --sdr.")
        if self.picture.bit_rate and "sdr" not in self.picture.bit_rate:
            raise RequestError(f"{self.name} has no SDR bit rates.", "Add [picture.bit_rate.sdr] to the recipe.")
        return self.model_copy(
            update={"name": f"{self.name}-sdr", "picture": self.picture.model_copy(update={"view": "sdr"})}
        )

    def with_look(self, look: str) -> Recipe:
        """The same recipe with the look of this name. Raises RequestError if it has no picture."""
        if self.picture is None:
            raise RequestError(f"{self.name} has no picture.", "Remove --look.")
        return self.model_copy(update={"picture": self.picture.model_copy(update={"look": look})})

    def signed(self) -> Recipe:
        """The same recipe with a signature. Raises RequestError if it makes neither a movie nor sound files."""
        if self.picture is None and self.sound is None:
            raise RequestError(
                f"{self.name} makes neither a movie nor sound files: nothing else can be signed.",
                "Remove --sign, or choose a recipe with a movie or with sound.",
            )
        return self.model_copy(update={"credentials": CredentialsRecipe(sign=True)})

    def with_rendering(self, rendering: Rendering) -> Recipe:
        """The same recipe with another rendering, and its name; itself if it has this one already.

        Raises RequestError if it has no picture.
        """
        if self.picture is None:
            raise RequestError(f"{self.name} has no picture.", "Remove --rendering.")
        if self.picture.rendering == rendering:
            return self
        return self.model_copy(
            update={
                "name": f"{self.name}-{rendering}",
                "picture": self.picture.model_copy(update={"rendering": rendering}),
            }
        )
