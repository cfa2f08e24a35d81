"""Damage detection on damaged and intact files, compared to the known damage."""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from engine.catalog import Damage
from engine.errors import EngineError
from engine.ingest import check_condition, inspect
from fixtures.damage import DamagedFile, damaged_files
from fixtures.whole import whole_clips

_NEAR = Fraction(1, 2)


@dataclass(slots=True)
class _Row:
    """Counts of files, of damage found, with the right time, with the right media; and notes on the failures."""

    files: int = 0
    found: int = 0
    timed: int = 0
    media: int = 0
    notes: list[str] = field(default_factory=list)

    def cells(self) -> str:
        return f"{self.files} | {self.found} | {self.timed} | {self.media} |"


def run(every: int = 1, kinds: Sequence[str] = ()) -> None:
    """Prints a table by kind and codec, and the false alarms. Checks every n-th file, and only `kinds` if given."""
    rows: dict[tuple[str, str], _Row] = defaultdict(_Row)
    with tempfile.TemporaryDirectory() as folder:
        for one in damaged_files(Path(folder), every=every, kinds=kinds):
            _add_result(rows[one.kind, f"{one.codec} in {one.container}"], one)
        alarms, intact = _false_alarms(Path(folder), every)
    print("| damage | codec | files | found | time within 0.5 s | media right |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for (kind, codec), row in rows.items():
        print(f"| {kind} | {codec} | {row.cells()}")
    total = _Row(*(sum(getattr(row, name) for row in rows.values()) for name in ("files", "found", "timed", "media")))
    print(f"| all | | {total.cells()}")
    print(f"\n{len(alarms)} of {intact} whole files called damaged" + "".join(f"\n- {name}" for name in alarms))
    for row in rows.values():
        for line in row.notes:
            print(f"- {line}", file=sys.stderr)


def _add_result(row: _Row, one: DamagedFile) -> None:
    row.files += 1
    try:
        found = check_condition(inspect(one.path))
    except EngineError as error:
        # The file does not decode at all, so it cannot become a take.
        row.found, row.timed, row.media = row.found + 1, row.timed + 1, row.media + 1
        row.notes.append(f"{one.path.name}: refused: {error.message}")
        return
    if not found:
        row.notes.append(f"{one.path.name}: not found: {_truth(one)}")
        return
    named = {each.media for each in found}
    timed, media = is_timed(one, found), "file" in named or named >= {stretch.media for stretch in one.truth}
    row.found, row.timed, row.media = row.found + 1, row.timed + timed, row.media + media
    if not (timed and media):
        reported = ", ".join(f"{each.media} {float(each.start or 0):.2f}–{float(each.end or 0):.2f}" for each in found)
        row.notes.append(f"{one.path.name}: {reported}; true: {_truth(one)}")


def is_timed(one: DamagedFile, found: Sequence[Damage]) -> bool:
    """Whether the damage found begins and ends within 0.5 s of the known damage, over all media."""
    start = min((each.start or Fraction(0) for each in found), default=None)
    end = max((each.end for each in found if each.end is not None), default=None)
    if start is None or abs(start - one.start) > _NEAR:
        return False
    return end is None or abs(end - one.end) <= _NEAR


def _truth(one: DamagedFile) -> str:
    return ", ".join(f"{each.media} {float(each.start):.2f}–{float(each.end):.2f}" for each in one.truth)


def _false_alarms(folder: Path, every: int) -> tuple[list[str], int]:
    alarms, count = [], 0
    for path in whole_clips(folder, every=every):
        count += 1
        found = check_condition(inspect(path))
        if found:
            alarms.append(f"{path.name}: {found[0].detail}")
    return alarms, count
