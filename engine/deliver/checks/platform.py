"""Whether finished files are ready for the platform of their recipe, by what they are found to be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import isfinite

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.cover import cover_side
from engine.deliver.platform_facts import audio_bit_rate, chroma, picture_facts
from engine.deliver.platform_verdict import PlatformVerdict, judge
from engine.deliver.platforms import Facts, Measure, Value, load_platform
from engine.deliver.receipt import Check


@check(
    "platform",
    "Platform limits",
    remedy="Read the rule in the receipt; deliver another stretch or with another recipe of the platform.",
    applies_to=("movie", "sound"),
)
def platform(finished: Finished) -> Iterator[Check]:
    """The file is within every limit of the recipe's platform, as `presets/platforms` quotes it. A file that is not
    ready gives a warning: it can be used elsewhere.
    """
    if finished.main and (verdict := platform_verdict(finished)):
        yield Check(
            name="platform",
            passed=verdict.ready,
            warning=not verdict.ready,
            measured=verdict.summary,
            wanted=f"every limit of {verdict.title}",
        )


def platform_verdict(finished: Finished, today: date | None = None) -> PlatformVerdict | None:
    """The verdict on a movie or sound file by its platform's rules; None if the recipe names no platform."""
    if finished.recipe.platform is None or finished.kind not in ("movie", "sound"):
        return None
    facts = _movie_facts(finished) if finished.kind == "movie" else _sound_facts(finished)
    return judge(load_platform(finished.recipe.platform), facts, today or date.today())


def _movie_facts(finished: Finished) -> Facts:
    """What a finished movie shows."""
    from engine.isobmff import has_edit_list

    path, recipe, movie = finished.path, finished.recipe, finished.movie
    boxes = finished.layout.boxes
    seconds = movie.frames / movie.rate
    facts: dict[Measure, Value] = {
        "picture": True,
        "duration": float(seconds),
        "bytes": path.stat().st_size,
        "container": recipe.movie_format,
        "edit_list": has_edit_list(path),
        "faststart": boxes.index("moov") < boxes.index("mdat"),
        "video_codec": movie.codec,
        "chroma": chroma(movie.chroma),
        "closed_gop": movie.closed,
        "gop_seconds": float(movie.longest_gop / movie.rate),
        "video_bit_rate": float(movie.bits / seconds),
        **picture_facts(recipe, (movie.width, movie.height), movie.rate),
        **_levels(finished),
    }
    if movie.sound:
        facts |= {
            "audio_codec": movie.sound.codec,
            "sample_rate": movie.sound.sample_rate,
            "channels": movie.sound.channels,
            **audio_bit_rate(recipe),
        }
    return facts


def _sound_facts(finished: Finished) -> Facts:
    """What a finished sound file shows."""
    facts: dict[Measure, Value] = {
        "picture": False,
        "bytes": finished.path.stat().st_size,
        "container": finished.path.suffix.removeprefix("."),
        **_levels(finished),
    }
    if finished.format != "wav" and (cover := finished.found_tags.cover):
        facts["cover_side"] = cover_side(cover) or 0
    if track := finished.sound_track:
        facts |= {
            "duration": float(track.duration),
            "audio_codec": track.codec,
            "sample_rate": track.sample_rate,
            "channels": track.channels,
            **audio_bit_rate(finished.recipe),
        }
    return facts


def _levels(finished: Finished) -> dict[Measure, Value]:
    """The measured levels in LUFS and dBTP, as the receipt rounds them; none for silence."""
    if not finished.source_loudness or not (loudness := finished.loudness):
        return {}
    levels: dict[Measure, float] = {"loudness": loudness.integrated_lufs, "true_peak": loudness.true_peak_dbtp}
    return {name: round(level, 2) for name, level in levels.items() if isfinite(level)}
