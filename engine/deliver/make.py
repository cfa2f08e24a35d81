"""An order becomes finished, checked files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal

from engine.artefact import make_folder, partial, write_whole
from engine.catalog import Encoding
from engine.deliver.burnin import BurnIn
from engine.deliver.checks import check_captions, check_loudness, check_movie, check_sound_file
from engine.deliver.order import Order, refuse_impossible
from engine.deliver.receipt import Check, Delivered, DeliveredFile, Role, now, read_receipt, write_receipt
from engine.deliver.recipe import PictureRecipe, SoundRecipe
from engine.errors import RequestError
from engine.ingest import picture_transform, refuse_to_replace
from engine.picture import Layout, OutputSpec, PictureFormat, PictureSource, Pipeline, write_movie
from engine.sound import Master, Target, measure_file, write_master
from engine.speech import write_srt, write_vtt
from engine.time import timecode_frames

Progress = Callable[[int, int, str, str], None]
"""Told (done, total, unit, what is being done)."""


@dataclass(slots=True)
class _Made:
    files: list[tuple[Path, Role]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    master: Master | None = None
    transform: Encoding | None = None

    def check(self, path: Path, checks: list[Check]) -> None:
        """Adds checks of one file."""
        self.checks += [check.model_copy(update={"file": path.name}) for check in checks]


def make(
    order: Order,
    folder: Path,
    *,
    source_digest: str = "",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Delivered:
    """Makes what is ordered below `folder` and writes it into the folder's receipt.

    Each file appears whole, once it is finished; checks are made on the finished files and kept,
    passed or not. Raises RequestError where the order cannot be, GateError where the picture waits
    for the director, Cancelled, or EngineError where the work failed.
    """
    refuse_impossible(order)
    make_folder(folder)
    for name in targets(order):
        refuse_to_replace(order.footage, folder / name)
    _refuse_another_recipes(order, folder)
    made = _Made()
    recipe = order.recipe
    if recipe.picture:
        _movie(order, recipe.picture, folder, made, progress, cancelled)
    elif recipe.sound:
        _sound_files(order, recipe.sound, folder, made, cancelled)
    if recipe.captions:
        _captions(order, folder, made)
    delivered = Delivered(
        take=order.label,
        source_digest=source_digest,
        recipe=recipe.name,
        recipe_digest=recipe.digest,
        input_transform=made.transform,
        start=order.begin,
        duration=order.duration,
        gain_db=made.master.gain.db if made.master else None,
        gain_held_by=made.master.gain.held_by if made.master else None,
        files=tuple(_entry(path, role) for path, role in made.files),
        checks=tuple(made.checks),
        notes=tuple(made.notes),
        made_at=now(),
    )
    write_receipt(folder, delivered)
    return delivered


def targets(order: Order) -> list[str]:
    """The names of the files that an order makes."""
    recipe, kinds = order.recipe, []
    if recipe.picture:
        kinds.append("mp4")
    elif recipe.sound:
        kinds += ["m4a" if codec == "aac" else "wav" for codec in (recipe.sound.codec, *recipe.sound.also)]
    if recipe.captions:
        kinds += recipe.captions.formats
    return [f"{order.label}.{kind}" for kind in kinds]


def _refuse_another_recipes(order: Order, folder: Path) -> None:
    """A deliverable replaces only what the same recipe made before."""
    wanted = set(targets(order))
    for delivered in read_receipt(folder).deliveries:
        taken = wanted & {file.path for file in delivered.files}
        if taken and delivered.recipe != order.recipe.name:
            raise RequestError(
                f"{folder} holds {', '.join(sorted(taken))} already, made by {delivered.recipe}.",
                "Choose another folder with -o.",
            )


def _movie(
    order: Order,
    recipe: PictureRecipe,
    folder: Path,
    made: _Made,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    picture = order.footage.probe.picture
    grid = order.footage.grid
    assert picture is not None
    assert grid is not None
    made.transform = transform = picture_transform(order.footage, order.input_transform)
    assert transform is not None
    width, height = recipe.size(picture)
    gop = max(1, int(grid.rate * Fraction(recipe.gop_seconds).limit_denominator(1000)))
    wanted = PictureFormat(
        width=width,
        height=height,
        rate=grid.rate,
        frames=len(order.ticks),
        codec=recipe.codec,
        bit_depth=recipe.bit_depth,
        hdr=recipe.view == "hlg",
        gop=gop,
        effort=recipe.effort,
        bit_rate=recipe.bits_per_second(width, height, grid.rate),
        quality=recipe.quality,
    )
    spec = OutputSpec(
        width, height, view=recipe.view, bit_depth=recipe.bit_depth, fit="fit" if recipe.fit == "within" else "fill"
    )
    path = folder / f"{order.label}.mp4"
    ticks = order.ticks
    with ExitStack() as stack:
        sound = None
        hears = any(track.decodable for track in order.footage.probe.sound)
        if order.recipe.sound and hears:
            sound = folder / f".{order.label}.sound.m4a"
            stack.callback(sound.unlink, missing_ok=True)
            made.master = _master(order, order.recipe.sound, sound, "aac", cancelled)
        elif order.recipe.sound:
            made.notes.append("no sound in the footage, none in the deliverable")
        unfinished = stack.enter_context(partial(path))
        source = stack.enter_context(PictureSource(order.footage.path, picture))
        pipeline = Pipeline(picture, transform, spec)
        overlay = _burn_in(order, recipe, width, height)

        def told(done: int) -> None:
            if progress:
                progress(done, len(ticks), "frames", order.label)

        pictures = (
            (source.planes_at(grid.pts[grid.sources[tick]]), overlay.at(tick - ticks.start) if overlay else None)
            for tick in ticks
        )
        layout = Layout(edit_list=order.recipe.container.edit_list, faststart=order.recipe.container.faststart)
        frames = pipeline.stream(pictures, first_frame=ticks.start)
        write_movie(unfinished, frames, wanted, sound=sound, layout=layout, progress=told, cancelled=cancelled)
        made.notes += source.notes
        made.check(path, check_movie(unfinished, order.recipe, wanted, sound is not None))
        if made.master and order.recipe.sound:
            made.check(path, check_loudness(order.recipe.sound, made.master, measure_file(unfinished)))
    made.files.append((path, "movie"))


def _burn_in(order: Order, recipe: PictureRecipe, width: int, height: int) -> BurnIn | None:
    grid = order.footage.grid
    if not recipe.burn_in or grid is None:
        return None
    first = timecode_frames(order.footage.probe.capture.timecode, grid.rate) + order.ticks.start
    return BurnIn(
        width,
        height,
        grid.rate,
        name=order.label if "name" in recipe.burn_in else "",
        first=first if "timecode" in recipe.burn_in else None,
        cues=order.shifted_cues if "captions" in recipe.burn_in else (),
    )


def _master(
    order: Order,
    recipe: SoundRecipe,
    path: Path,
    codec: Literal["aac", "wav"],
    cancelled: Callable[[], bool] | None,
) -> Master:
    return write_master(
        order.footage.path,
        None,
        path,
        target=Target(lufs=recipe.lufs, true_peak_ceiling_dbtp=recipe.true_peak_dbtp, tolerance_lu=recipe.tolerance_lu),
        codec=codec,
        bit_rate=recipe.bit_rate,
        rate=recipe.sample_rate,
        start=order.begin,
        duration=order.duration,
        edit_list=order.recipe.container.edit_list,
        cancelled=cancelled,
    )


def _sound_files(
    order: Order, recipe: SoundRecipe, folder: Path, made: _Made, cancelled: Callable[[], bool] | None
) -> None:
    for codec in (recipe.codec, *recipe.also):
        path = folder / f"{order.label}{'.m4a' if codec == 'aac' else '.wav'}"
        made.master = _master(order, recipe, path, codec, cancelled)
        made.check(path, check_sound_file(path, recipe, codec, order.duration))
        made.check(path, check_loudness(recipe, made.master, made.master.after))
        made.files.append((path, "sound"))


def _captions(order: Order, folder: Path, made: _Made) -> None:
    assert order.recipe.captions is not None
    cues = order.shifted_cues
    if not cues:
        made.notes.append("no words were heard: the captions are empty")
    for kind in order.recipe.captions.formats:
        path = folder / f"{order.label}.{kind}"
        write_whole(path, (write_srt(cues) if kind == "srt" else write_vtt(cues)).encode())
        made.check(path, check_captions(cues, order.duration))
        made.files.append((path, "captions"))


def _entry(path: Path, role: Role) -> DeliveredFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return DeliveredFile(path=path.name, sha256=digest, bytes=path.stat().st_size, role=role)
