"""Saboteurs of tags, covers, chapters of sound files, and posters."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from PIL import Image

from engine.deliver.checks import Finished
from engine.sound import SoundTags, write_tagged
from tests.deliver.sabotage.saboteur import saboteur


@saboteur("tags", "podcast")
def other_title(good: Finished, path: Path) -> None:
    """A tagger writes another title."""
    tags = _tags(good)
    _write(good, path, replace(tags, texts={**tags.texts, "title": "Untitled"}))


@saboteur("cover", "podcast")
def no_cover(good: Finished, path: Path) -> None:
    """A host removes the cover."""
    _write(good, path, replace(_tags(good), cover=None))


@saboteur("sound-chapters", "podcast")
def late_chapters(good: Finished, path: Path) -> None:
    """An editor moves the second chapter by a frame."""
    tags = _tags(good)
    first, (start, title) = tags.chapters
    _write(good, path, replace(tags, chapters=(first, (start + Fraction(1, 30), title))))


@saboteur("poster", "movie poster")
def small_poster(_: Finished, path: Path) -> None:
    """A site reduces the poster to half its size."""
    with Image.open(path) as image:
        half = image.resize((image.width // 2, image.height // 2))
    half.save(path)


def _tags(good: Finished) -> SoundTags:
    assert good.tags
    return good.tags


def _write(good: Finished, path: Path, tags: SoundTags) -> None:
    write_tagged(good.path, path, "aac", tags, good.order.duration)
