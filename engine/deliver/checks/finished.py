"""A finished file with what its checks compare it with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from engine.catalog import Damage
from engine.deliver.checks.kinds import Kind
from engine.deliver.fidelity import Fidelity, summarize_fidelity
from engine.deliver.receipt import Check
from engine.deliver.recipe import Recipe
from engine.deliver.request import CaptionSource, Programme
from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.catalog import Sound
    from engine.deliver.archive_files import WrittenArchive
    from engine.deliver.checks.expected_captions import ExpectedCaption
    from engine.deliver.checks.written_frames import WrittenFrames
    from engine.deliver.signing import SignedFile
    from engine.deliver.still import PosterFrame
    from engine.isobmff import FileLayout
    from engine.picture import (
        CaptionLine,
        ChunkFidelity,
        CopiedStretch,
        FrameSignatures,
        MovieChapter,
        MovieInspection,
        PictureContent,
        PictureFormat,
        RecordedPictures,
    )
    from engine.sound import Loudness, Master, PassthroughTrack, SoundProfile, SoundTags
    from engine.speech import Cue, FileCue

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class MovieSource:
    """What a movie was made of: the requested format, the encoded chunks and the copied stretches.

    `content` is that of the source's rendered frames, `tags` the metadata to keep, `carried` the original sound tracks,
    and `captions` the tracks to embed.
    """

    format: PictureFormat
    content: PictureContent
    chunks: Sequence[ChunkFidelity] = ()
    copies: Sequence[CopiedStretch] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    carried: Sequence[PassthroughTrack] = ()
    captions: Sequence[CaptionSource] = ()

    @cached_property
    def rendered(self) -> FrameSignatures:
        """The signatures of the frames that were sent to the encoder, at their exact times."""
        import numpy as np

        from engine.picture import assembled_signatures, signatures_from

        times = np.arange(self.format.frames) / float(self.format.rate)
        return assembled_signatures(((one.first, signatures_from(one.signatures)) for one in self.chunks), times)

    @cached_property
    def recorded(self) -> RecordedPictures:
        """The copied frames around the joins, as their recordings decode."""
        from engine.picture import recorded_pictures

        return recorded_pictures(self.copies)


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A finished file at `path`, what was requested (`order`), and what is known of its source.

    What the checks measure in the file is measured once, when first needed.

    `movie_source` is set for a movie, `format` for a sound file (its codec) and for a caption file, of which `captions`
    has the requested cues. `main`: the delivery's first file, which is compared with the platform's rules and has the
    verdict on its source. `master` is the mastering
    of the sound, None without mastered sound; `source_loudness` is that of the source in the delivered stretch,
    `known_loudness` that of the file if it was measured before. `source_profile` is the profile of the mastering's
    input, `recorded_profile` that of the recorded sound if the input was cleaned, and `known_profile` that of the file
    if it was measured before. `source_tracks` is the number of the source's sound tracks. `no_words` is the verdict on
    captions without words, None if there are words. `damage` is what the source lacks, and `accepted` whether the user
    accepted it. `tags` are those of a sound file, `signed` what is known of a file before it was signed, `poster` the
    frame that a poster shows, `frames` the numbered frames that are listed at `path`, `archive` those of the folder
    `path`.
    """

    path: Path
    kind: Kind
    order: Programme
    main: bool = False
    movie_source: MovieSource | None = None
    format: str = ""
    captions: CaptionSource | None = None
    master: Master | None = None
    source_loudness: Loudness | None = None
    known_loudness: Loudness | None = None
    source_profile: SoundProfile | None = None
    recorded_profile: SoundProfile | None = None
    known_profile: SoundProfile | None = None
    source_tracks: int = 0
    no_words: Check | None = None
    damage: tuple[Damage, ...] = ()
    accepted: bool = False
    tags: SoundTags | None = None
    signed: SignedFile | None = None
    poster: PosterFrame | None = None
    frames: WrittenFrames | None = None
    archive: WrittenArchive | None = None

    def moved_to(self, path: Path) -> Finished:
        """The same for another file, which is measured anew."""
        return replace(self, path=path, known_loudness=None, known_profile=None)

    def once(self, measure: Callable[[Finished], T]) -> T:
        """The result of a measurement of the file, which several checks share: it is made once."""
        if measure not in self._measured:
            self._measured[measure] = measure(self)
        return cast("T", self._measured[measure])

    @cached_property
    def _measured(self) -> dict[Callable[[Finished], object], object]:
        return {}

    @property
    def recipe(self) -> Recipe:
        """The recipe of the delivery."""
        return self.order.recipe

    @property
    def source(self) -> MovieSource:
        """What the movie was made of."""
        assert self.movie_source
        return self.movie_source

    @cached_property
    def movie(self) -> MovieInspection:
        """The decoded movie."""
        from engine.deliver.checks.expected_captions import windows_of
        from engine.picture import insides, inspect_movie

        return inspect_movie(self.path, insides(self.source.copies), windows_of(self.expected_captions))

    @cached_property
    def expected_captions(self) -> list[ExpectedCaption]:
        """The burnt-in captions to look for in a movie."""
        from engine.deliver.checks.expected_captions import expect_captions

        return expect_captions(self.order, self.source.format.rate)

    @cached_property
    def layout(self) -> FileLayout:
        """What the movie's index declares."""
        from engine.isobmff import read_layout

        return read_layout(self.path)

    @cached_property
    def fidelity(self) -> Fidelity | None:
        """The fidelity of the encoded frames, None if every frame was copied."""
        wanted = self.source.format
        picture = self.recipe.picture
        assert picture
        chunks = self.source.chunks
        return summarize_fidelity(chunks, wanted.rate, picture.fidelity_floor) if chunks else None

    @property
    def loudness(self) -> Loudness | None:
        """The loudness of the file; None if it has no sound."""
        return self.known_loudness or (self._sound[0] if self._sound else None)

    @property
    def profile(self) -> SoundProfile | None:
        """The profile of the file's sound; None if it has none."""
        return self.known_profile or (self._sound[1] if self._sound else None)

    @cached_property
    def _sound(self) -> tuple[Loudness, SoundProfile] | None:
        from engine.sound import ProfileRecorder, measure_file

        if not (self.movie.sound if self.kind == "movie" else self.sound_track):
            return None
        recorder = ProfileRecorder(48_000)
        loudness = measure_file(self.path, profile=recorder)
        return loudness, recorder.profile()

    @cached_property
    def sound_track(self) -> Sound | None:
        """The first track of a sound file; None if there is none."""
        from engine.ingest import inspect

        return next(iter(inspect(self.path).probe.sound), None)

    @cached_property
    def carried(self) -> tuple[PassthroughTrack, ...]:
        """The original sound tracks as the movie has them; none if one of them cannot be read."""
        from engine.sound import passthrough_tracks_in

        wanted = self.source.carried
        try:
            return passthrough_tracks_in(self.path, wanted) if wanted else ()
        except EngineError:
            return ()

    @cached_property
    def caption_tracks(self) -> list[list[CaptionLine] | None]:
        """The cues of each requested caption track as the movie has them; None for a track that cannot be read."""
        return [self._captions(number) for number, _ in enumerate(self.source.captions)]

    @cached_property
    def file_cues(self) -> list[FileCue]:
        """The cues of a caption file, read back; none if it cannot be read."""
        from engine.speech import caption_format, read_caption_file

        try:
            return read_caption_file(self.path.read_bytes(), caption_format(f".{self.format}"))
        except EngineError:
            return []

    @property
    def caption_lines(self) -> list[CaptionLine]:
        """The cues of a caption file with words, without their markup."""
        return _lines(self.file_cues)

    @property
    def wanted_lines(self) -> list[CaptionLine]:
        """The requested cues of a caption file, as `caption_lines`."""
        return _lines(self.captions.cues if self.captions else ())

    @cached_property
    def found_tags(self) -> SoundTags:
        """The tags, the cover and the chapters of a sound file, read back."""
        from engine.sound import read_tags

        return read_tags(self.path)

    @cached_property
    def chapters(self) -> list[MovieChapter]:
        """The chapters of the movie."""
        from engine.picture import chapters_in

        return chapters_in(self.path)

    @property
    def seconds(self) -> Fraction:
        """The requested length in seconds."""
        return self.order.duration

    def _captions(self, number: int) -> list[CaptionLine] | None:
        from engine.picture import captions_in

        try:
            return captions_in(self.path, number)
        except EngineError:
            return None


def _lines(cues: Iterable[Cue | FileCue]) -> list[CaptionLine]:
    """The times and the words of cues that have words."""
    from engine.deliver.checks.caption_files import joined, words
    from engine.speech.captions.cue import plain

    return joined((cue.start, cue.end, text) for cue in cues if (text := words(plain(cue.text))))
