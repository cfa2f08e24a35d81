"""A take's details as text: picture, sound, transcript, seal and likely retakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from cwtui.console.theme import Palette
from cwtui.console.widgets.detail_list import Detail, layout_details
from cwtui.console.workers.take_media import TakeMedia
from cwtui.formatting import format_channels, format_level, format_location, format_share, plural
from cwtui.observation_text import footprint_map, observation_facts, observation_summary
from engine.catalog import Condition, Marker, Take, describe_damage, summarize_damage
from engine.time import format_time
from engine.units import format_bytes

if TYPE_CHECKING:
    pass

# The columns and lines of a footprint.
_FOOTPRINT = (14, 5)
_NAMES = {2160: "4K", 1080: "HD", 720: "720p"}
_SHORT = {"apple-log": "Log", "apple-log-2": "Log 2", "rec709": "709"}
_LABELS = {"apple-log": "Apple Log", "apple-log-2": "Apple Log 2", "rec709": "Rec.709", "srgb": "sRGB"}


@dataclass(frozen=True, slots=True)
class TakeFacts:
    """The data for the details of a take. `path` is the footage's; `open_jobs` counts the take's open jobs.

    `brief` cuts notes to what they are about, so that the transcript has room.

    The keys are those that confirm an input transform, and that prepare the take.
    """

    take: Take
    media: TakeMedia
    condition: Condition
    path: Path
    answer_key: str
    prepare_key: str
    markers: tuple[Marker, ...] = ()
    cleaned: bool = False
    open_jobs: int = 0
    brief: bool = False


def format_summary(take: Take) -> str:
    """The picture in three words, such as “4K HLG 30” or “HD Log VFR”."""
    picture = take.probe.picture
    if take.probe.observation:
        return observation_summary(take.probe.observation)
    if picture is None:
        return "audio"
    lines = min(picture.display_width, picture.display_height)
    name = _NAMES.get(lines, f"{lines}p")
    kind = _SHORT.get(picture.encoding_name, picture.encoding_name.upper())
    rate = "VFR" if picture.variable_frame_rate else f"{float(picture.frame_rate):.3g}"
    return f"{name} {kind} {rate}"


def encoding_label(name: str) -> str:
    """The name of an encoding in text, such as “HLG” or “Apple Log”."""
    return _LABELS.get(name, name.upper())


def codec_label(name: str) -> str:
    """The name of a sound codec without its sample format, such as “AAC” or “PCM”."""
    return name.partition("_")[0].upper()


def retake_line(
    take: Take,
    media: TakeMedia,
    condition: Condition,
    of: Take | None,
    suggest: Callable[[], Take | None],
    answer_key: str,
) -> tuple[str, str]:
    """(text, style) shown in place of the words: a warning, a question, or the take that this is a retake of."""
    if not media.present:
        return f"footage missing: {take.path.name}", "red"
    if take.needs_director:
        return f"log: confirm colour ({answer_key})", "amber"
    if damage := condition.damage:
        return summarize_damage(damage), "red"
    if media.error:
        return media.error, "amber"
    if of:
        return f"↺ of {of.number:03d}  {media.first_words}", "quiet"
    if again := suggest():
        return f"{media.first_words}  ↺ {again.number:03d}?", "text"
    return "", ""


def condition_mark(condition: Condition) -> tuple[str, str]:
    """(symbol, style) of a take's condition in a list: damaged, unchecked, or blank when intact."""
    return {"damaged": ("✗", "red"), "unchecked": ("?", "faint")}.get(condition.state, (" ", "faint"))


def condition_lines(condition: Condition) -> Iterator[Detail]:
    """One line per damaged range; without damage, whether all of the take decodes."""
    for n, one in enumerate(condition.damage):
        yield "" if n else "damaged", describe_damage(one), "red"
    if not condition.checked:
        yield "condition", "partly checked" if condition.damage else "? not checked for damage yet", "faint"
    elif not condition.damage:
        yield "condition", "intact: all of it decodes", "text"


def render_details(facts: TakeFacts, palette: Palette, width: int, height: int) -> Text:
    """The details in a size; lines that do not fit are counted."""
    head = Text().append(f"{facts.take.label}\n", palette.styles["here"])
    return head + layout_details(palette, list(_lines(facts)), width, height - 1)


