"""The part of a cut that determines its film, as content with a digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from engine.errors import EngineError
from engine.timeline.cut import Clip, Cut
from engine.timeline.cut_items import cut_from_items, cut_to_items


def rendition(cut: Cut) -> Cut:
    """The cut without what its film does not show or sound like: alternates, reasons, refused suggestions and so on.

    Of the markers, the chapters stay.
    """
    clips = tuple(
        Clip(
            id=str(number),
            take=clip.take,
            start=clip.start,
            length=clip.length,
            sound_offset=clip.sound_offset,
            crossfade=clip.crossfade,
            gain_db=clip.gain_db,
            transition=clip.transition,
            markers=tuple(marker for marker in clip.markers if marker.kind == "chapter"),
            look=clip.look,
            animation=clip.animation,
        )
        for number, clip in enumerate(cut.clips, 1)
    )
    titles = tuple(replace(one, id=str(number)) for number, one in enumerate(cut.titles, 1))
    return replace(cut, clips=clips, refused=frozenset(), titles=titles, metadata="")


def rendition_bytes(cut: Cut) -> bytes:
    """The rendition of a cut as canonical JSON."""
    content = [cut.name, *cut_to_items(rendition(cut))]
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def rendition_digest(cut: Cut) -> str:
    """SHA-256 of `rendition_bytes` in hex."""
    return hashlib.sha256(rendition_bytes(cut)).hexdigest()


def read_rendition(content: bytes) -> Cut:
    """The cut of `rendition_bytes`. Raises EngineError if it is damaged."""
    try:
        name, *items = json.loads(content)
    except ValueError as error:
        raise EngineError("The cut of this job cannot be read.", "Deliver the cut again.") from error
    return cut_from_items(name, items)
