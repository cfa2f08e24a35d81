"""In which order takes were recorded, and which of them belong to one session."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from typing import TypeVar

from engine.catalog.records import Take

SESSION_GAP = timedelta(minutes=30)

# DCF 2.0 (CIPA DC-009), 3.2: folders are three digits, 100 to 999, and five letters; files four letters and four
# digits, 0001 to 9999.
_FOLDER = re.compile(r"([1-9]\d\d)\w{5}")
_COUNTERS = 10_000

T = TypeVar("T")


def camera_number(name: str) -> int:
    """The number a camera gave its file (IMG_0042 → 42), 0 where it gave none."""
    numbers = re.findall(r"\d+", name)
    return int(numbers[-1]) if numbers else 0


def folder_number(path: Path) -> int:
    """The number a camera gave the folder of a file (100APPLE/IMG_0042.MOV → 100), 0 where it gave none."""
    found = _FOLDER.fullmatch(path.parent.name)
    return int(found[1]) if found else 0


def in_shooting_order(takes: Iterable[Take]) -> list[Take]:
    """Takes as they were shot: by capture time, and by the camera's own counting where the times are equal."""
    return sort_recordings(takes, lambda take: (take.captured_at, take.path, take.name))


def sort_recordings(recordings: Iterable[T], facts: Callable[[T], tuple[datetime, Path, str]]) -> list[T]:
    """Recordings as they were shot; `facts` are capture time (with its zone), path and camera name of one.

    Where times are equal the folder's number counts, then the file's, then the name. A counter that goes on from
    9999 to 0001 in one folder begins after the widest gap in its numbers.
    """

    def numbers(recording: T) -> tuple[int, int, str]:
        _, path, name = facts(recording)
        return folder_number(path), camera_number(name), name

    ordered = []
    for _, same_time in groupby(sorted(recordings, key=lambda one: facts(one)[0]), key=lambda one: facts(one)[0]):
        for _, same_folder in groupby(sorted(same_time, key=numbers), key=lambda one: numbers(one)[0]):
            group = list(same_folder)
            first = _first_after_wrap([numbers(one)[1] for one in group])
            ordered += [*group[first:], *group[:first]]
    return ordered


def _first_after_wrap(counters: Sequence[int]) -> int:
    """The place of the first recording among ascending counters: 0, or behind the gap over which the counter ran."""
    gaps = [after - before for before, after in pairwise(counters)]
    widest = max(gaps, default=0)
    around = counters[0] + _COUNTERS - 1 - counters[-1] if counters else 0
    wrapped = widest > _COUNTERS // 2 and counters[-1] < _COUNTERS and around < _COUNTERS // 10
    return gaps.index(widest) + 1 if wrapped else 0


def sessions(takes: Sequence[Take], gap: timedelta = SESSION_GAP) -> dict[str, int]:
    """A session number for each take's id: one device, no longer than `gap` between recordings.

    Numbers count up in the order in which the sessions began.
    """
    open_sessions: dict[str, tuple[datetime, int]] = {}
    numbers: dict[str, int] = {}
    count = 0
    for take in in_shooting_order(takes):
        capture = take.probe.capture
        device = " ".join(part for part in (capture.make, capture.model) if part)
        last = open_sessions.get(device)
        if last is None or take.captured_at - last[0] > gap:
            count += 1
            number = count
        else:
            number = last[1]
        end = take.captured_at + timedelta(seconds=float(take.probe.duration))
        open_sessions[device] = (max(end, last[0]) if last and last[1] == number else end, number)
        numbers[take.id] = number
    return numbers
