"""Two-pass rate control: the first pass measures each chunk at constant quality, the second spends the bit rate.

A chunk gets its share of the bits by the size that its first pass had, as the encoder then does within the chunk from
the log of the first pass. Both are kept until the movie is finished, so that a resumed render measures no chunk twice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from engine.atomic_files import write_atomic

MOST = Fraction(2)
"""The highest rate of a chunk, and of any second, as a share of the movie's."""

# Every file of a first pass has this in its name: the log, the encoder's own second file, and the measured bits.
_MARK = ".pass1"


@dataclass(frozen=True, slots=True)
class PassLog:
    """The log that an encoder writes in its first pass and reads in its second."""

    number: Literal[1, 2]
    path: Path


def first_pass_log(chunk: Path) -> Path:
    """The log of the first pass of a chunk, beside it."""
    return chunk.with_name(f"{chunk.stem}{_MARK}")


def measured_bits(chunk: Path) -> int | None:
    """The size of a chunk in its first pass, None if that is not finished."""
    try:
        return int(json.loads(_measurement(chunk).read_bytes())["bits"])
    except FileNotFoundError:
        return None


def keep_measured_bits(chunk: Path, bits: int) -> None:
    """Stores the size of a chunk in its first pass, which ends it; the encoder must have closed its log."""
    write_atomic(_measurement(chunk), json.dumps({"bits": bits}).encode())


def forget_first_passes(work: Path) -> None:
    """Removes the files of all first passes below `work`."""
    for path in work.glob(f"*{_MARK}*"):
        path.unlink(missing_ok=True)


def share_bits(budget: Fraction, costs: Sequence[int], frames: Sequence[int], most: Fraction) -> list[Fraction]:
    """Divides `budget` bits by the costs of chunks, with at most `most` bits for each of their frames.

    What a limited chunk cannot take goes to the others.
    """
    limits = [most * count for count in frames]
    shares = [Fraction(0)] * len(costs)
    free = [number for number, cost in enumerate(costs) if cost]
    while free:
        total = sum(costs[number] for number in free)
        left = budget - sum(shares)
        over = [number for number in free if left * costs[number] / total > limits[number]]
        for number in over or free:
            shares[number] = limits[number] if over else left * costs[number] / total
        free = [number for number in free if number not in over] if over else []
    return shares


def _measurement(chunk: Path) -> Path:
    log = first_pass_log(chunk)
    return log.with_name(f"{log.name}.json")
