"""Checks before work starts: the picture needs an input transform, and originals are never overwritten."""

from __future__ import annotations

from pathlib import Path

from engine.catalog import Encoding, Picture
from engine.errors import GateError, RequestError
from engine.ingest.encoding import ANSWERS
from engine.ingest.footage import Footage
from engine.picture import is_pattern, sequence_files

_ELSEWHERE = "Choose another file or folder with -o."


def picture_transform(footage: Footage, asked: Encoding | None) -> Encoding | None:
    """Return the input transform for a picture: the requested one, else the one from its tags.

    Raises GateError, with the command that confirms it, for a picture whose transform is unconfirmed; RequestError
    for an unsupported picture.
    """
    picture = footage.probe.picture
    if picture is None:
        return None
    if picture.unsupported is not None:
        raise RequestError(f"{footage.name} {picture.unsupported.reason}.", picture.unsupported.advice)
    transform = asked or picture.input_transform
    if transform is None:
        raise unconfirmed(footage.name, picture)
    return transform


def refuse_to_replace(footage: Footage, out: Path) -> None:
    """Raise RequestError if `out` is the footage itself, or is inside it or a sealed batch of originals.

    Hard links, symbolic links and names that differ only in case count as the same file.
    """
    folders = {*out.absolute().parents, out.parent.resolve(), *out.parent.resolve().parents}
    if any((folder / "ascmhl").is_dir() for folder in folders):
        raise RequestError(f"{out} is in a sealed folder of originals.", _ELSEWHERE)
    source = footage.path
    files = sequence_files(source) if source.is_dir() or is_pattern(source) else [source]
    same = out.exists() and any(file.exists() and out.samefile(file) for file in files)
    inside = source.is_dir() and out.parent.exists() and out.parent.samefile(source)
    if same or inside:
        raise RequestError(f"{out} is the footage itself: originals are never overwritten.", _ELSEWHERE)


def unconfirmed(name: str, picture: Picture) -> GateError:
    """Return the error for a picture whose input transform the user has not confirmed."""
    suggested = picture.suggested_input_transform
    why = picture.question or f"looks like {suggested}"
    if suggested is not None:
        answer = f"--input-transform {suggested}"
        return GateError(
            f"{name} {why}: log is never guessed. Confirm its input transform.",
            f"For a take: cwtui confirm {name} {answer}. For a file: add {answer}.",
        )
    return GateError(
        f"{name} {why}: choose its input transform.",
        f"For a take: cwtui confirm {name} --input-transform T. For a file: add --input-transform T. "
        f"T is one of {', '.join(ANSWERS)}; rec709 means ordinary video. "
        "Convert other log curves to one of these first.",
    )
