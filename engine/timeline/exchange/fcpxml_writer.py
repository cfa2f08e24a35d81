"""Writes a cut as FCPXML 1.8 to 1.14."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.errors import RequestError
from engine.time import Timecode
from engine.timeline.cut import SAMPLE_RATE, Clip, Cut, SoundSpan
from engine.timeline.exchange.fcpxml_captions import FilmCaptions
from engine.timeline.exchange.fcpxml_values import (
    CROSS_DISSOLVE,
    CROSSFADE,
    FADE_TO_COLOR,
    TAKE_KEY,
    VERSIONS,
    format_name,
    gain_text,
    parse_time,
    rate_name,
    time_text,
)
from engine.timeline.exchange.moving_transitions import is_moving, transition_text
from engine.timeline.exchange.safe_xml import write_xml, xml_text
from engine.timeline.exchange.timeline import ExchangeMedia

if TYPE_CHECKING:
    from lxml import etree

NO_CAPTIONS = FilmCaptions()

# Final Cut gives a gap a clock that begins with its first hour.
_GAP_HOUR = 3600


def write_fcpxml(
    cut: Cut,
    media: Mapping[str, ExchangeMedia],
    version: str = "1.10",
    start: Timecode | None = None,
    captions: FilmCaptions = NO_CAPTIONS,
) -> bytes:
    """The cut as a project; `media` has a file for each of its takes, `start` is the timecode of its first tick.

    Alternates are auditions, J and L cuts are split edits. Raises RequestError for another version.
    """
    from lxml import etree

    if version not in VERSIONS:
        raise RequestError(f"FCPXML {version} cannot be written.", f"Versions: {', '.join(VERSIONS)}.")
    root = etree.Element("fcpxml", version=version)
    names = _Resources(etree.SubElement(root, "resources"), cut, media, version)
    event = etree.SubElement(etree.SubElement(root, "library"), "event", name=cut.name)
    project = etree.SubElement(event, "project", name=cut.name)
    begin = Fraction(start.first) / cut.rate if start else Fraction(0)
    sequence = etree.SubElement(
        project,
        "sequence",
        format=names.sequence,
        duration=time_text(cut.duration),
        tcStart=time_text(begin),
        tcFormat="DF" if start and start.drop else "NDF",
        audioLayout="stereo",
        audioRate="48k",
    )
    spine = etree.SubElement(sequence, "spine")
    spans = list(cut.sound_spans())
    for index, (clip, position) in enumerate(zip(cut.clips, cut.positions, strict=True)):
        offset = begin + position / cut.rate
        if clip.transition is not None and index:
            _add_transition(spine, clip, offset, cut.rate, names)
        if clip.alternates and clip.take is not None:
            audition = etree.SubElement(spine, "audition", offset=time_text(offset))
            _add_clip(audition, cut, index, spans, names, captions)
            for other in clip.alternates:
                element = _clip_element(audition, media[other.take], other.start, other.length, cut.rate, names)
                _add_note(element, other.reason)
                _conform(element, media[other.take], cut.rate)
        else:
            _add_clip(spine, cut, index, spans, names, captions).set("offset", time_text(offset))
    return write_xml(root, "<!DOCTYPE fcpxml>")


class _Resources:
    """Writes formats, assets and effects, and has their ids."""

    def __init__(self, parent: etree._Element, cut: Cut, media: Mapping[str, ExchangeMedia], version: str) -> None:
        self._parent, self.media, self.positions = parent, media, cut.positions
        self._formats: dict[tuple[Fraction | None, int, int], str] = {}
        self._count = 0
        self.sequence = self._format(cut.rate, cut.width, cut.height)
        takes = dict.fromkeys(cut.takes)
        takes.update(dict.fromkeys(other.take for clip in cut.clips for other in clip.alternates if clip.take))
        self.assets = {take: self._asset(media[take], version) for take in takes}
        kinds = {clip.transition.kind for clip in cut.clips[1:] if clip.transition is not None}
        self.dissolve = self._effect("Cross Dissolve", CROSS_DISSOLVE) if kinds - {"dip"} else ""
        self.dip = self._effect("Fade To Color", FADE_TO_COLOR) if "dip" in kinds else ""
        self.crossfade = self._effect("Audio Crossfade", CROSSFADE) if kinds else ""

    def sounds(self, clip: Clip) -> bool:
        """Whether the media of a clip has sound."""
        return clip.take is not None and self.media[clip.take].channels > 0

    def fade(self, cut: Cut, spans: list[SoundSpan], join: int) -> int:
        """The samples of the crossfade into the clip `join`, as far as both recordings have the sound for it."""
        if not 0 < join < len(spans):
            return 0
        before, after = spans[join - 1], spans[join]
        fade = after.clip.crossfade
        if self.sounds(before.clip) and self.sounds(after.clip):
            fade = min(fade, max(0, 2 * after.source))
            duration = self.media[before.clip.take or ""].duration
            if duration is not None:
                rest = int(duration * SAMPLE_RATE) - (before.source + before.last - before.first)
                fade = min(fade, max(0, 2 * rest))
        return fade

    def _add(self, tag: str) -> etree._Element:
        from lxml import etree

        self._count += 1
        return etree.SubElement(self._parent, tag, id=f"r{self._count}")

    def _effect(self, name: str, uid: str) -> str:
        effect = self._add("effect")
        effect.set("name", name)
        effect.set("uid", uid)
        return effect.get("id", "")

    def _format(self, rate: Fraction | None, width: int, height: int) -> str:
        if (rate, width, height) not in self._formats:
            element = self._add("format")
            name = format_name(width, height, rate) if rate else "FFVideoFormatRateUndefined"
            if name:
                element.set("name", name)
            if rate:
                element.set("frameDuration", time_text(1 / rate))
                element.set("width", str(width))
                element.set("height", str(height))
            self._formats[rate, width, height] = element.get("id", "")
        return self._formats[rate, width, height]

    def _asset(self, one: ExchangeMedia, version: str) -> str:
        from lxml import etree

        form = self._format(one.rate, one.width, one.height) if one.rate else None
        asset = self._add("asset")
        asset.set("name", xml_text(one.name))
        asset.set("start", time_text(one.origin or Fraction(0)))
        if one.duration is not None:
            asset.set("duration", time_text(one.duration))
        if form:
            asset.set("hasVideo", "1")
            asset.set("format", form)
            if version != "1.8":
                asset.set("videoSources", "1")
        if one.channels:
            asset.set("hasAudio", "1")
            asset.set("audioSources", "1")
            asset.set("audioChannels", str(one.channels))
            asset.set("audioRate", str(one.sample_rate))
        if version == "1.8":
            asset.set("src", xml_text(one.url))
        else:
            etree.SubElement(asset, "media-rep", kind="original-media", src=xml_text(one.url))
        if one.take:
            etree.SubElement(etree.SubElement(asset, "metadata"), "md", key=TAKE_KEY, value=one.take)
        return asset.get("id", "")


def _add_clip(
    parent: etree._Element,
    cut: Cut,
    index: int,
    spans: list[SoundSpan],
    names: _Resources,
    captions: FilmCaptions,
) -> etree._Element:
    from lxml import etree

    clip = cut.clips[index]
    if clip.take is None:
        base = _GAP_HOUR - clip.start / cut.rate
        element = etree.SubElement(
            parent, "gap", name=xml_text(clip.name) or "Gap", offset="0s", start=f"{_GAP_HOUR}s",
            duration=time_text(clip.length / cut.rate),
        )  # fmt: skip
        _add_note(element, clip.reason)
    else:
        one = names.media[clip.take]
        base = one.origin or Fraction(0)
        element = _clip_element(parent, one, clip.start, clip.length, cut.rate, names)
        if clip.name:
            element.set("name", xml_text(clip.name))
        _add_note(element, clip.reason)
        _conform(element, one, cut.rate)
        _add_sound(element, cut, index, spans, names)
    captions.add_to(element, cut, index, base)
    for marker in clip.markers:
        etree.SubElement(
            element,
            "chapter-marker" if marker.kind == "chapter" else "marker",
            start=time_text(base + marker.at / cut.rate),
            duration=time_text(1 / cut.rate),
            value=xml_text(marker.label),
        )
    return element


def _clip_element(
    parent: etree._Element, one: ExchangeMedia, start: int, length: int, rate: Fraction, names: _Resources
) -> etree._Element:
    from lxml import etree

    element = etree.SubElement(parent, "asset-clip", ref=names.assets[one.key], name=xml_text(one.name))
    element.set("start", time_text((one.origin or 0) + start / rate))
    element.set("duration", time_text(length / rate))
    element.set("tcFormat", "DF" if one.drop else "NDF")
    if one.channels:
        element.set("audioRole", "dialogue")
    return element


def _conform(element: etree._Element, one: ExchangeMedia, rate: Fraction) -> None:
    """Keeps the recorded speed of media at another rate; otherwise Final Cut may adapt it."""
    from lxml import etree

    if one.rate and one.rate != rate:
        conform = etree.SubElement(element, "conform-rate", scaleEnabled="0")
        name = rate_name(one.rate)
        if name:
            conform.set("srcFrameRate", name)


def _add_sound(element: etree._Element, cut: Cut, index: int, spans: list[SoundSpan], names: _Resources) -> None:
    """Gain, split edits and crossfades. Two sounds that fade into each other overlap around the join."""
    from lxml import etree

    clip, span = cut.clips[index], spans[index]
    position = names.positions[index]
    first, last = cut.sample(position), cut.sample(position + clip.length)
    sounds = names.sounds(clip)
    fade_in, fade_out = (names.fade(cut, spans, join) if sounds else 0 for join in (index, index + 1))
    begin, end = span.first, span.last
    if index and names.sounds(cut.clips[index - 1]):
        begin -= fade_in // 2
    if index + 1 < len(cut.clips) and names.sounds(cut.clips[index + 1]):
        end += fade_out - fade_out // 2
    # The sound of a J cut may begin before its recording does.
    begin = min(max(begin, span.first - span.source), last - 1)
    if sounds and (begin, end) != (first, last):
        place = Fraction(begin, SAMPLE_RATE) - position / cut.rate
        element.set("audioStart", time_text(parse_time(element.get("start")) + place))
        element.set("audioDuration", time_text(Fraction(end - begin, SAMPLE_RATE)))
    if clip.gain_db or fade_in or fade_out:
        volume = etree.SubElement(element, "adjust-volume", amount=gain_text(clip.gain_db))
        if fade_in or fade_out:
            amount = etree.SubElement(volume, "param", name="amount")
            for tag, kind, length in (("fadeIn", "easeIn", fade_in), ("fadeOut", "easeOut", fade_out)):
                if length:
                    etree.SubElement(amount, tag, type=kind, duration=time_text(Fraction(length, SAMPLE_RATE)))


def _add_transition(spine: etree._Element, clip: Clip, edit: Fraction, rate: Fraction, names: _Resources) -> None:
    from lxml import etree

    transition = clip.transition
    assert transition is not None
    dip = transition.kind == "dip"
    # Effect ids of wipes differ between versions of Final Cut: it shows a dissolve that has the name of the wipe.
    name = transition_text(transition) if is_moving(transition) else "Cross Dissolve"
    element = etree.SubElement(
        spine,
        "transition",
        name="Dip To Color Dissolve" if dip else name,
        offset=time_text(edit - transition.before / rate),
        duration=time_text((transition.before + transition.after) / rate),
    )
    effect = ("Fade To Color", names.dip) if dip else ("Cross Dissolve", names.dissolve)
    etree.SubElement(element, "filter-video", ref=effect[1], name=effect[0])
    etree.SubElement(element, "filter-audio", ref=names.crossfade, name="Audio Crossfade")


def _add_note(element: etree._Element, text: str) -> None:
    from lxml import etree

    if text:
        etree.SubElement(element, "note").text = xml_text(text)
