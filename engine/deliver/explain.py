"""Says in plain sentences what a recipe does, in general or to a take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING, Literal

from engine.deliver.archive_recipe import ArchiveRecipe
from engine.deliver.frames_recipe import FramesRecipe
from engine.deliver.ownership import FRAMES_SUFFIX
from engine.deliver.picture_recipe import PictureRecipe
from engine.deliver.recipe import Recipe, SoundRecipe
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.deliver.estimate import Estimate

About = Literal["inherits", "picture", "sound", "captions", "files", "limits"]
_VIEWS = {"sdr": "SDR (BT.709)", "hlg": "HDR (HLG, BT.2020)", "pq": "HDR10 (PQ, BT.2020)"}
_CODECS = {
    "hevc": "HEVC",
    "h264": "H.264",
    "av1": "AV1",
    "prores": "ProRes 422 HQ",
    "aac": "AAC",
    "mp3": "MP3",
    "wav": "24-bit PCM",
}
_ON_FAIL = {
    "aside": "the files are moved to the folder failed",
    "delete": "the files are deleted",
    "stop": "the files are kept and the takes that follow are not delivered",
}
_SWITCHES = {
    "auto": "cuts to the next person, or pans if one crop has both heads",
    "cut": "cuts to the next person",
    "pan": "pans to the next person",
}
_BURNT = {"name": "the take's name", "timecode": "its timecode", "captions": "its captions", "watermark": "a watermark"}


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence about one part of a recipe."""

    about: About
    text: str


def explain_recipe(recipe: Recipe, extends: Sequence[str] = (), estimate: Estimate | None = None) -> list[Statement]:
    """What a recipe does; with the `estimate` of a take, what it does to that take.

    `extends` are the names of the recipes that it inherits from, the nearest first.
    """
    said: list[Statement] = []
    if extends:
        chain = "".join(f", which extends {name}" for name in extends[1:])
        said.append(Statement("inherits", f"It extends {extends[0]}{chain}."))
    if recipe.picture:
        said += [Statement("picture", text) for text in _picture(recipe.picture, estimate)]
    if recipe.frames:
        said += [Statement("picture", text) for text in _frames(recipe.frames, estimate)]
    if recipe.sound:
        said += [Statement("sound", text) for text in _sound(recipe, recipe.sound, estimate)]
    if recipe.captions:
        said += [Statement("captions", text) for text in _captions(recipe)]
    if recipe.archive:
        said += [Statement("files", text) for text in _archive(recipe.archive, estimate)]
    else:
        said += [Statement("files", text) for text in _files(recipe, estimate)]
    if recipe.files.name:
        said.append(Statement("files", f"The files have the name {recipe.files.name}."))
    if recipe.files.on_fail != "keep":
        said.append(Statement("files", f"If a check fails, {_ON_FAIL[recipe.files.on_fail]}."))
    if recipe.source.accepts != "any":
        said.append(Statement("limits", f"It delivers {recipe.source.accepts}s only."))
    if recipe.max_seconds:
        said.append(Statement("limits", f"Footage longer than {recipe.max_seconds} s is refused."))
    return said


