"""Rows of the dialog that adds footage: places, entries of a folder, and the groups of an ingest's plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from cwtui.console.widgets.text_layout import pad, truncate_left
from cwtui.formatting import plural
from cwtui.path_text import shown_path
from cwtui.plan_text import duplicate_reason, take_facts
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.ingest import FolderEntry, MediaCount, Place
    from engine.transfer import ImportPlan, PlannedDuplicate

# Columns of a place's name, the files, the size and the date.
_PLACE, _FILES, _SIZE, _DATE = 18, 13, 9, 19
# From this width on, rows have the date.
_DATED_WIDTH = 84


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A row: its name, a place's location, the card's layout, and how many files of what size, or why it is skipped.

    `media`: it is, or may contain, footage.
    """

    name: str
    location: str = ""
    card: str = ""
    files: str = ""
    size: str = ""
    date: str = ""
    media: bool = True


@dataclass(frozen=True, slots=True)
class FootageChoice:
    """A place, folder or file that can be selected. `size` is a file's, in bytes. `counted`: its footage is counted."""

    path: Path
    row: EntryRow
    is_folder: bool = True
    size: int = 0
    counted: bool = True

    def counted_row(self, counts: Counts) -> EntryRow:
        """The row with the footage below the folder, as far as it has been counted."""
        if not self.is_folder or not self.counted:
            return self.row
        count, card = counts.get(self.path, (None, None))
        files, size = count_texts(count)
        card = card or self.row.card
        return replace(self.row, card=card, files=files, size=size, media=count is None or count.files > 0)


Counts = Mapping[Path, tuple["MediaCount", str | None]]
"""The footage of folders, and the layouts of those that are cards."""


def entry_choice(entry: FolderEntry) -> FootageChoice:
    """An entry of a folder."""
    date = f"{datetime.fromtimestamp(entry.modified):%d %b %Y %H:%M}" if entry.modified else ""
    if entry.kind == "folder":
        return FootageChoice(entry.path, EntryRow(f"{entry.path.name}/", date=date))
    row = EntryRow(
        entry.path.name,
        files=entry.note,
        size=format_bytes(entry.size),
        date=date,
        media=entry.kind != "other",
    )
    return FootageChoice(entry.path, row, False, entry.size)


def place_choice(place: Place) -> FootageChoice:
    """A place. Only cards are counted: a home folder has too many files."""
    return FootageChoice(
        place.path, EntryRow(place.name, shown_path(place.path), place.card or ""), counted=bool(place.card)
    )


def count_texts(count: MediaCount | None) -> tuple[str, str]:
    """The number of files and their size: (12 files, 4.1 GB); an ellipsis until they are counted."""
    if count is None:
        return "…", ""
    if not count.files:
        return ("no footage" if count.complete else "not readable"), ""
    more = "" if count.complete else "+"
    return f"{count.files:,}{more} {'file' if count.files == 1 else 'files'}", format_bytes(count.bytes) + more


def draw_entry(
    row: EntryRow, styles: Mapping[str, Style], width: int, here: bool, selected: bool, plain: bool = False
) -> Iterator[Segment]:
    """A row of places or entries, with a mark if it is selected."""
    kind = "quiet" if row.media else "faint"
    date = _DATE if width >= _DATED_WIDTH else 0
    files = max(_FILES, cell_len(row.files) + 2)
    card = f"  card · {row.card}" if row.card else ""
    left = max(8, width - 2 - files - _SIZE - date - cell_len(card))
    name = min(left, _PLACE) if row.location else left
    # Plain text has no ●.
    yield Segment(f"{('*' if plain else '●') if selected else ' '} ", styles["accent"])
    yield Segment(pad(row.name, name), styles["strong" if here else "text" if row.media else "faint"])
    yield Segment(pad(truncate_left(row.location, left - name), left - name), styles["faint"])
    yield Segment(card, styles["here"])
    yield Segment(pad(row.date, date, right=True), styles["faint"])
    yield Segment(pad(row.files, files, right=True), styles[kind])
    yield Segment(pad(row.size, _SIZE, right=True), styles[kind])


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A row of a plan: symbol and its style, file name, facts; `detail` is shown below for the row at the cursor."""

    symbol: str
    kind: str
    name: str
    facts: str
    detail: str = ""


def plan_groups(plan: ImportPlan) -> dict[str, list[PlanRow]]:
    """The rows of a plan by heading; without empty groups."""
    here = [one for one in plan.already_here if one.in_project]
    twice = [one for one in plan.already_here if not one.in_project]
    groups = {
        f"To add · {len(plan.takes):,}": [
            PlanRow(
                "+",
                "accent",
                take.path.name,
                " · ".join((format_bytes(take.bytes), f"session {take.session}", *take_facts(take))),
                _beside(shown_path(take.path), take.sidecars),
            )
            for take in plan.takes
        ],
        f"Already here · {len(here):,}": [_duplicate_row(one) for one in here],
        f"Twice in this footage · {len(twice):,}": [_duplicate_row(one) for one in twice],
        f"Cannot be added · {len(plan.failed):,}": [
            PlanRow(
                "✗", "red", one.path.name, one.message.removeprefix(f"{one.path.name} "), f"{one.message} {one.hint}"
            )
            for one in plan.failed
        ],
        f"Skipped · {len(plan.skipped):,}": [
            PlanRow("·", "faint", one.path.name, one.reason, shown_path(one.path)) for one in plan.skipped
        ],
    }
    return {heading: rows for heading, rows in groups.items() if rows}


def draw_plan(row: PlanRow, styles: Mapping[str, Style], width: int, here: bool) -> Iterator[Segment]:
    """A row of a plan."""
    left = max(16, width // 3)
    yield Segment(f"{row.symbol} ", styles[row.kind])
    yield Segment(pad(row.name, left), styles["strong" if here else "text"])
    yield Segment(pad(f" {row.facts}", width - left - 2), styles["red" if row.kind == "red" else "quiet"])


def _beside(path: str, sidecars: Iterable[Path]) -> str:
    names = [sidecar.name for sidecar in sidecars]
    if not names:
        return path
    more = f" and {plural(len(names) - 3, 'more file')}" if names[3:] else ""
    return f"{path}, with {', '.join(names[:3])}{more}"


def _duplicate_row(one: PlannedDuplicate) -> PlanRow:
    return PlanRow("·", "quiet", one.path.name, duplicate_reason(one), shown_path(one.path))
