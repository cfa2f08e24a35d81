"""The record of an original sound track that was copied into a movie."""

from __future__ import annotations

from typing import Literal

from engine.catalog import Exact, FrozenModel


class PassthroughTrack(FrozenModel):
    """A copied sound track: its source, its name in the movie, and its packets there.

    `index` is its stream index in the footage, `place` its stream index in the movie. `digest` is the XXH128 of its
    packets' bytes, concatenated. The movie plays it from `start` for `duration` seconds. `described` is "as it was" if
    the sample description is the footage's, byte for byte, "anew" if it was rewritten.
    """

    index: int
    place: int
    name: str
    codec: str
    channels: int
    sample_rate: int
    described: Literal["as it was", "anew"]
    packets: int
    bytes: int
    digest: str
    start: Exact
    duration: Exact
