"""What is refused until the director decides, and what is never written over."""

from __future__ import annotations

from pathlib import Path

from engine.catalog import Encoding, Picture
from engine.errors import GateError, RequestError
from engine.ingest.encoding import ANSWERS
from engine.ingest.footage import Footage
from engine.picture import is_pattern, sequence_files

_ELSEWHERE = "Name another file or folder with -o."


def picture_transform(footage: Footage, asked: Encoding | None) -> Encoding | None:
    """The input transform to read a picture by: what was asked for, else what its tags say.

    Raises GateError, with the command that confirms it, for a log picture nobody has answered for; RequestError for
    one of which nothing can be made.
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
    """Raises RequestError where `out` is the footage by any name, lies inside it, or among sealed originals.

    Hard links, symbolic links and names in another case are the file that they lead to.
    """
    folders = {*out.absolute().parents, out.parent.resolve(), *out.parent.resolve().parents}
    if any((folder / "ascmhl").is_dir() for folder in folders):
        raise RequestError(f"{out} lies in a sealed delivery of originals.", _ELSEWHERE)
    source = footage.path
    files = sequence_files(source) if source.is_dir() or is_pattern(source) else [source]
    same = out.exists() and any(file.exists() and out.samefile(file) for file in files)
    inside = source.is_dir() and out.parent.exists() and out.parent.samefile(source)
    if same or inside:
        raise RequestError(f"{out} is the footage itself: originals are never written over.", _ELSEWHERE)


def unconfirmed(name: str, picture: Picture) -> GateError:
    """The refusal of a picture whose input transform the director has not confirmed."""
    suggested = picture.suggested_input_transform
    why = picture.question or f"looks like {suggested}"
    if suggested is not None:
        answer = f"--input-transform {suggested}"
        return GateError(
            f"{name} {why}: log is never guessed, so its input transform waits for you.",
            f"For a take: cwtui confirm {name} {answer}. For a file: add {answer}.",
        )
    return GateError(
        f"{name} {why}: which one it is waits for you.",
        f"For a take: cwtui confirm {name} --input-transform T. For a file: add --input-transform T. "
        f"T is one of {', '.join(ANSWERS)}; rec709 reads it as ordinary video. "
        "Convert other log curves to one of these first.",
    )
