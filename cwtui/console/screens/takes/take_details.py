"""A take in words: its picture, sound, words, seal, and what it says again of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from cwtui.console.widgets.detail_list import Detail, layout_details
from cwtui.console.workers.take_media import TakeMedia
from cwtui.formatting import format_bytes, format_level, format_location, format_time, plural
from engine import speech
from engine.catalog import Condition, JobState, Take, describe_damage, summarize_damage

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from engine.speech import Word

_NAMES = {2160: "4K", 1080: "HD", 720: "720p"}


def format_summary(take: Take) -> str:
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


def retake_line(app: ConsoleApp, take: Take, media: TakeMedia) -> tuple[str, str]:
    """What needs saying instead of the words, and in which ink: a question, a loss, or of what this is a retake."""
    if not media.present:
        return f"the footage is gone: {take.path.name}", "red"
    if take.needs_director:
        return "log: confirm how it is read  (a)", "amber"
    if damage := app.snapshot.condition(take).damage:
        return summarize_damage(damage), "red"
    if media.error:
        return media.error, "amber"
    review = app.snapshot.review(take)
    of = app.snapshot.by_id.get(review.retake_of or "")
    if of:
        return f"↺ of {of.number:03d}  {media.first_words}", "quiet"
    if review.verdict is None and (again := app.suggest_retake(take)):
        return f"{media.first_words}  ↺ {again.number:03d}?", "text"
    return "", ""


def condition_mark(condition: Condition) -> tuple[str, str]:
    """(sign, ink) of a take in a list: damaged, not checked yet, or nothing for a whole one."""
    return {"damaged": ("✗", "red"), "unchecked": ("?", "faint")}.get(condition.state, (" ", "faint"))


def condition_lines(condition: Condition) -> Iterator[Detail]:
    """Each damaged stretch on a line of its own; else whether all of it decodes."""
    for n, one in enumerate(condition.damage):
        yield "" if n else "damaged", describe_damage(one), "red"
    if not condition.checked:
        yield "condition", "not all of it is decoded yet" if condition.damage else "not checked yet", "faint"
    elif not condition.damage:
        yield "condition", "whole: all of it decodes", "text"


def suggest_retake(app: ConsoleApp, take: Take) -> Take | None:
    """The take that this one may be a retake of, as far as the words of both are loaded."""

    def words_of(take: Take) -> Sequence[Word]:
        media = app.take_media.get(take)
        return media.transcript.words if media and media.transcript else ()

    takes, at = app.snapshot.takes, app.snapshot.index_of.get(take.id, 0)
    return speech.suggest_retake(take, (takes[n] for n in range(at + 1, len(takes))), words_of)


def render_details(app: ConsoleApp, take: Take, media: TakeMedia, width: int, height: int) -> Text:
    """Label and value; what does not fit is counted."""
    head = Text().append(f"{take.label}\n", app.palette.styles["here"])
    return head + layout_details(app, list(_lines(app, take, media)), width, height - 1)


def _lines(app: ConsoleApp, take: Take, media: TakeMedia) -> Iterator[Detail]:
    probe, capture = take.probe, take.probe.capture
    location = f" · {format_location(capture.location)} (kept here, stripped on delivery)" if capture.location else ""
    if not media.present:
        yield "careful", f"the footage is gone: {app.folder / take.path}", "red"
    if media.error:
        yield "careful", media.error, "amber"
    condition = app.snapshot.condition(take)
    if condition.damage:
        yield from condition_lines(condition)
    yield "capture", f"{take.captured_at:%d %b %Y %H:%M:%S %z}{location}", "text"
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
        [f"{format_level(media.loudness)} · peak {format_level(media.levels.loudness.true_peak_dbtp, 'dBTP')}"]
        if media.levels
        else []
    )
    cleaned = ["cleaned ✓"] if any(job.state is JobState.DONE for job in app.snapshot.jobs_of(take, "clean")) else []
    yield "sound", " · ".join([*tracks, *heard, *cleaned]) or "none", "text"
    if transcript := media.transcript:
        count = len(transcript.words)
        sure = sum(word.confidence for word in transcript.words) / max(count, 1)
        voices = plural(len(transcript.speakers), "speaker")
        language = "language unknown" if transcript.language_probability is None else transcript.language
        summary = f"{plural(count, 'word')} · {voices} · {sure:.0%} sure · {language}"
        yield "words", summary if count else "no speech was heard", "text"
        for note in transcript.notes if count else ():
            yield "note", note, "quiet"
    else:
        under_way = [job for job in app.snapshot.jobs if job.state.open and job.parameters.get("take") == take.id]
        none = "—" if media.error else "not heard yet (n)"
        yield "words", f"{plural(len(under_way), 'job')} under way" if under_way else none, "faint"
    marks = app.snapshot.markers_of(take)
    if marks:
        yield "markers", ", ".join(f"{format_time(one.at)} {one.label}".strip() for one in marks), "text"
    if not condition.damage:
        yield from condition_lines(condition)
    where = "in place" if take.in_place else "sealed"
    yield where, f"xxh128 {take.digest[:8]}…{take.digest[-2:]} · {format_bytes(take.size)}", "text"
    if not probe.original:
        yield "careful", "not an original: the phone or a service has encoded it again", "amber"
    for note in probe.notes:
        yield "note", note, "quiet"
