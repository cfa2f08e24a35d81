"""Loss reports: what a cut lost on its way through a file, found by reading the file back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from engine.timeline.cut import Clip, Cut


@dataclass(frozen=True, slots=True)
class Loss:
    """An aspect that differs after the way through a file, with the numbers of its clips (from 1; none: the cut)."""

    aspect: str
    clips: tuple[int, ...] = ()

    @property
    def message(self) -> str:
        """The loss as a sentence."""
        sentence = _SENTENCES[self.aspect]
        if not self.clips:
            return f"{sentence}."
        shown = ", ".join(str(number) for number in self.clips[:12])
        rest = f" and {len(self.clips) - 12} more" if len(self.clips) > 12 else ""
        return f"{sentence}: clip{'s' if len(self.clips) > 1 else ''} {shown}{rest}."

    def as_json(self) -> dict[str, Any]:
        """`property` (the aspect), `clips` and the sentence."""
        return {"property": self.aspect, "clips": list(self.clips), "message": self.message}


_SENTENCES = {
    "rate": "The frame rate changes",
    "canvas": "The canvas is not in the file",
    "name": "The name of the cut changes",
    "refused": "The refused suggestions are not in the file",
    "clips": "Clips are missing, or begin elsewhere",
    "take": "The media changes",
    "start": "The first frame changes",
    "length": "The length changes",
    "clip name": "The name is lost",
    "gain": "The gain is lost",
    "sound edit": "The sound begins at another sample",
    "crossfade": "The crossfade is lost",
    "transition": "The transition changes",
    "moving transition": "Other programs show a dissolve in place of the wipe or push",
    "titles": "Titles are not in the file",
    "markers": "Markers are lost or changed",
    "captions": "Captions are lost or changed",
    "alternates": "Alternates are lost",
    "look": "Looks and their keyframes are lost",
    "reason": "The reason is lost",
}

_ASPECTS: dict[str, Callable[[Clip], object]] = {
    "take": lambda clip: clip.take,
    "start": lambda clip: clip.start,
    "length": lambda clip: clip.length,
    "clip name": lambda clip: clip.name,
    # A thousandth of a decibel is nothing that anyone hears; linear levels do not keep it.
    "gain": lambda clip: round(clip.gain_db, 2) + 0.0,
    "sound edit": lambda clip: clip.sound_offset,
    "crossfade": lambda clip: clip.crossfade,
    "transition": lambda clip: clip.transition,
    "markers": lambda clip: clip.markers,
    "alternates": lambda clip: tuple((one.take, one.start, one.length) for one in clip.alternates),
    "look": lambda clip: (clip.look, clip.animation),
    "reason": lambda clip: (clip.reason, tuple(one.reason for one in clip.alternates)),
}


def losses(cut: Cut, returned: Cut) -> tuple[Loss, ...]:
    """The properties in which the cut that was read back differs, in a fixed order; none if it is the same film."""
    found: dict[str, list[int]] = {}
    before = {clip[0]: clip for clip in effective_clips(cut)}
    after = {clip[0]: clip for clip in effective_clips(returned)}
    for number, (position, clip) in enumerate(before.values(), 1):
        if position not in after:
            found.setdefault("clips", []).append(number)
            continue
        for name, value in _ASPECTS.items():
            if value(clip) != value(after[position][1]):
                found.setdefault(name, []).append(number)
    whole = [
        Loss(name)
        for name, differs in (
            ("name", cut.name != returned.name),
            ("rate", cut.rate != returned.rate),
            ("canvas", (cut.width, cut.height) != (returned.width, returned.height)),
            ("clips", "clips" not in found and set(after) - set(before)),
            ("refused", cut.refused != returned.refused),
            ("titles", cut.titles != returned.titles),
        )
        if differs
    ]
    order = ["clips", *_ASPECTS]
    return (*whole, *(Loss(name, tuple(found[name])) for name in order if name in found))


def effective_clips(cut: Cut) -> Iterator[tuple[int, Clip]]:
    """The position of each clip, and the clip without what has no effect, such as the clock of a gap."""
    for index, (clip, position, span) in enumerate(zip(cut.clips, cut.positions, cut.sound_spans(), strict=True)):
        offset = span.first - cut.sample(position)
        clip = replace(
            clip,
            sound_offset=offset if index else 0,
            crossfade=clip.crossfade if index else 0,
            markers=tuple(sorted(clip.markers, key=lambda one: (one.at, one.kind, one.label))),
        )
        if clip.take is None:
            markers = tuple(replace(one, at=one.at - clip.start) for one in clip.markers)
            clip = replace(clip, start=0, gain_db=0.0, markers=markers)
        yield position, clip
