"""Writes a cut as a CMX 3600 edit decision list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from engine.time import Timecode
from engine.timeline.cut import SAMPLE_RATE, Clip, Cut, Transition
from engine.timeline.exchange.edl_reader import BLACK, CHAPTER_PREFIX, TAKE_COMMENT
from engine.timeline.exchange.moving_transitions import COMMENT, is_moving, transition_text, wipe_code
from engine.timeline.exchange.timeline import ExchangeMedia, source_timecode

_REEL = 8


def write_edl(cut: Cut, media: Mapping[str, ExchangeMedia], start: Timecode | None = None) -> bytes:
    """The cut with one picture track; `start` is the record timecode of its first frame, one hour by default.

    A clip is one event, or two where its sound is cut apart from its picture (to whole frames). Sources have the
    timecode of their media in frames of the cut.
    """
    record = start or Timecode(cut.rate, 3600 * round(cut.rate))
    lines = [f"TITLE: {_line(cut.name)}", f"FCM: {'DROP FRAME' if record.drop else 'NON-DROP FRAME'}", ""]
    reels = reel_names([media[take] for take in cut.takes])
    number = 0
    offsets = [_frames_of(clip.sound_offset, cut.rate) if index else 0 for index, clip in enumerate(cut.clips)]
    for index, (clip, position) in enumerate(zip(cut.clips, cut.positions, strict=True)):
        number += 1
        into, after = clip.transition if index else None, cut.clips[index + 1] if index + 1 < len(cut.clips) else None
        before = into.before if into else 0
        ending = after.transition.before if after and after.transition else 0
        one = media[clip.take] if clip.take is not None else None
        edges = offsets[index], offsets[index + 1] if after else 0
        split = one is not None and one.channels > 0 and any(edges)
        channels = "B" if one is not None and one.channels > 0 and not split else "V"
        span = -before, clip.length - ending
        if into:
            previous = cut.clips[index - 1]
            lines.append(
                _event(number, previous, previous.end - before, 0, position - before, "V", media, reels, record)
            )
        lines.append(
            _event(number, clip, clip.start + span[0], span[1] - span[0], position + span[0], channels, media, reels,
                   record, f"{_kind(into):<5}{before + into.after:03d}" if into else "C")
        )  # fmt: skip
        lines += _comments(clip, one, into is not None, cut.clips[index - 1], media)
        if into and is_moving(into):
            lines.append(f"* {COMMENT}: {transition_text(into)}")
        if split and one is not None:
            number += 1
            first, last = edges[0], clip.length + edges[1]
            lines.append(
                _event(number, clip, clip.start + first, last - first, position + first, "A", media, reels, record)
            )
        for marker in clip.markers:
            if clip.start <= marker.at < clip.end:
                label = (CHAPTER_PREFIX if marker.kind == "chapter" else "") + _line(marker.label)
                lines.append(f"* LOC: {record.label(position + marker.at - clip.start)} GREEN   {label}")
    return ("\n".join(lines) + "\n").encode()


def reel_names(media: list[ExchangeMedia]) -> dict[str, str]:
    """A reel of at most eight characters for each file, by its key: from its name, numbered where two are equal."""
    out: dict[str, str] = {}
    for one in media:
        stem = re.sub(r"\.\w{1,4}$", "", one.reel or one.file_name)
        stem_reel = reel = re.sub(r"[^A-Z0-9_]", "", stem.upper())[-_REEL:] or "REEL"
        taken = {*out.values(), BLACK, "AX"}
        count = 2
        while reel in taken:
            suffix = f"_{count}"
            reel = stem_reel[: _REEL - len(suffix)] + suffix
            count += 1
        out[one.key] = reel
    return out


def _event(
    number: int, clip: Clip, first: int, length: int, position: int, channels: str, media: Mapping[str, ExchangeMedia],
    reels: Mapping[str, str], record: Timecode, kind: str = "C",
) -> str:  # fmt: skip
    if clip.take is None:
        reel, source, first = BLACK, Timecode(record.rate), 0
    else:
        reel, source = reels[clip.take], source_timecode(media[clip.take], record.rate)
    codes = " ".join(
        (source.label(first), source.label(first + length), record.label(position), record.label(position + length))
    )
    return f"{number:03d}  {reel:<8} {channels:<5} {kind:<8} {codes}"


def _kind(transition: Transition) -> str:
    """The code of a transition; a push has none and is written as a dissolve."""
    return f"W{wipe_code(transition.direction):03d}" if transition.kind == "wipe" else "D"


def _comments(
    clip: Clip, one: ExchangeMedia | None, incoming: bool, previous: Clip, media: Mapping[str, ExchangeMedia]
) -> list[str]:
    if one is None:
        return []
    name = _line(clip.name or one.name)
    if incoming:
        outgoing = media[previous.take] if previous.take is not None else None
        lines = [f"* FROM CLIP NAME: {_line(previous.name or outgoing.name)}"] if outgoing else []
        lines.append(f"* TO CLIP NAME: {name}")
    else:
        lines = [f"* FROM CLIP NAME: {name}"]
    if one.location:
        lines.append(f"* SOURCE FILE: {_line(one.location)}")
    if one.take:
        lines.append(f"* {TAKE_COMMENT}: {one.take}")
    return lines


def _frames_of(samples: int, rate: Fraction) -> int:
    return round(samples * rate / SAMPLE_RATE)


def _line(text: str) -> str:
    """Text in one line."""
    return " ".join(text.split())
