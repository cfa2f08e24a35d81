"""Checks of a finished film with copied stretches: every packet, and the frames around every join."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from engine.deliver.receipt import Check
from engine.picture import ChunkFidelity, CopiedStretch, MovieInspection, RecordedPictures, same_packets


def check_copies(
    path: Path, movie: MovieInspection, copies: Sequence[CopiedStretch], recorded: RecordedPictures
) -> list[Check]:
    """Compares the copied packets, and the frames around the joins, with those of the recordings."""
    packets = sum(len(one.packets) for one in copies)
    same = same_packets(path, copies)
    shown = sum(movie.pictures[frame] == digest for frame, digest in recorded.digests.items())
    inside = sum(bool(movie.pictures[frame]) for one in copies for frame in one.frames)
    return [
        Check(name="copied packets", passed=same == packets, measured=same, wanted=f"{packets}, as recorded"),
        Check(
            name="copied frames at joins",
            passed=shown == len(recorded.digests) == inside,
            measured=shown,
            wanted=f"{inside}, as decoded from the recordings",
        ),
    ]


def check_key_frames(
    movie: MovieInspection, gop: int, chunks: Sequence[ChunkFidelity], copies: Sequence[CopiedStretch]
) -> Check:
    """Checks the GOPs that were encoded. Copied ones are as the camera made them, within the recipe's other limit."""
    if not copies:
        closed, longest = movie.closed, movie.longest_gop
    else:
        closed, longest = True, 0
        for chunk in chunks:
            frames = range(chunk.first, chunk.first + chunk.decoded)
            edges = [*(key for key in movie.keys if key in frames), frames.stop]
            longest = max([longest, edges[0] - frames.start, *(b - a for a, b in pairwise(edges))])
            closed = closed and not any(key in frames for key in movie.open_keys)
    copied = "; copied ones as recorded" if copies else ""
    return Check(
        name="key frames",
        passed=closed and longest <= gop,
        measured=longest if closed else "open GOP",
        wanted=f"closed GOP of at most {gop} frames{copied}",
    )
