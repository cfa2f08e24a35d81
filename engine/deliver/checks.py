"""Compares a finished file with its recipe."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from engine.deliver.copy_checks import check_key_frames
from engine.deliver.fidelity import Fidelity
from engine.deliver.picture_checks import check_bit_rate, check_fidelity
from engine.deliver.receipt import Check
from engine.deliver.recipe import Recipe, SoundRecipe
from engine.ingest import inspect
from engine.isobmff import has_edit_list, read_boxes, top_level_boxes
from engine.picture import (
    SAMPLE_ENTRY,
    TAGS,
    CaptionLine,
    ChunkFidelity,
    CopiedStretch,
    LightMetadata,
    MovieChapter,
    MovieInspection,
    PictureFormat,
)
from engine.sound import PASSTHROUGH_TIMESCALE, PassthroughTrack
from engine.speech import Cue


def check_movie(
    path: Path,
    movie: MovieInspection,
    recipe: Recipe,
    wanted: PictureFormat,
    sound: bool,
    fidelity: Fidelity | None,
    chunks: Sequence[ChunkFidelity],
    copies: Sequence[CopiedStretch] = (),
) -> list[Check]:
    """Compares a decoded movie with its recipe and requested format.

    `fidelity` summarizes `chunks`, and is None if every frame was copied.
    """
    ten_bit = "10" in movie.pixel_format
    checks = [
        _equal("decodes to the last frame", movie.frames, wanted.frames),
        _equal("codec", f"{movie.codec} ({movie.tag})", f"{wanted.codec} ({SAMPLE_ENTRY[wanted.codec]})"),
        _equal("bit depth", 10 if ten_bit else 8, wanted.bit_depth),
        _equal("chroma", movie.chroma, wanted.chroma),
        _equal("size", [movie.width, movie.height], [wanted.width, wanted.height]),
        _equal("frame rate", str(movie.rate), str(wanted.rate)),
        _equal("colour tags", list(movie.tags), list(TAGS[wanted.view])),
        _equal("limited range", not movie.full_range, True),
        check_key_frames(movie, wanted.gop, chunks, copies),
        _equal("starts at zero", str(movie.start), "0"),
        *_layout(path, recipe),
    ]
    if wanted.view == "pq":
        checks += _light(path, movie, wanted.light)
    if fidelity:
        checks += check_fidelity(fidelity, chunks, movie, sum(len(one.packets) for one in copies))
    if wanted.bit_rate:
        checks.append(check_bit_rate(movie, wanted.bit_rate, fidelity))
    if sound and recipe.sound:
        checks += _sound_track(movie, recipe.sound)
    return checks


def check_carried(wanted: Sequence[PassthroughTrack], found: Sequence[PassthroughTrack]) -> list[Check]:
    """Checks that each original track is in the movie: same bytes, name, codec and timing."""
    checks = [_equal("original sound tracks", len(found), len(wanted))]
    for track, got in zip(wanted, found, strict=False):
        near = Fraction(2, min(PASSTHROUGH_TIMESCALE, track.sample_rate or PASSTHROUGH_TIMESCALE))
        placed = abs(got.start - track.start) <= near and abs(got.duration - track.duration) <= near
        checks += [
            _equal(f"{track.name}: packets unchanged", [got.bytes, got.digest], [track.bytes, track.digest]),
            _equal(f"{track.name}: name and codec", [got.name, got.codec], [track.name, track.codec]),
            Check(
                name=f"{track.name}: timing",
                passed=placed,
                measured=[float(got.start), float(got.duration)],
                wanted=[float(track.start), float(track.duration)],
            ),
        ]
    return checks


def check_embedded(wanted: Sequence[CaptionLine], found: Sequence[CaptionLine]) -> list[Check]:
    """Compares the text and the times of the movie's caption track with the requested ones, to 2 ms."""
    near = Fraction(1, 500)
    placed = len(found) == len(wanted) and all(
        abs(a[0] - b[0]) <= near and abs(a[1] - b[1]) <= near for a, b in zip(wanted, found, strict=True)
    )
    return [
        _equal("embedded captions", [line[2] for line in found], [line[2] for line in wanted]),
        Check(name="embedded caption timing", passed=placed, measured=len(found), wanted=f"{len(wanted)} cues"),
    ]


