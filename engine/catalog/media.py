"""What a probe finds in a file: its picture, its sounds, its other tracks, how it was captured."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError, WithJsonSchema

from engine.color_encoding import Encoding as Encoding
from engine.track_choice import preference


def _fraction(value: Any) -> Fraction:
    if isinstance(value, list | tuple):
        numerator, denominator = value
        return Fraction(int(numerator), int(denominator))
    return Fraction(value)


Exact = Annotated[
    Fraction,
    BeforeValidator(_fraction),
    PlainSerializer(lambda f: [f.numerator, f.denominator], return_type=list[int]),
    WithJsonSchema({"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}),
]
"""A fraction in code, an exact `[numerator, denominator]` pair in JSON."""


class FrozenModel(BaseModel):
    """The shape of everything that crosses a border: immutable, nothing unknown let in."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True)


def problems(error: ValueError) -> str:
    """What is wrong with a file's content, key by key, in one line: pydantic's findings without its advertisements."""
    found = error.errors() if isinstance(error, ValidationError) else []
    listed = ("".join((".".join(map(str, one["loc"])), ": " * bool(one["loc"]), one["msg"])) for one in found)
    return "; ".join(listed) or str(error)


class DolbyVision(FrozenModel):
    """The Dolby Vision configuration record (dvcC/dvvC box)."""

    profile: int
    level: int
    compatibility: int

    @property
    def name(self) -> str:
        """As the trade calls it: profile 5, 7, 8.1, 8.4."""
        sub = self.compatibility if self.profile in (8, 9, 10) else 0
        return f"profile {self.profile}.{sub}" if sub else f"profile {self.profile}"

    @property
    def base(self) -> str:
        """What a player without Dolby Vision shows."""
        if self.profile == 7:
            return "HDR10 base layer"
        bases = {1: "HDR10 base layer", 2: "SDR base layer", 4: "HLG base layer", 6: "HDR10 base layer"}
        return bases.get(self.compatibility, "no base layer")


class HdrMetadata(FrozenModel):
    """HDR10's static metadata as the file has it: SMPTE ST 2086's mastering display and CTA-861.3's light levels.

    Primaries and white are CIE 1931 x, y; `black`, `peak`, `max_cll` and `max_fall` cd/m². None where it is silent.
    """

    red: tuple[Exact, Exact] | None = None
    green: tuple[Exact, Exact] | None = None
    blue: tuple[Exact, Exact] | None = None
    white: tuple[Exact, Exact] | None = None
    black: Exact | None = None
    peak: Exact | None = None
    max_cll: int | None = None
    max_fall: int | None = None


class Unsupported(FrozenModel):
    """Why a picture cannot be shown or delivered, as the rest of a sentence about the file, and what to do."""

    reason: str
    advice: str


class Picture(FrozenModel):
    """A file's picture track.

    `width` × `height` are the stored pixels (clean aperture applied), each `pixel_aspect` times as wide as it is
    high; `display_*` are upright and square pixels. To stand upright the picture is turned `rotation` degrees
    counter-clockwise (−90 is a quarter turn clockwise), then mirrored left to right where `mirrored`.
    `primaries`, `transfer`, `matrix` are ITU-T H.273 code points, 2 where the file is silent.
    `enabled` and `default` are the file's own flags of the track.
    Of interlaced footage `field_order` says which field comes first in time, `flagged_frames` whether its frames say
    so themselves or only the file does, and `deinterlacer` by which filter it is read, one frame for each.
    `unsupported` says why nothing can be made of it, None where it can.
    Where `input_transform` is None, `question` says why the director decides how it is read; `encoding` is None
    where the file does not make it known.
    `hdr_metadata` is the file's own. `views` is 2 where the bitstream holds a second eye (MV-HEVC), of which the
    first is the picture; `alpha` whether there is opacity beside the colours.
    """

    index: int
    codec: str
    pixel_format: str
    width: int
    height: int
    display_width: int
    display_height: int
    rotation: int = 0
    mirrored: bool = False
    frame_rate: Exact
    variable_frame_rate: bool = False
    frames: int
    encoding: Encoding | None
    input_transform: Encoding | None
    suggested_input_transform: Encoding | None = None
    primaries: int = 2
    transfer: int = 2
    matrix: int = 2
    full_range: bool = False
    dolby_vision: DolbyVision | None = None
    pixel_aspect: Exact = Fraction(1)
    field_order: Literal["progressive", "top", "bottom"] = "progressive"
    flagged_frames: bool = True
    deinterlacer: Literal["bwdif"] | None = None
    unsupported: Unsupported | None = None
    question: str = ""
    hdr_metadata: HdrMetadata | None = None
    views: int = 1
    alpha: bool = False

    @property
    def encoding_name(self) -> str:
        """The encoding in a word."""
        return str(self.encoding or "unknown")

    enabled: bool = True
    default: bool = True


class OtherPicture(FrozenModel):
    """A video track that is not the take's picture: kept in the original, in no deliverable.

    `kind`: "cover" is an attached image, "thumbnails" a track of them, "picture" another recording.
    """

    index: int
    kind: Literal["picture", "cover", "thumbnails"]
    codec: str
    width: int
    height: int
    enabled: bool = True
    default: bool = True


class Sound(FrozenModel):
    """One sound track; `index` is its stream's place in the file, `enabled` and `default` are the file's own flags."""

    index: int
    codec: str
    channels: int
    layout: str
    sample_rate: int
    decodable: bool
    start: Exact = Fraction(0)
    duration: Exact = Fraction(0)
    enabled: bool = True
    default: bool = True


class DataTrack(FrozenModel):
    """A track that is neither picture nor sound, kept as it is."""

    index: int
    codec: str
    handler: str = ""


class Capture(FrozenModel):
    """What the camera wrote about the recording. `location` is ISO 6709 as the camera wrote it.

    `time_reference` is in seconds from midnight to the first sample, as sound recorders count them.
    """

    make: str | None = None
    model: str | None = None
    software: str | None = None
    time: datetime | None = None
    location: str | None = None
    timecode: str | None = None
    time_reference: Exact | None = None


class Damage(FrozenModel):
    """A part of a recording that its file promises and does not give.

    `missing`: the bytes or frames are not in the file. `undecodable`: they are there and do not decode, or decode
    with errors. `changed`: the file is not the one that a checksum which came with it was made of. `frozen` and
    `silent`: the decoder repeats a picture, or gives silence, from an error on.
    `track` is the stream's place in the file, None where all tracks are concerned. `start` and `end` are seconds on
    the take's clock, None where they are not known. `count` is the number of frames (picture) or samples (sound), 0
    where nobody counted. `detail` is one sentence for the director.
    """

    kind: Literal["missing", "undecodable", "changed", "frozen", "silent"]
    media: Literal["file", "picture", "sound"]
    track: int | None = None
    start: Exact | None = None
    end: Exact | None = None
    count: int = 0
    detail: str


class Probe(FrozenModel):
    """Everything known about a file from looking at it.

    `damage` is what the file's own index promises and its bytes do not hold, found without decoding.
    """

    picture: Picture | None
    sound: tuple[Sound, ...] = ()
    data: tuple[DataTrack, ...] = ()
    capture: Capture = Capture()
    duration: Exact
    original: bool
    notes: tuple[str, ...] = ()
    damage: tuple[Damage, ...] = ()
    other_pictures: tuple[OtherPicture, ...] = ()

    @property
    def chosen_sound(self) -> Sound | None:
        """The sound track that is heard where nobody names one, None where none decodes."""
        return next(iter(preference(track for track in self.sound if track.decodable)), None)