def _picture(recipe: PictureRecipe, estimate: Estimate | None) -> Iterator[str]:
    yield f"The picture is {_CODECS[recipe.codec]} with {recipe.bit_depth} bits a sample, in {_VIEWS[recipe.view]}."
    yield (
        "The light of the footage's own display is kept."
        if recipe.rendering == "as-shot"
        else "The ACES 2.0 view is applied."
    )
    if recipe.look:
        yield f"It has the look {recipe.look}; clips of a cut may have another one."
    if estimate and estimate.size:
        width, height = estimate.size
        how = "cropped" if recipe.crops else "scaled as a whole"
        yield f"It is {width}×{height} pixels, {how}, at {_rate(estimate.rate)} frames per second."
    elif recipe.exact_size:
        width, height = recipe.exact_size
        yield f"It is {'cropped to' if recipe.crops else 'scaled as a whole into'} {width}×{height} pixels."
    else:
        yield f"It keeps its shape within {recipe.long_edge}×{recipe.short_edge} pixels and is never enlarged."
    if recipe.follows:
        follow = recipe.follow
        yield f"The crop follows the speaker; it {_SWITCHES[follow.switch]}, after {follow.hold:g} s at least."
    elif recipe.crops and recipe.crop != "centre":
        kept = f"at {recipe.crop:g} of the way" if isinstance(recipe.crop, float | int) else f"at the {recipe.crop}"
        yield f"A crop keeps the part {kept}."
    if recipe.fit == "pad":
        rest = "a blurred copy of it" if recipe.background == "blur" else f"the colour {recipe.background}"
        yield f"The rest of the canvas shows {rest}."
    if recipe.rate:
        yield f"It has {_rate(recipe.rate)} frames per second; each frame shows the nearest recorded one."
    elif recipe.max_rate:
        yield f"Footage above {recipe.max_rate} frames per second needs --speed real or --speed slow."
    yield _rate_control(recipe, estimate)
    if recipe.passes == 2:
        yield "It is encoded in two passes: the first measures where the picture needs bits, the second spends them."
    if recipe.codec != "prores":
        yield f"A key frame comes at least every {recipe.gop_seconds:g} s; every GOP is closed."
    burnt = [*(_BURNT[one] for one in recipe.burn_in), *(f"“{one.text}”" for one in recipe.text)]
    if burnt:
        yield f"Burnt in: {_listed(burnt)}."
    if "captions" in recipe.burn_in and recipe.captions.avoid_faces:
        yield "Captions that would cover a face move away from it."


def _frames(recipe: FramesRecipe, estimate: Estimate | None) -> Iterator[str]:
    kind = "half" if recipe.bits == 16 else "32-bit"
    packed = (
        "without compression" if recipe.compression == "none" else f"compressed without loss ({recipe.compression})"
    )
    yield f"The picture is a file of OpenEXR for each frame: scene-linear ACEScg in {kind} floats, {packed}."
    if recipe.look:
        yield f"It has the look {recipe.look}, and no view."
    if estimate and estimate.size:
        width, height = estimate.size
        most = format_bytes(recipe.most_bytes(width, height))
        yield f"It is {width}×{height} pixels at {_rate(estimate.rate)} frames per second: at most {most} a frame."
    else:
        yield "It has the size and the frame rate of the footage, or of the cut."
    first = "by its tick" if recipe.first_number is None else f"from {recipe.first_number} on"
    yield f"Each frame is numbered {first}; a list has the SHA-256 of each."


def _rate_control(recipe: PictureRecipe, estimate: Estimate | None) -> str:
    if estimate and estimate.size and estimate.rate:
        bits = recipe.bits_per_second(*estimate.size, estimate.rate)
        if bits:
            return f"Its bit rate is {bits / 1e6:g} Mb/s."
    table = recipe.bit_rate.get(recipe.view)
    if recipe.codec == "prores":
        return "ProRes 422 HQ sets its own bit rate."
    if not table:
        quality = "the encoder's own" if recipe.quality is None else str(recipe.quality)
        return f"Its quality is constant (CRF): {quality}."
    steps = list(table.items())
    if len(steps) == 1:
        slow, fast = steps[0][1]
        return f"Its bit rate is {slow:g} Mb/s ({fast:g} above 30 frames per second)."
    listed = _listed([f"{slow:g} or {fast:g} from {lines} lines" for lines, (slow, fast) in steps if lines])
    return f"Its bit rate in Mb/s, up to 30 frames per second or above, follows the shorter side: {listed}."


def _sound(recipe: Recipe, sound: SoundRecipe, estimate: Estimate | None) -> Iterator[str]:
    codecs = [sound.codec] if recipe.picture else [sound.codec, *sound.also]
    rate = f" at {sound.bit_rate / 1000:g} kb/s" if {"aac", "mp3"} & {*codecs} else ""
    yield f"The sound is {_listed([_CODECS[one] for one in codecs])}, stereo, {sound.sample_rate / 1000:g} kHz{rate}."
    if sound.dialog:
        yield f"The dialog is cleaned first, by the preset {sound.dialog}."
    now = estimate.measured_lufs if estimate else None
    wanted = f"{_level(sound.lufs)} LUFS ± {sound.tolerance_lu:g}"
    peak = f"with true peaks of at most {_level(sound.true_peak_dbtp)} dBTP"
    if now == -inf:
        yield "It is silent."
    elif now is None:
        yield f"Its loudness becomes {wanted}, {peak}."
    elif estimate and estimate.lufs is not None and estimate.lufs < sound.lufs - sound.tolerance_lu:
        reached = f"about {_level(estimate.lufs)} LUFS instead of {_level(sound.lufs)}"
        yield f"Its loudness of {_level(now)} LUFS becomes {reached}: then its peaks are at the ceiling."
    else:
        yield f"Its loudness of {_level(now)} LUFS becomes {wanted}, {peak}."
    if sound.limiter_db:
        share = f"{sound.limiter_share:.0%}".replace("%", " %")
        yield f"A limiter may reduce peaks by {sound.limiter_db:g} dB, in {share} of the time."
    if sound.carry == "all":
        yield "Every original sound track is copied into the movie, unchanged."


