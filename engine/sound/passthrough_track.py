"""The record of a sound track that was carried into a movie."""

from __future__ import annotations

from typing import Literal

from engine.catalog import Exact, FrozenModel


class PassthroughTrack(FrozenModel):
    """A sound track that was carried: where from, what it is called there, and what of it the movie holds.

    `index` is its place in the footage, `place` its place in the movie. `digest` is the XXH128 of its packets' bytes,
    one after the other; `start` and `duration`, in seconds, say when the movie plays it. `described` tells whether its
    description is the footage's own, byte for byte, or written anew.
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