def details_height(facts: TakeFacts, palette: Palette, width: int) -> int:
    """The number of lines of all details in a width, wrapped."""
    return 2 + layout_details(palette, list(_lines(facts)), width, 0).plain.count("\n")


def _lines(facts: TakeFacts) -> Iterator[Detail]:
    take, media, condition = facts.take, facts.media, facts.condition
    probe, capture = take.probe, take.probe.capture
    location = f" · {format_location(capture.location)} (kept here, removed on delivery)" if capture.location else ""
    if not media.present:
        yield "warning", f"footage missing: {facts.path}", "red"
    if media.error:
        yield "warning", media.error, "amber"
    if condition.damage:
        yield from condition_lines(condition)
    yield "capture", f"{take.captured_at:%d %b %Y %H:%M:%S %z}{location}", "text"
    if probe.observation:
        yield from observation_lines(facts)
        return
    if picture := probe.picture:
        vision = picture.dolby_vision
        named = f" · Dolby Vision {vision.name.removeprefix('profile ')}" if vision else ""
        read = (
            f"read as {encoding_label(take.input_transform)} ✓"
            if take.input_transform
            else f"confirm colour ({facts.answer_key})"
        )
        upright = f"{picture.display_width}×{picture.display_height} upright"
        kind = "amber" if take.needs_director else "text"
        yield (
            "picture",
            f"{upright} · {picture.codec.upper()} {encoding_label(picture.encoding_name)}{named} · {read}",
            kind,
        )
    tracks = [
        f"{format_channels(track)} {codec_label(track.codec)}"
        if track.decodable
        else f"{codec_label(track.codec)} ×{track.channels} (kept)"
        for track in probe.sound
    ]
    heard = (
        [f"{format_level(media.loudness)} · peak {format_level(media.levels.loudness.true_peak_dbtp, 'dBTP')}"]
        if media.levels
        else []
    )
    cleaned = ["cleaned ✓"] if facts.cleaned else []
    apart = ["one voice per channel"] if media.levels and media.levels.voices else []
    yield "sound", " · ".join([*tracks, *apart, *heard, *cleaned]) or "none", "text"
    if transcript := media.transcript:
        count = len(transcript.words)
        sure = sum(word.confidence for word in transcript.words) / max(count, 1)
        voices = plural(len(transcript.speakers), "speaker")
        language = "language unknown" if transcript.language_probability is None else transcript.language
        summary = f"{plural(count, 'word')} · {voices} · {format_share(sure)} confidence · {language}"
        yield "words", summary if count else "no speech found", "text"
        for note in transcript.notes if count else ():
            yield "note", _note(note, facts.brief), "quiet"
    else:
        none = "—" if media.error else f"not transcribed yet ({facts.prepare_key})"
        soon = f"not yet: {plural(facts.open_jobs, 'job')} of this take in progress"
        yield "words", soon if facts.open_jobs else none, "faint"
    if facts.markers:
        yield "markers", ", ".join(f"{format_time(one.at)} {one.label}".strip() for one in facts.markers), "text"
    if not condition.damage:
        yield from condition_lines(condition)
    where = "in place" if take.in_place else "sealed"
    yield where, f"xxh128 {take.digest[:8]}…{take.digest[-2:]} · {format_bytes(take.size)}", "text"
    if not probe.original:
        yield "warning", "edited or exported copy: re-encoded by the phone or a service", "amber"
    for note in probe.notes:
        yield "note", _note(note, facts.brief), "quiet"


def observation_lines(facts: TakeFacts) -> Iterator[Detail]:
    """Target, bands with their histograms, and the footprint in the sky, north up."""
    take, record = facts.take, facts.take.probe.observation
    assert record is not None
    for name, value in observation_facts(record):
        yield name, value, "text"
    for n, line in enumerate(footprint_map(record.bands[0], *_FOOTPRINT)):
        yield "footprint" if n == 0 else "", line, "accent"
    if not facts.condition.damage:
        yield from condition_lines(facts.condition)
    where = "in place" if take.in_place else "sealed"
    yield where, f"xxh128 {take.digest[:8]}…{take.digest[-2:]} · {format_bytes(take.size)}", "text"
    for note in take.probe.notes:
        yield "note", _note(note, facts.brief), "quiet"


def _note(note: str, brief: bool) -> str:
    return note.partition(": ")[0] if brief else note