def check_chapters(wanted: Sequence[MovieChapter], found: Sequence[MovieChapter]) -> list[Check]:
    """Compares the titles and the starts of the movie's chapters with the requested ones, to 2 ms."""
    near = Fraction(1, 500)
    placed = len(found) == len(wanted) and all(
        abs(a.start - b.start) <= near for a, b in zip(wanted, found, strict=True)
    )
    return [
        _equal("chapters", [one.title for one in found], [one.title for one in wanted]),
        Check(name="chapter timing", passed=placed, measured=len(found), wanted=f"{len(wanted)} chapters"),
    ]


def check_sound_file(path: Path, recipe: SoundRecipe, codec: str, duration: Fraction) -> list[Check]:
    """Checks codec, sample rate, channels and duration of a finished sound file."""
    track = next(iter(inspect(path).probe.sound), None)
    if track is None:
        return [Check(name="sound", passed=False, measured="none", wanted="a sound track")]
    length = abs(track.start + track.duration - duration) <= Fraction(1024, recipe.sample_rate)
    return [
        _equal("codec", track.codec, "pcm_s24le" if codec == "wav" else codec),
        _equal("sample rate", track.sample_rate, recipe.sample_rate),
        _equal("channels", track.channels, recipe.channels),
        Check(
            name="duration",
            passed=length,
            measured=f"{float(track.duration):.3f} s",
            wanted=f"{float(duration):.3f} s",
        ),
    ]


def check_captions(cues: Sequence[Cue], duration: Fraction) -> list[Check]:
    """Checks that cues do not overlap and lie within the deliverable. `check_no_words` covers empty captions."""
    if not cues:
        return []
    ordered = all(a.end <= b.start for a, b in pairwise(cues))
    within = all(0 <= cue.start < cue.end <= duration for cue in cues)
    return [
        Check(name="caption order", passed=ordered, measured=len(cues), wanted="no overlapping cues"),
        Check(name="caption timing", passed=within, measured=len(cues), wanted=f"within {float(duration):.3f} s"),
    ]


def _light(path: Path, movie: MovieInspection, wanted: LightMetadata | None) -> list[Check]:
    """Checks the HDR10 metadata (mastering display, MaxCLL, MaxFALL) of the bitstream and of the container."""
    boxes = next((track.extensions for track in read_boxes(path).tracks if track.handler == "vide"), {})
    said = movie.light
    carried = boxes.get("mdcv") == (wanted and wanted.mdcv) and boxes.get("clli") == (wanted and wanted.clli)
    described = wanted.title if wanted else "none, as in the footage"
    checks = [Check(name="HDR metadata, container", passed=carried, measured=sorted(boxes), wanted=described)]
    # A ProRes bitstream has no field for this metadata.
    if movie.codec != "prores":
        same = said.is_near(wanted) if said and wanted else said is wanted
        measured = said.x265 if said else "none"
        checks.append(Check(name="HDR metadata, bitstream", passed=same, measured=measured, wanted=described))
    return checks


def _equal(name: str, measured: object, wanted: object) -> Check:
    return Check(name=name, passed=measured == wanted, measured=measured, wanted=wanted)


def _layout(path: Path, recipe: Recipe) -> list[Check]:
    boxes = top_level_boxes(path)
    checks = []
    if recipe.container.faststart:
        first = boxes.index("moov") < boxes.index("mdat")
        checks.append(Check(name="faststart", passed=first, measured=boxes, wanted="moov before mdat"))
    if not recipe.container.edit_list:
        checks.append(_equal("no edit list", not has_edit_list(path), True))
    return checks


def _sound_track(movie: MovieInspection, recipe: SoundRecipe) -> list[Check]:
    sound, length = movie.sound, movie.frames / movie.rate
    if sound is None:
        return [Check(name="sound", passed=False, measured="none", wanted="a sound track")]
    return [
        _equal("sound", f"{sound.codec} {sound.profile}".strip(), "aac LC" if recipe.codec == "aac" else "pcm_s24le"),
        _equal("sample rate", sound.sample_rate, recipe.sample_rate),
        _equal("channels", sound.channels, recipe.channels),
        Check(
            name="sound duration",
            passed=abs(sound.end - length) <= 1 / movie.rate,
            measured=f"{float(sound.end):.3f} s",
            wanted=f"{float(length):.3f} s, to the frame",
        ),
    ]