def _captions(recipe: Recipe) -> Iterator[str]:
    captions = recipe.captions
    assert captions
    made = [kind.upper() for kind in captions.formats]
    if made:
        yield f"Captions are written as {_listed(made)}."
    if captions.embed:
        yield "The movie has its captions as a track."
    if captions.translate:
        yield "If the speech is not English, English captions are added."
    if captions.highlight != "none":
        yield f"Spoken words are coloured ({captions.highlight})."
    if captions.speakers:
        yield "WebVTT and TTML name the speakers."
    yield f"A caption has at most {captions.lines} lines of {captions.columns} characters."


def _archive(recipe: ArchiveRecipe, estimate: Estimate | None) -> Iterator[str]:
    yield "It copies the originals into a folder; of a cut, those that it uses, and the timeline."
    parts = ["the seals of their ingest"]
    if recipe.transcripts:
        parts.append("the transcripts")
    if recipe.captions:
        parts.append(f"captions as {_listed([kind.upper() for kind in recipe.captions])}")
    if recipe.receipts:
        parts.append("the receipts of the project")
    yield f"With them come {_listed(parts)}."
    yield "Every copy is read back and compared, and the folder is sealed with ASC MHL."
    if estimate and estimate.bytes:
        yield f"The originals have {format_bytes(estimate.bytes)}."
    yield "The originals keep their location, device and date."
    yield "A folder outside the studio needs the privacy step originals."


def _files(recipe: Recipe, estimate: Estimate | None) -> Iterator[str]:
    if recipe.picture:
        layout = ["its index first" if recipe.container.faststart else "its index last"]
        layout.append("edit lists" if recipe.container.edit_list else "no edit lists")
        kind = "MP4" if recipe.movie_format == "mp4" else "QuickTime"
        yield f"The movie is {kind} with {_listed(layout)}."
    if estimate and estimate.files:
        size = f", about {format_bytes(estimate.bytes)} in all" if estimate.bytes else ""
        names = [name.removesuffix(FRAMES_SUFFIX) + "/" if recipe.frames else name for name in estimate.files]
        yield f"It writes {_listed(names)}{size}."
    if recipe.tags:
        named = [name for name in ("artist", "album", "description", "genre") if getattr(recipe.tags, name)]
        yield f"Sound files have the tags {_listed(['title', *named])}, and the chapters of a cut."
    if recipe.cover.wanted:
        source = "the sharpest frame" if recipe.cover.still else "the image of the recipe"
        yield f"Sound files have a square cover: {source}."
    if recipe.poster:
        beside = " with a contact sheet" if recipe.poster.sheet else ""
        yield f"A poster of the movie is made{beside}: {_still(recipe)}."
    if recipe.credentials.sign:
        yield "Movies and sound files are signed with your key (Content Credentials)."
    keep = recipe.metadata.keep
    removed = [name for name in ("location", "device", "date") if name not in keep]
    if keep:
        yield f"The movie keeps the {_listed(keep)} of the footage."
    if removed:
        yield f"The {_listed(removed)} of the footage {'is' if len(removed) == 1 else 'are'} removed."


def _still(recipe: Recipe) -> str:
    poster = recipe.poster
    if poster and poster.at is not None:
        return f"the frame at {poster.at:g} s"
    return f"the frame at the marker “{poster.marker}”" if poster and poster.marker else "the sharpest of a few frames"


def _listed(parts: Sequence[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def _rate(rate: Fraction | None) -> str:
    return f"{float(rate or 0):.5g}"


def _level(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0").replace("-", "−")
