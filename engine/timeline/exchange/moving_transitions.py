"""Wipes and pushes in files: as text that Cleanwater reads back, and as the codes of SMPTE 258M."""

from __future__ import annotations

import re

from engine.picture import Direction
from engine.timeline.cut import Cut, Transition, TransitionKind

COMMENT = "CLEANWATER TRANSITION"
"""The key of the comment that names a wipe or a push in an EDL."""

_TEXT = re.compile(r"(wipe|push) (left|right|up|down)(?: softness ([0-9.]+))?", re.IGNORECASE)
_WIPE_CODES: dict[Direction, int] = {"right": 1, "down": 2, "left": 101, "up": 102}


def is_moving(transition: Transition | None) -> bool:
    """Whether it is a wipe or a push."""
    return transition is not None and transition.kind in ("wipe", "push")


def transition_text(transition: Transition) -> str:
    """A wipe or a push as text: “wipe left softness 0.1”."""
    soft = f" softness {transition.softness:g}" if transition.softness else ""
    return f"{transition.kind} {transition.direction}{soft}"


def parse_transition(text: str, before: int = 0, after: int = 0) -> Transition | None:
    """The transition of `transition_text` in a longer text; None without one."""
    found = _TEXT.search(text)
    if found is None:
        return None
    kind: TransitionKind = "wipe" if found[1].lower() == "wipe" else "push"
    direction = next(one for one in _WIPE_CODES if one == found[2].lower())
    softness = float(found[3]) if found[3] and re.fullmatch(r"\d*\.?\d+", found[3]) else 0.0
    return Transition(kind, before, after, direction, min(softness, 1.0))


def wipe_code(direction: Direction) -> int:
    """The code of a straight wipe: 1 moves to the right, 2 down; 100 more reverses it."""
    return _WIPE_CODES[direction]


def wipe_direction(code: int) -> Direction | None:
    """The direction of the straight wipe with a code; None for another shape."""
    return next((direction for direction, one in _WIPE_CODES.items() if one == code), None)


def clips_with(cut: Cut, *kinds: TransitionKind) -> tuple[int, ...]:
    """The numbers, from 1, of the clips into which a transition of these kinds leads."""
    return tuple(
        n for n, clip in enumerate(cut.clips, 1) if n > 1 and clip.transition and clip.transition.kind in kinds
    )
