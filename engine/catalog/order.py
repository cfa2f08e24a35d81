"""In which order takes were recorded, and which of them belong to one session."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from engine.catalog.rows import Take

SESSION_GAP = timedelta(minutes=30)


def camera_number(name: str) -> int:
    """The number a camera gave its file (IMG_0042 → 42), 0 where it gave none."""
    numbers = re.findall(r"\d+", name)
    return int(numbers[-1]) if numbers else 0


def shooting_order(take: Take) -> tuple[datetime, int, str]:
    """Sorts takes as they were shot: capture time (with its zone), camera file number, name."""
    return take.captured_at, camera_number(take.name), take.name


def sessions(takes: Sequence[Take], gap: timedelta = SESSION_GAP) -> dict[str, int]:
    """A session number for each take's id: one device, no longer than `gap` between recordings.

    Numbers count up in the order in which the sessions began.
    """
    open_sessions: dict[str, tuple[datetime, int]] = {}
    numbers: dict[str, int] = {}
    count = 0
    for take in sorted(takes, key=shooting_order):
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
