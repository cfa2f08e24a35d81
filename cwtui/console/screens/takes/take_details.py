"""A take in words: its picture, sound, words, seal, and what it says again of another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from cwtui.console.widgets.detail_list import Line, laid_out
from cwtui.console.workers.take_media import Glimpse
from cwtui.formatting import level, moment, plural, position, size
from engine.catalog import Condition, JobState, Take, describe_damage, summarize_damage

if TYPE_CHECKING:
    from cwtui.console.app import Console

_NAMES = {2160: "4K", 1080: "HD", 720: "720p"}
_SAME = 4


def flags(take: Take) -> str:
    """4K HLG 30, HD log VFR: the picture in three words."""
    picture = take.probe.picture
    if picture is None:
        return "sound"
    lines = min(picture.display_width, picture.display_height)
    name = _NAMES.get(lines, f"{lines}p")
    kind = {"apple-log": "Log", "apple-log-2": "Log 2", "rec709": "709"}.get(
        picture.encoding_name, picture.encoding_name.upper()
    )
    rate = "VFR" if picture.variable_frame_rate else f"{float(picture.frame_rate):.3g}"
    return f"{name} {kind} {rate}"


def retake_told(desk: Console, take: Take, glimpse: Glimpse) -> tuple[str, str]:
    """What needs saying instead of the words, and in which ink: a question, a loss, or of what this is a retake."""
    if not glimpse.present:
        return f"the footage is gone: {take.path.name}", "red"
    if take.needs_director:
        return "log: confirm how it is read  (a)", "amber"
    if damage := desk.snapshot.condition(take).damage:
        return summarize_damage(damage), "red"
    if glimpse.trouble:
        return glimpse.trouble, "amber"
    review = desk.snapshot.review(take)
    of = desk.snapshot.by_id.get(review.retake_of or "")
    if of:
        return f"↺ of {of.number:03d}  {glimpse.opening}", "quiet"
    if review.verdict is None and (again := desk.suggestion(take)):
        return f"{glimpse.opening}  ↺ {again.number:03d}?", "text"
    return "", ""


def condition_mark(condition: Condition) -> tuple[str, str]:
    """(sign, ink) of a take in a list: damaged, not checked yet, or nothing for a whole one."""
    return {"damaged": ("✗", "red"), "unchecked": ("?", "faint")}.get(condition.state, (" ", "faint"))


def condition_lines(condition: Condition) -> Iterator[Line]:
    """Each damaged stretch on a line of its own; else whether all of it decodes."""
    for n, one in enumerate(condition.damage):
        yield "" if n else "damaged", describe_damage(one), "red"
    if not condition.checked:
        yield "condition", "not all of it is decoded yet" if condition.damage else "not checked yet", "faint"
    elif not condition.damage:
        yield "condition", "whole: all of it decodes", "text"


def suggestion(desk: Console, take: Take) -> Take | None:
    """The later take of the session that begins with the same words: this one may be a retake of it."""
    mine = _beginning(desk.glimpses.of(take))
    if len(mine) < _SAME:
        return None
    takes = desk.snapshot.takes
    at = desk.snapshot.place_of.get(take.id, 0)
    for other in takes[at + 1 : at + 6]:
        if other.session == take.session and _beginning(desk.glimpses.of(other))[:_SAME] == mine[:_SAME]:
            return other
    return None


def facts(desk: Console, take: Take, glimpse: Glimpse, width: int, height: int) -> Text:
    """Label and value; what does not fit is counted."""
    head = Text().append(f"{take.label}\n", desk.ink.styles["here"])
    return head + laid_out(desk, list(_lines(desk, take, glimpse)), width, height - 1)


def _lines(desk: Console, take: Take, glimpse: Glimpse) -> Iterator[Line]:
    probe, capture = take.probe, take.probe.capture
    place = f" · {position(capture.location)} (kept here, stripped on delivery)" if capture.location else ""
    if not glimpse.present:
        yield "careful", f"the footage is gone: {desk.folder / take.path}", "red"
    if glimpse.trouble:
        yield "careful", glimpse.trouble, "amber"
    condition = desk.snapshot.condition(take)
    if condition.damage:
        yield from condition_lines(condition)
    yield "capture", f"{take.captured_at:%d %b %Y %H:%M:%S %z}{place}", "text"
    if picture := probe.picture:
        vision = picture.dolby_vision
        named = f" · Dolby Vision {vision.name.removeprefix('profile ')}" if vision else ""
        read = f"ACEScg by {take.input_transform} ✓" if take.input_transform else "waits for you (a)"
        upright = f"{picture.display_width}×{picture.display_height} upright"
        kind = "amber" if take.needs_director else "text"
        yield "picture", f"{upright} · {picture.codec} {picture.encoding_name}{named} · {read}", kind
    tracks = [
        f"{track.layout or track.channels} {track.codec}"
        if track.decodable
        else f"{track.codec} ×{track.channels} (kept)"
        for track in probe.sound
    ]
    heard = (
        [f"{level(glimpse.loudness)} · peak {level(glimpse.levels.loudness.true_peak_dbtp, 'dBTP')}"]
        if glimpse.levels
        else []
    )
    cleaned = ["cleaned ✓"] if any(job.state is JobState.DONE for job in desk.snapshot.jobs_of(take, "clean")) else []
    yield "sound", " · ".join([*tracks, *heard, *cleaned]) or "none", "text"
    if transcript := glimpse.transcript:
        count = len(transcript.words)
        sure = sum(word.confidence for word in transcript.words) / max(count, 1)
        voices = plural(len(transcript.speakers), "speaker")
        language = "language unknown" if transcript.language_probability is None else transcript.language
        told = f"{plural(count, 'word')} · {voices} · {sure:.0%} sure · {language}"
        yield "words", told if count else "no speech was heard", "text"
        for note in transcript.notes if count else ():
            yield "note", note, "quiet"
    else:
        under_way = [job for job in desk.snapshot.jobs if job.state.open and job.parameters.get("take") == take.id]
        none = "—" if glimpse.trouble else "not heard yet (n)"
        yield "words", f"{plural(len(under_way), 'job')} under way" if under_way else none, "faint"
    marks = desk.snapshot.marks(take)
    if marks:
        yield "markers", ", ".join(f"{moment(one.at)} {one.label}".strip() for one in marks), "text"
    if not condition.damage:
        yield from condition_lines(condition)
    where = "in place" if take.in_place else "sealed"
    yield where, f"xxh128 {take.digest[:8]}…{take.digest[-2:]} · {size(take.size)}", "text"
    if not probe.original:
        yield "careful", "not an original: the phone or a service has encoded it again", "amber"
    for note in probe.notes:
        yield "note", note, "quiet"


def _beginning(glimpse: Glimpse | None) -> list[str]:
    if glimpse is None or glimpse.transcript is None:
        return []
    said = (re.sub(r"\W", "", word.text.casefold()) for word in glimpse.transcript.words[:12])
    return [word for word in said if word]
