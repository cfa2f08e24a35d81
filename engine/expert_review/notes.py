"""A reviewer's notes: a CSV file with a time and a text in each row, as a spreadsheet writes it."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

from pydantic import Field

from engine.catalog import Exact, FrozenModel
from engine.errors import RequestError
from engine.time_text import parse_seconds
from engine.validation import read_text

TEMPLATE = "time,note\n"
_LONGEST_NOTE, _MOST_NOTES = 200, 1000


class ReviewNote(FrozenModel):
    """A note at a time of the deliverable, in seconds."""

    at: Exact
    text: str = Field(min_length=1, max_length=_LONGEST_NOTE)


def read_notes(path: Path, deliverables: int = 1) -> tuple[tuple[ReviewNote, ...], ...]:
    """The notes in a file on each of so many deliverables. Raises RequestError with the line of what is wrong.

    A time may follow the number of a deliverable: “2 1:12.5”. Without one it is in the first.
    """
    found: list[list[ReviewNote]] = [[] for _ in range(deliverables)]
    try:
        rows = _rows(read_text(path, "utf-8-sig"))
    except csv.Error as error:
        raise RequestError(f"{path} is not a list of notes: {error}.", "Save it as CSV: a time and a note.") from error
    for number, row in enumerate(rows, 1):
        fields = [field.strip() for field in row]
        if not any(fields) or (number == 1 and fields[0].lower() == "time"):
            continue
        time, *rest = fields
        text = ", ".join(one for one in rest if one)
        if not text or len(text) > _LONGEST_NOTE:
            raise RequestError(
                f"{path}, line {number}: the note must have 1 to {_LONGEST_NOTE} characters.",
                "A line is a time and a note: 1:12.5,The logo is missing",
            )
        place, _, clock = time.rpartition(" ")
        if place and not (place.isdecimal() and 1 <= int(place) <= deliverables):
            raise RequestError(
                f"{path}, line {number}: there is no deliverable {place}.", f"Their numbers are 1 to {deliverables}."
            )
        try:
            found[int(place or 1) - 1].append(ReviewNote(at=parse_seconds(clock), text=text))
        except RequestError as error:
            raise RequestError(f"{path}, line {number}: {error.message}", error.hint) from error
    if sum(map(len, found)) > _MOST_NOTES:
        raise RequestError(f"{path} has more than {_MOST_NOTES:,} notes.", "Leave out the least important ones.")
    return tuple(tuple(sorted(one, key=lambda note: note.at)) for one in found)


def _rows(text: str) -> list[list[str]]:
    # Numbers and Excel separate columns with semicolons where the comma is a decimal sign.
    first = text.split("\n", 1)[0]
    return list(csv.reader(StringIO(text), delimiter=";" if ";" in first and "," not in first else ","))
