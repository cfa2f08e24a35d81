"""What is known of a deliverable for a platform's rules before it is built, from its recipe and estimate."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from engine.deliver.platforms import Facts, Measure, Value
from engine.deliver.recipe import Recipe

if TYPE_CHECKING:
    from engine.deliver.estimate import Estimate


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
            "chroma": chroma(picture.chroma),
            "closed_gop": True,
            "gop_seconds": picture.gop_seconds,
        }
        size = picture.exact_size
        size, rate = (estimate.size or size, estimate.rate) if estimate else (size, None)
        facts |= picture_facts(recipe, size, rate)
        if "target_bit_rate" in facts:
            facts["video_bit_rate"] = facts["target_bit_rate"]
    elif recipe.sound:
        facts["container"] = "m4a" if recipe.sound.codec == "aac" else recipe.sound.codec
    if recipe.sound:
        facts |= {
            "audio_codec": "pcm_s24le" if recipe.sound.codec == "wav" else recipe.sound.codec,
            "sample_rate": recipe.sound.sample_rate,
            "channels": recipe.sound.channels,
            "loudness": recipe.sound.lufs,
            "true_peak": recipe.sound.true_peak_dbtp,
            **audio_bit_rate(recipe),
        }
        if estimate and estimate.lufs is not None:
            facts["loudness"] = estimate.lufs
    return facts


def picture_facts(recipe: Recipe, size: tuple[int, int] | None, rate: Fraction | None) -> dict[Measure, Value]:
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


def audio_bit_rate(recipe: Recipe) -> dict[Measure, Value]:
    """The encoder's setting: the average of a file depends on what is heard."""
    return {"audio_bit_rate": recipe.sound.bit_rate} if recipe.sound and recipe.sound.codec != "wav" else {}


def chroma(subsampling: str) -> str:
    """Chroma subsampling as platforms write it: 4:2:0."""
    return ":".join(subsampling)
