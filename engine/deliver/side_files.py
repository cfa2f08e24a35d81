"""Writes the sound files, captions and chapters of a delivery and checks them."""

from __future__ import annotations

import shutil
from itertools import product
from pathlib import Path

from engine.deliver.caption_look import caption_look
from engine.deliver.checks import Finished
from engine.deliver.outputs import Outputs
from engine.deliver.ownership import CHAPTERS_SUFFIX, CREDITS_SUFFIX, SOUND_SUFFIXES
from engine.deliver.request import Programme
from engine.deliver.sound_tags import tags_of
from engine.deliver.used_package import credits_of
from engine.sound import Codec, write_tagged
from engine.speech import write_captions
from engine.time import format_short_time


def write_sound_files(order: Programme, codecs: tuple[Codec, ...], folder: Path, made: Outputs) -> None:
    """Writes the mastered sound of each codec to `folder`, with its tags, cover and chapters."""
    tags = tags_of(order, made.cover)
    for codec in codecs:
        mastered = made.masters[codec]
        made.use_master(mastered)
        path = folder / f"{order.file_name}{SOUND_SUFFIXES[codec]}"
        with made.file(path, "sound") as unfinished:
            if tags.empty:
                shutil.copyfile(mastered.path, unfinished)
            else:
                write_tagged(mastered.path, unfinished, codec, tags, order.duration)
            signed = made.sign(unfinished)
        master = mastered.master
        finished = Finished(
            path=path,
            kind="sound",
            order=order,
            format=codec,
            master=master,
            known_loudness=master.after,
            tags=tags,
            signed=signed,
        )
        made.check(finished, path)


def write_caption_files(order: Programme, folder: Path, made: Outputs) -> None:
    """Writes each format and language of a recipe with captions."""
    assert order.recipe.captions is not None
    for kind, one in product(order.recipe.captions.formats, order.caption_tracks):
        path = folder / f"{order.file_name}{one.suffix}.{kind}"
        with made.file(path, "captions") as unfinished:
            unfinished.write_bytes(write_captions(one.cues, kind, one.language, caption_look(order)))
        made.check(Finished(path=path, kind="captions", order=order, format=kind, captions=one), path)


def write_chapter_file(order: Programme, folder: Path, made: Outputs) -> None:
    """Writes the chapters as lines that platforms read in a description: 0:00 Title."""
    path = folder / f"{order.file_name}{CHAPTERS_SUFFIX}"
    lines = [f"{format_short_time(chapter.start)} {chapter.title}\n" for chapter in order.chapters]
    with made.file(path, "chapters") as unfinished:
        unfinished.write_text("".join(lines), encoding="utf-8")


def write_credits_file(order: Programme, folder: Path, made: Outputs) -> None:
    """Writes the credits that licences ask for, a line each, if the recipe wants them in a file."""
    lines = credits_of(order.packages)
    if not lines or "file" not in order.recipe.metadata.credits:
        return
    path = folder / f"{order.file_name}{CREDITS_SUFFIX}"
    with made.file(path, "credits") as unfinished:
        unfinished.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    made.check(Finished(path=path, kind="credits", order=order), path)
