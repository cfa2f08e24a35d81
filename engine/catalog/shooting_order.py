"""Sorts takes in shooting order, and groups them into sessions."""

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
    """Return the number in a camera's file name (IMG_0042 → 42), or 0."""
    numbers = re.findall(r"\d+", name)
    return int(numbers[-1]) if numbers else 0


def folder_number(path: Path) -> int:
    """Return the number of a file's DCF folder (100APPLE/IMG_0042.MOV → 100), or 0."""
    found = _FOLDER.fullmatch(path.parent.name)
    return int(found[1]) if found else 0


def in_shooting_order(takes: Iterable[Take]) -> list[Take]:
    """Return takes in shooting order: by capture time, then by the camera's numbers."""
    return sort_recordings(takes, lambda take: (take.captured_at, take.path, take.name))


def sort_recordings(recordings: Iterable[T], facts: Callable[[T], tuple[datetime, Path, str]]) -> list[T]:
    """Return recordings in shooting order. `facts` returns a recording's (capture time with zone, path, camera name).

    Recordings of the same time are sorted by the folder's number, the file's number, then the name. If a counter
    wraps from 9999 to 0001 within a folder, the order starts after the widest gap in its numbers.
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
    """Return the index of the first recording among ascending counters: 0, or after the gap of a wrapped counter."""
    gaps = [after - before for before, after in pairwise(counters)]
    widest = max(gaps, default=0)
    around = counters[0] + _COUNTERS - 1 - counters[-1] if counters else 0
    wrapped = widest > _COUNTERS // 2 and counters[-1] < _COUNTERS and around < _COUNTERS // 10
    return gaps.index(widest) + 1 if wrapped else 0


def sessions(takes: Sequence[Take], gap: timedelta = SESSION_GAP) -> dict[str, int]:
    """Return a session number by take id. A session has one device, and at most `gap` between recordings.

    Sessions are numbered by their start.
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
