"""What is known of a deliverable for a platform's rules: from its recipe and estimate, or from the finished file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.deliver.estimate import Estimate
from engine.deliver.ownership import SOUND_SUFFIXES
from engine.deliver.platforms import Facts, Measure, Value
from engine.deliver.receipt import Check
from engine.deliver.recipe import Recipe
from engine.ingest import inspect
from engine.isobmff import has_edit_list, top_level_boxes

if TYPE_CHECKING:
    from engine.picture import MovieInspection

_LEVELS: Mapping[str, Measure] = {"loudness": "loudness", "true peak": "true_peak"}


def planned_facts(recipe: Recipe, estimate: Estimate | None = None) -> Facts:
    """What a recipe determines, and with an estimate what it does to that take."""
    facts: dict[Measure, Value] = {"picture": recipe.picture is not None}
    if estimate and not estimate.refused:
        facts["duration"] = float(estimate.duration)
        if estimate.bytes:
            facts["bytes"] = estimate.bytes
    if recipe.picture:
        picture = recipe.picture
        facts |= {
            "container": recipe.movie_format,
            "edit_list": recipe.container.edit_list,
            "faststart": recipe.container.faststart,
            "video_codec": picture.codec,
            "chroma": _chroma(picture.chroma),
            "closed_gop": True,
            "gop_seconds": picture.gop_seconds,
        }
        size = (picture.short_edge, picture.long_edge) if picture.fit == "fill-upright" else None
        size, rate = (estimate.size or size, estimate.rate) if estimate else (size, None)
        facts |= _picture_facts(recipe, size, rate)
        if "target_bit_rate" in facts:
            facts["video_bit_rate"] = facts["target_bit_rate"]
    elif recipe.sound:
        facts["container"] = SOUND_SUFFIXES[recipe.sound.codec].removeprefix(".")
    if recipe.sound:
        facts |= {
            "audio_codec": "pcm_s24le" if recipe.sound.codec == "wav" else recipe.sound.codec,
            "sample_rate": recipe.sound.sample_rate,
            "channels": recipe.sound.channels,
            "loudness": recipe.sound.lufs,
            "true_peak": recipe.sound.true_peak_dbtp,
            **_audio_bit_rate(recipe),
        }
        if estimate and estimate.lufs is not None:
            facts["loudness"] = estimate.lufs
    return facts


def movie_facts(recipe: Recipe, path: Path, movie: MovieInspection, checks: Iterable[Check]) -> Facts:
    """What a finished movie shows; levels are those of its `checks`."""
    boxes = top_level_boxes(path)
    seconds = movie.frames / movie.rate
    facts: dict[Measure, Value] = {
        "picture": True,
        "duration": float(seconds),
        "bytes": path.stat().st_size,
        "container": path.suffix.removeprefix("."),
        "edit_list": has_edit_list(path),
        "faststart": boxes.index("moov") < boxes.index("mdat"),
        "video_codec": movie.codec,
        "chroma": _chroma(movie.chroma),
        "closed_gop": movie.closed,
        "gop_seconds": float(movie.longest_gop / movie.rate),
        "video_bit_rate": float(movie.bits / seconds),
        **_picture_facts(recipe, (movie.width, movie.height), movie.rate),
        **_levels(path, checks),
    }
    if movie.sound:
        facts |= {
            "audio_codec": movie.sound.codec,
            "sample_rate": movie.sound.sample_rate,
            "channels": movie.sound.channels,
            **_audio_bit_rate(recipe),
        }
    return facts


def sound_facts(recipe: Recipe, path: Path, checks: Iterable[Check]) -> Facts:
    """What a finished sound file shows; levels are those of its `checks`."""
    facts: dict[Measure, Value] = {
        "picture": False,
        "bytes": path.stat().st_size,
        "container": path.suffix.removeprefix("."),
        **_levels(path, checks),
    }
    if track := next(iter(inspect(path).probe.sound), None):
        facts |= {
            "duration": float(track.duration),
            "audio_codec": track.codec,
            "sample_rate": track.sample_rate,
            "channels": track.channels,
            **_audio_bit_rate(recipe),
        }
    return facts


def _picture_facts(recipe: Recipe, size: tuple[int, int] | None, rate: Fraction | None) -> dict[Measure, Value]:
    """The size, rate and view of a picture, and the bit rate that the recipe sets for it."""
    assert recipe.picture
    facts: dict[Measure, Value] = {"view": "sdr" if recipe.picture.view == "sdr" else "hdr"}
    if size:
        width, height = size
        facts |= {"width": width, "height": height, "aspect": width / height}
        if rate and (bits := recipe.picture.bits_per_second(width, height, rate)):
            facts["target_bit_rate"] = bits
    if rate:
        facts["frame_rate"] = float(rate)
    return facts


def _audio_bit_rate(recipe: Recipe) -> dict[Measure, Value]:
    """The encoder's setting: the average of a file depends on what is heard."""
    return {"audio_bit_rate": recipe.sound.bit_rate} if recipe.sound and recipe.sound.codec != "wav" else {}


def _levels(path: Path, checks: Iterable[Check]) -> dict[Measure, Value]:
    """The measured levels of a file by its checks; none for silence."""
    found: dict[Measure, Value] = {}
    for check in checks:
        measured: Any = check.measured
        if check.file == path.name and check.name in _LEVELS and isinstance(measured, float):
            found[_LEVELS[check.name]] = measured
    return found


def _chroma(subsampling: str) -> str:
    return ":".join(subsampling)
