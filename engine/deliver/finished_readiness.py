"""Whether finished files are ready for the platform of their recipe, by what they are found to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.deliver.cover import cover_side
from engine.deliver.outputs import Outputs
from engine.deliver.platform_facts import audio_bit_rate, chroma, picture_facts
from engine.deliver.platform_verdict import PlatformVerdict, judge
from engine.deliver.platforms import Facts, Measure, Value, load_platform
from engine.deliver.receipt import Check
from engine.deliver.recipe import Recipe
from engine.ingest import inspect
from engine.isobmff import has_edit_list, top_level_boxes
from engine.sound import read_tags

if TYPE_CHECKING:
    from engine.picture import MovieInspection

_LEVELS: Mapping[str, Measure] = {"loudness": "loudness", "true peak": "true_peak"}


def check_readiness(recipe: Recipe, made: Outputs, today: date | None = None) -> PlatformVerdict | None:
    """The verdict on the finished files, and a check of it; None if the recipe names no platform or only captions.

    A file that is not ready gives a warning: it can be used elsewhere, and the rules are not Cleanwater's.
    """
    found = next((path for path, role in made.files if role in ("movie", "sound")), None)
    if recipe.platform is None or found is None:
        return None
    if made.movie:
        facts = _movie_facts(recipe, found, made.movie, made.checks)
    else:
        facts = _sound_facts(recipe, found, made.checks)
    verdict = judge(load_platform(recipe.platform), facts, today or date.today())
    made.check(found, [_check(verdict)])
    return verdict


def _check(verdict: PlatformVerdict) -> Check:
    return Check(
        name="platform",
        passed=verdict.ready,
        warning=not verdict.ready,
        measured=verdict.summary,
        wanted=f"every limit of {verdict.title}",
    )


def _movie_facts(recipe: Recipe, path: Path, movie: MovieInspection, checks: Iterable[Check]) -> Facts:
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
        "chroma": chroma(movie.chroma),
        "closed_gop": movie.closed,
        "gop_seconds": float(movie.longest_gop / movie.rate),
        "video_bit_rate": float(movie.bits / seconds),
        **picture_facts(recipe, (movie.width, movie.height), movie.rate),
        **_levels(path, checks),
    }
    if movie.sound:
        facts |= {
            "audio_codec": movie.sound.codec,
            "sample_rate": movie.sound.sample_rate,
            "channels": movie.sound.channels,
            **audio_bit_rate(recipe),
        }
    return facts


def _sound_facts(recipe: Recipe, path: Path, checks: Iterable[Check]) -> Facts:
    """What a finished sound file shows; levels are those of its `checks`."""
    facts: dict[Measure, Value] = {
        "picture": False,
        "bytes": path.stat().st_size,
        "container": path.suffix.removeprefix("."),
        **_levels(path, checks),
    }
    if path.suffix != ".wav" and (cover := read_tags(path).cover):
        facts["cover_side"] = cover_side(cover) or 0
    if track := next(iter(inspect(path).probe.sound), None):
        facts |= {
            "duration": float(track.duration),
            "audio_codec": track.codec,
            "sample_rate": track.sample_rate,
            "channels": track.channels,
            **audio_bit_rate(recipe),
        }
    return facts


def _levels(path: Path, checks: Iterable[Check]) -> dict[Measure, Value]:
    """The measured levels of a file by its checks; none for silence."""
    found: dict[Measure, Value] = {}
    for check in checks:
        measured: Any = check.measured
        if check.file == path.name and check.name in _LEVELS and isinstance(measured, float):
            found[_LEVELS[check.name]] = measured
    return found
