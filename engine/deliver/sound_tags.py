"""The tags of a delivery's sound files, and the checks that they are in the finished files."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from engine.deliver.cover import check_cover
from engine.deliver.receipt import Check
from engine.deliver.request import Programme
from engine.sound import Codec, SoundTags, read_tags

# The coarsest clock of a container: milliseconds.
_NEAR = Fraction(1, 500)


def tags_of(order: Programme, cover: bytes | None) -> SoundTags:
    """The tags by the recipe, its cover, and the chapters. A recipe without tags gives texts only to chapters."""
    recipe, chapters = order.recipe, tuple((one.start, one.title) for one in order.chapters)
    texts: dict[str, str] = {}
    if recipe.tags is not None:
        texts = recipe.tags.model_dump()
        texts["title"] = texts["title"] or order.label
    return SoundTags(texts, cover, chapters)


def check_tags(path: Path, codec: Codec, wanted: SoundTags) -> list[Check]:
    """Reads the tags of a finished file again. WAV has no place for a cover."""
    found = read_tags(path)
    texts = {name: text for name, text in wanted.texts.items() if text}
    near = len(found.chapters) == len(wanted.chapters) and all(
        abs(a[0] - b[0]) <= _NEAR and a[1] == b[1] for a, b in zip(found.chapters, wanted.chapters, strict=True)
    )
    checks = [
        Check(
            name="tags",
            passed=dict(found.texts) == texts,
            measured=[f"{name}: {text}" for name, text in found.texts.items()],
            wanted=[f"{name}: {text}" for name, text in texts.items()],
        ),
        check_cover(None if codec == "wav" else wanted.cover, found.cover),
    ]
    if wanted.chapters:
        checks.append(
            Check(
                name="chapters",
                passed=near,
                measured=[f"{float(start):.3f} {title}" for start, title in found.chapters],
                wanted=[f"{float(start):.3f} {title}" for start, title in wanted.chapters],
            )
        )
    return checks
