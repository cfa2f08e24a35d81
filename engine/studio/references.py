"""Reads what users type on the command line: takes, files and times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from engine.catalog import Take
from engine.errors import RequestError
from engine.suggestion import hint_with_suggestion
from engine.time_text import parse_seconds as parse_seconds


def find_take(takes: Sequence[Take], reference: str, project: str) -> Take:
    """The take of a project with this number, camera name, label or id.

    Raises RequestError, naming the project, if there is none or several.
    """
    wanted = [t for t in takes if reference in (t.id, t.label) or (reference.isdigit() and int(reference) == t.number)]
    wanted = wanted or [t for t in takes if reference in (t.name, t.path.name)]
    if len(wanted) == 1:
        return wanted[0]
    if wanted:
        numbers = ", ".join(f"{take.number:03d}" for take in wanted)
        raise RequestError(f"Several takes are named {reference}.", f"Use a number: {numbers}.")
    raise RequestError(
        f"There is no take “{reference}” in “{project}”.",
        hint_with_suggestion(
            reference,
            [name for take in takes for name in (take.label, take.name, take.path.name)],
            "cwtui takes lists the takes. For a file, use its path.",
        ),
    )


def find_takes(takes: Sequence[Take], references: Sequence[str], project: str) -> list[Take]:
    """The takes of references and ranges of numbers (5-9), in the given order, without duplicates.

    Raises RequestError for a reference without a take, and for a range that ends before it begins.
    """
    found: dict[str, Take] = {}
    names = {name for take in takes for name in (take.id, take.label, take.name, take.path.name)}
    for reference in references:
        ends = re.fullmatch(r"(\d+)[-–](\d+)", reference)
        if ends is None or reference in names:
            meant = [find_take(takes, reference, project)]
        else:
            first, last = (find_take(takes, end, project).number for end in ends.groups())
            if first > last:
                raise RequestError(f"The range {reference} ends before it begins.", f"Use {last}-{first}.")
            meant = [take for take in takes if first <= take.number <= last]
        found |= {take.id: take for take in meant}
    return list(found.values())


def is_file_reference(reference: str) -> bool:
    """Whether a command-line reference means a file rather than a take."""
    path = Path(reference)
    if reference.isdigit():
        return False
    return path.exists() or len(path.parts) > 1 or bool(path.suffix)
