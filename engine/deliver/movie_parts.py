"""A movie in parts, each of whole chunks: jobs of their own render them, on any machine with the same software.

A part has the files that the delivery itself would have made below its work folder: sealed chunks, the logs of first
passes, and the findings of decoding. The delivery finds them and encodes nothing, so that its bytes are the same.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from engine.atomic_files import make_folder
from engine.catalog import Condition
from engine.deliver.condition import SourceCondition, merge_findings
from engine.deliver.cut_condition import CutCondition
from engine.deliver.cut_copy import plan_copies
from engine.deliver.cut_pictures import take_folders
from engine.deliver.cut_request import CutRequest
from engine.deliver.movie import PictureStream
from engine.deliver.movie_pictures import cut_format, open_cut_pictures, open_take_pictures, take_format
from engine.deliver.recipe import Recipe
from engine.deliver.request import DeliverableRequest
from engine.deliver.source_content import merge_content
from engine.picture import (
    PictureFormat,
    YuvPlanes,
    chunk_path,
    encode_chunk,
    measure_chunk,
    movie_stretches,
    read_chunk,
    shared_rates,
)

MovieRequest = DeliverableRequest | CutRequest

Copied = Mapping[range, int]
"""The frames of a film that are copied from its takes, in order, with their sizes in bits."""

# What a checked source is for a part: the delivery judges what decoding finds.
_ACCEPTED = Condition(checked=True)


def refuse_parts(recipe: Recipe, wanted: PictureFormat | None) -> str:
    """Why a recipe's picture is not rendered in parts; empty if it can be. `wanted` is the format of its movie."""
    if recipe.picture is None or wanted is None:
        return "only movies are rendered in parts"
    if wanted.width < 1 or len(movie_stretches(wanted)) < 2:
        return "the movie is so short that it has a single part"
    return ""


def movie_format(order: MovieRequest) -> PictureFormat | None:
    """The format of the movie of a request; None without one. Errors as `take_format`."""
    recipe = order.recipe.picture
    if recipe is None or order.frame_size is None:
        return None
    return cut_format(order, recipe) if isinstance(order, CutRequest) else take_format(order, recipe)


def copied_frames(
    order: MovieRequest, condition: CutCondition, cancelled: Callable[[], bool] | None = None
) -> dict[range, int]:
    """The frames of a film that its delivery copies (`Copied`). Errors as `plan_copies`."""
    wanted = movie_format(order)
    if wanted is None or not isinstance(order, CutRequest):
        return {}
    return {one.frames: one.bits for one in plan_copies(order, wanted, condition, cancelled).stretches}


def part_stretches(order: MovieRequest, part: range, copied: Copied) -> list[range]:
    """The frames of each chunk of a part: the chunks that start in it. Between copied frames, one may end after it."""
    wanted = movie_format(order)
    assert wanted
    return [one for one in movie_stretches(wanted, copied) if one.start in part]


def render_part(
    order: MovieRequest,
    part: range,
    work: Path,
    *,
    copied: Copied = MappingProxyType({}),
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    costs: Sequence[tuple[int, int]] = (),
) -> None:
    """Encodes the chunks of a part of the movie below `work`. With a bit rate in two passes, `costs` are the bits and
    the frames of every chunk of the movie in its first pass, whose logs are below `work`.

    `progress` gets the number of its finished frames. Errors as `write_movie`.
    """
    wanted = movie_format(order)
    assert wanted
    rates: dict[range, int] = {}
    if wanted.passes == 2:
        bits, lengths = zip(*costs, strict=True)
        shares = shared_rates(bits, lengths, wanted, sum(copied.values()))
        rates = dict(zip(movie_stretches(wanted, copied), shares, strict=True))
    before = 0
    with _open_pictures(order, work) as pictures:
        for stretch in part_stretches(order, part, copied):
            path = chunk_path(work, wanted, stretch)
            if read_chunk(path, stretch) is None:
                reported = _counted(progress, before - stretch.start)
                encode_chunk(
                    path, stretch, pictures.frames, wanted, rates.get(stretch), progress=reported, cancelled=cancelled
                )
            before += len(stretch)


def measure_part(
    order: MovieRequest,
    part: range,
    work: Path,
    *,
    copied: Copied = MappingProxyType({}),
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[tuple[int, int]]:
    """Runs the first pass of the chunks of a part below `work`. Returns the bits and the frames of each."""
    wanted = movie_format(order)
    assert wanted
    found: list[tuple[int, int]] = []
    before = 0
    with _open_pictures(order, work) as pictures:
        for stretch in part_stretches(order, part, copied):
            path = chunk_path(work, wanted, stretch)
            reported = _counted(progress, before - stretch.start)
            bits = measure_chunk(path, stretch, pictures.frames, wanted, progress=reported, cancelled=cancelled)
            found.append((bits, len(stretch)))
            before += len(stretch)
    return found


def add_part(order: MovieRequest, folder: Path, work: Path) -> None:
    """Adds the files of a rendered part to the work folder of its delivery: links, or copies on another volume."""
    make_folder(work)
    for source in sorted(folder.iterdir()) if folder.is_dir() else ():
        if (source.is_file() and not source.name.endswith(".json")) or ".pass1" in source.name:
            _link(source, work / source.name)
    merge_content(work, folder)
    merge_findings(work, folder)
    if isinstance(order, CutRequest):
        theirs = take_folders(order, folder)
        for take, own in take_folders(order, work).items():
            if theirs[take].is_dir():
                make_folder(own)
                merge_findings(own, theirs[take])


def has_part(order: MovieRequest, part: range, work: Path, copied: Copied = MappingProxyType({})) -> bool:
    """Whether all chunks of a part are below `work`."""
    wanted = movie_format(order)
    assert wanted
    return all(read_chunk(chunk_path(work, wanted, one), one) for one in part_stretches(order, part, copied))


def _counted(progress: Callable[[int], None] | None, offset: int) -> Callable[[int], None] | None:
    return (lambda done: progress(done + offset)) if progress else None


def _link(source: Path, target: Path) -> None:
    if target.exists():
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


@contextmanager
def _open_pictures(order: MovieRequest, work: Path) -> Iterator[PictureStream[YuvPlanes]]:
    recipe = order.recipe.picture
    assert recipe
    make_folder(work)
    if isinstance(order, CutRequest):
        known = dict.fromkeys(order.cut.takes, _ACCEPTED)
        with open_cut_pictures(order, recipe, CutCondition(order, known, accepted=True), work) as film:
            yield film
    else:
        with open_take_pictures(order, recipe, SourceCondition(order, _ACCEPTED, accepted=True), work) as take:
            yield take
