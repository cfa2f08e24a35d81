"""The models of a probe: picture, sound and other tracks, capture metadata, damage."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from engine.catalog.frozen_model import FrozenModel as FrozenModel
from engine.catalog.observations import ObservationRecord
from engine.color_encoding import Encoding as Encoding
from engine.time import rational
from engine.track_choice import preference


def _fraction(value: Any) -> Fraction:
    try:
        if isinstance(value, list | tuple):
            numerator, denominator = value
            return Fraction(int(numerator), int(denominator))
        return Fraction(value)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise ValueError("must be a fraction, [numerator, denominator]") from error


Exact = Annotated[
    Fraction,
    BeforeValidator(_fraction),
    PlainSerializer(rational, return_type=list[int]),
    WithJsonSchema({"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}),
]
"""A fraction in code, an exact `[numerator, denominator]` pair in JSON."""


class DolbyVision(FrozenModel):
    """The Dolby Vision configuration record (dvcC/dvvC box)."""

    profile: int
    level: int
    compatibility: int

    @property
    def name(self) -> str:
        """The common name of the profile: profile 5, 7, 8.1, 8.4."""
        sub = self.compatibility if self.profile in (8, 9, 10) else 0
        return f"profile {self.profile}.{sub}" if sub else f"profile {self.profile}"

    @property
    def base(self) -> str:
        """The base layer that a player without Dolby Vision shows."""
        if self.profile == 7:
            return "HDR10 base layer"
        bases = {1: "HDR10 base layer", 2: "SDR base layer", 4: "HLG base layer", 6: "HDR10 base layer"}
        return bases.get(self.compatibility, "no base layer")


class HdrMetadata(FrozenModel):
    """HDR10 static metadata of a file: mastering display (SMPTE ST 2086) and light levels (CTA-861.3).

    Primaries and white are CIE 1931 (x, y); `black`, `peak`, `max_cll` and `max_fall` are in cd/m². None if absent.
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
    """The reason why a picture cannot be shown or delivered, as a predicate to the file's name, and what to do."""

    reason: str
    advice: str


class Picture(FrozenModel):
    """A file's picture track.

    `width` × `height` are the stored pixels (clean aperture applied), each `pixel_aspect` times as wide as high;
    `display_*` is the upright size in square pixels. To display the picture, it is rotated by `rotation` degrees
    counter-clockwise (−90 is a quarter turn clockwise), then mirrored left to right if `mirrored`.
    `primaries`, `transfer`, `matrix` are ITU-T H.273 code points, 2 if unspecified.
    `enabled` and `default` are the file's flags of the track.
    For interlaced footage, `field_order` is the first field in time, `flagged_frames` tells whether the frames or
    only the file's metadata declare it, and `deinterlacer` is the filter, which keeps the frame rate.
    `unsupported` is the reason why the picture cannot be used, or None.
    If `input_transform` is None, `question` is the reason why the user has to choose it. `encoding` is None if it
    is unknown.
    `hdr_metadata` is the file's. `views` is 2 for a stereo bitstream (MV-HEVC), whose first view is the picture.
    `alpha` is true if there is an alpha channel.
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
        """The encoding's name, or "unknown"."""
        return str(self.encoding or "unknown")

    enabled: bool = True
    default: bool = True


class OtherPicture(FrozenModel):
    """A video track that is not the take's picture. It stays in the original only.

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
    """One sound track; `index` is its stream's index, `enabled` and `default` are the file's flags.

    `start` and `duration` are in seconds on the take's clock.
    """

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


_DISPARITY = "dish"


class DataTrack(FrozenModel):
    """A track that is neither picture nor sound."""

    index: int
    codec: str
    handler: str = ""


class Capture(FrozenModel):
    """Capture metadata from the camera or recorder. `location` is in ISO 6709, as written in the file.

    `time_reference` is the time from midnight to the first sample, in seconds, from sound recorders.
    """

    make: str | None = None
    model: str | None = None
    software: str | None = None
    time: datetime | None = None
    location: str | None = None
    timecode: str | None = None
    time_reference: Exact | None = None


class Damage(FrozenModel):
    """A damaged or missing part of a recording.

    `missing`: the bytes or frames are not in the file. `undecodable`: they do not decode, or only with errors.
    `changed`: the file does not match its checksum from the card. `frozen` and `silent`: after an error the decoder
    repeats a picture or returns silence.
    `track` is the stream's index, None for all tracks. `start` and `end` are seconds on the take's clock, None if
    unknown. `count` is the number of frames (picture) or samples (sound), 0 if unknown. `detail` is one sentence for
    the user.
    """

    kind: Literal["missing", "undecodable", "changed", "frozen", "silent"]
    media: Literal["file", "picture", "sound"]
    track: int | None = None
    start: Exact | None = None
    end: Exact | None = None
    count: int = 0
    detail: str


class Probe(FrozenModel):
    """The result of probing a file.

    `damage` is the data that the file's index declares but the file lacks, found without decoding.
    `copy_reason` says why a file that is not `original` counts as an edited or exported copy. `observation` is that of
    a telescope's file, which has neither picture nor sound.
    """

    picture: Picture | None
    sound: tuple[Sound, ...] = ()
    data: tuple[DataTrack, ...] = ()
    capture: Capture = Capture()
    duration: Exact
    original: bool
    copy_reason: str = ""
    notes: tuple[str, ...] = ()
    damage: tuple[Damage, ...] = ()
    other_pictures: tuple[OtherPicture, ...] = ()
    observation: ObservationRecord | None = None

    @property
    def chosen_sound(self) -> Sound | None:
        """The default sound track, or None if none decodes."""
        return next(iter(preference(track for track in self.sound if track.decodable)), None)

    @property
    def depth_track(self) -> DataTrack | None:
        """The disparity track of a phone's Cinematic mode, or None."""
        return next((track for track in self.data if track.codec == _DISPARITY), None)
