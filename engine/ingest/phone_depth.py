"""Notes on the depth that an iPhone records in Cinematic mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.catalog import Probe
from engine.isobmff import CINEMATIC_KEY


def depth_notes(metadata: Mapping[str, str], probe: Probe) -> Iterator[str]:
    """Yield a note if the file has the phone's depth, or has lost it on the way from the phone."""
    if track := probe.depth_track:
        yield f"depth from the phone (track {track.index}, {track.codec}): used before any depth model"
    elif CINEMATIC_KEY in metadata:
        yield (
            "recorded in Cinematic mode, without its depth: to keep it, share the clip from Photos with"
            " Options ▸ All Photos Data"
        )
