"""Writes a cut as Final Cut Pro 7 XML (xmeml 5), which Premiere Pro and DaVinci Resolve read."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING
from urllib.parse import quote

from engine.time import Timecode
from engine.timeline.cut import SAMPLE_RATE, Clip, Cut, TransitionKind
from engine.timeline.exchange.moving_transitions import is_moving, transition_text, wipe_code
from engine.timeline.exchange.safe_xml import write_xml, xml_text
from engine.timeline.exchange.timeline import ExchangeMedia, source_timecode

if TYPE_CHECKING:
    from lxml import etree

CHAPTER = "<CHAPTER>"
"""The comment by which Final Cut Pro 7 marks a chapter."""

# Levels are linear, up to +12 dB.
_LOUDEST = 3.98107

_TITLES: dict[TransitionKind, str] = {
    "dissolve": "Cross Dissolve",
    "dip": "Dip to Color Dissolve",
    "wipe": "Edge Wipe",
    "push": "Push Slide",
}


def write_fcp7(cut: Cut, media: Mapping[str, ExchangeMedia], start: Timecode | None = None) -> bytes:
    """The cut as a sequence with one picture track and a sound track for each of up to two channels.

    All times are whole frames of the cut's rate, which is written as a timebase and NTSC or not.
    """
    from lxml import etree

    root = etree.Element("xmeml", version="5")
    sequence = etree.SubElement(root, "sequence", id="sequence-1")
    _add(sequence, "name", cut.name)
    _add(sequence, "duration", cut.length)
    _add_rate(sequence, cut.rate)
    _add_timecode(sequence, start or Timecode(cut.rate))
    tracks = etree.SubElement(sequence, "media")
    video, audio = etree.SubElement(tracks, "video"), etree.SubElement(tracks, "audio")
    characteristics = etree.SubElement(etree.SubElement(video, "format"), "samplecharacteristics")
    _add_rate(characteristics, cut.rate)
    _add(characteristics, "width", cut.width)
    _add(characteristics, "height", cut.height)
    _add(characteristics, "pixelaspectratio", "square")
    writer = _Writer(cut, media)
    writer.add_picture(etree.SubElement(video, "track"))
    _add(audio, "numOutputChannels", 2)
    for channel in range(1, 1 + max((min(2, media[take].channels) for take in cut.takes), default=0)):
        writer.add_sound(etree.SubElement(audio, "track"), channel)
    return write_xml(root, "<!DOCTYPE xmeml>")


class _Writer:
    """Writes the items of tracks; a file is described at its first use, and named afterwards."""

    def __init__(self, cut: Cut, media: Mapping[str, ExchangeMedia]) -> None:
        self._cut, self._media = cut, media
        self._files: dict[str, str] = {}

    def add_picture(self, track: etree._Element) -> None:
        from lxml import etree

        cut = self._cut
        for index, (clip, position) in enumerate(zip(cut.clips, cut.positions, strict=True)):
            into = clip.transition if index else None
            after = cut.clips[index + 1].transition if index + 1 < len(cut.clips) else None
            if into:
                item = etree.SubElement(track, "transitionitem")
                _add(item, "start", position - into.before)
                _add(item, "end", position + into.after)
                _add(item, "alignment", "center")
                _add_rate(item, cut.rate)
                effect = etree.SubElement(item, "effect")
                title = _TITLES[into.kind]
                for tag, text in (
                    ("name", title),
                    ("effectid", title),
                    ("effecttype", "transition"),
                    ("mediatype", "video"),
                ):
                    _add(effect, tag, text)
                if into.kind == "wipe":
                    _add(effect, "wipecode", wipe_code(into.direction) % 100)
                    _add(effect, "reverse", "TRUE" if wipe_code(into.direction) > 100 else "FALSE")
                if is_moving(into):
                    _add(effect, "comment", transition_text(into))
            if clip.take is None:
                continue
            first = clip.start - (into.before if into else 0)
            last = clip.end + (after.after if after else 0)
            item = self._item(track, clip, f"picture-{index + 1}", first, last)
            start, end = item.find("start"), item.find("end")
            assert start is not None
            assert end is not None
            start.text = str(-1 if into else position)
            end.text = str(-1 if after else position + clip.length)
            self._add_links(item, clip, index)
            for marker in clip.markers:
                element = etree.SubElement(item, "marker")
                _add(element, "name", marker.label)
                _add(element, "comment", CHAPTER if marker.kind == "chapter" else "")
                _add(element, "in", marker.at)
                _add(element, "out", -1)
            if clip.reason:
                _add(etree.SubElement(item, "comments"), "mastercomment1", clip.reason)

    def add_sound(self, track: etree._Element, channel: int) -> None:
        from lxml import etree

        cut = self._cut
        offsets = [
            round(clip.sound_offset * cut.rate / SAMPLE_RATE) if index else 0 for index, clip in enumerate(cut.clips)
        ]
        for index, (clip, position) in enumerate(zip(cut.clips, cut.positions, strict=True)):
            if clip.take is None or self._media[clip.take].channels < channel:
                continue
            begin = offsets[index]
            end = clip.length + (offsets[index + 1] if index + 1 < len(cut.clips) else 0)
            if end <= begin:
                continue
            item = self._item(track, clip, f"sound-{channel}-{index + 1}", clip.start + begin, clip.start + end)
            for tag, value in (("start", position + begin), ("end", position + end)):
                element = item.find(tag)
                assert element is not None
                element.text = str(value)
            source = etree.SubElement(item, "sourcetrack")
            _add(source, "mediatype", "audio")
            _add(source, "trackindex", channel)
            self._add_links(item, clip, index)
            if clip.gain_db:
                _add_level(item, clip.gain_db)

    def _item(self, track: etree._Element, clip: Clip, key: str, first: int, last: int) -> etree._Element:
        from lxml import etree

        one = self._media[clip.take or ""]
        item = etree.SubElement(track, "clipitem", id=key)
        _add(item, "name", clip.name or one.name)
        _add(item, "enabled", "TRUE")
        _add(item, "duration", int((one.duration or clip.end / self._cut.rate) * self._cut.rate))
        _add_rate(item, self._cut.rate)
        for tag, value in (("start", 0), ("end", 0), ("in", first), ("out", last)):
            _add(item, tag, value)
        self._add_file(item, one)
        return item

    def _add_links(self, item: etree._Element, clip: Clip, index: int) -> None:
        from lxml import etree

        channels = min(2, self._media[clip.take or ""].channels)
        if not channels:
            return
        for key, kind, number in [
            (f"picture-{index + 1}", "video", 1),
            *((f"sound-{n}-{index + 1}", "audio", n) for n in range(1, channels + 1)),
        ]:
            link = etree.SubElement(item, "link")
            _add(link, "linkclipref", key)
            _add(link, "mediatype", kind)
            _add(link, "trackindex", number)

    def _add_file(self, item: etree._Element, one: ExchangeMedia) -> None:
        from lxml import etree

        known = one.key in self._files
        self._files.setdefault(one.key, f"file-{len(self._files) + 1}")
        file = etree.SubElement(item, "file", id=self._files[one.key])
        if known:
            return
        rate = one.rate or self._cut.rate
        _add(file, "name", one.file_name)
        url = f"file://localhost{quote(one.location)}" if one.location.startswith("/") else one.url
        _add(file, "pathurl", url)
        _add_rate(file, rate)
        if one.duration is not None:
            _add(file, "duration", int(one.duration * rate))
        _add_timecode(file, source_timecode(one, rate))
        media = etree.SubElement(file, "media")
        if one.rate:
            characteristics = etree.SubElement(etree.SubElement(media, "video"), "samplecharacteristics")
            _add_rate(characteristics, rate)
            _add(characteristics, "width", one.width)
            _add(characteristics, "height", one.height)
        if one.channels:
            sound = etree.SubElement(media, "audio")
            _add(etree.SubElement(sound, "samplecharacteristics"), "samplerate", one.sample_rate)
            _add(sound, "channelcount", one.channels)


def _add(parent: etree._Element, tag: str, text: str | int) -> None:
    from lxml import etree

    etree.SubElement(parent, tag).text = xml_text(str(text))


def _add_rate(parent: etree._Element, rate: Fraction) -> None:
    from lxml import etree

    element = etree.SubElement(parent, "rate")
    _add(element, "timebase", round(rate))
    _add(element, "ntsc", "TRUE" if rate.denominator == 1001 else "FALSE")


def _add_timecode(parent: etree._Element, code: Timecode) -> None:
    from lxml import etree

    element = etree.SubElement(parent, "timecode")
    _add_rate(element, code.rate)
    _add(element, "string", code.label(0))
    _add(element, "frame", code.first)
    _add(element, "displayformat", "DF" if code.drop else "NDF")


def _add_level(item: etree._Element, decibels: float) -> None:
    from lxml import etree

    effect = etree.SubElement(etree.SubElement(item, "filter"), "effect")
    for tag, text in (
        ("name", "Audio Levels"),
        ("effectid", "audiolevels"),
        ("effecttype", "audiolevels"),
        ("mediatype", "audio"),
    ):
        _add(effect, tag, text)
    parameter = etree.SubElement(effect, "parameter")
    _add(parameter, "parameterid", "level")
    _add(parameter, "name", "Level")
    _add(parameter, "value", repr(min(_LOUDEST, 10 ** (decibels / 20))))
