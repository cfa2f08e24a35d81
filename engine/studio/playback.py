"""Which file of a take a player shows, and what it is that one sees."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from engine.color_encoding import Encoding
from engine.errors import EngineError, RequestError
from engine.studio.studio import Studio
from engine.transfer import Subject

_PROXY = "the proxy: SDR, Rec.709"
_PLAIN = (Encoding.REC709, Encoding.SRGB)


@dataclass(frozen=True, slots=True)
class PlaybackSource:
    """A file to play. `what` says what it is; `proxy_missing` that it would be the proxy if there were one."""

    label: str
    path: Path
    proxy: bool
    description: str
    proxy_missing: bool = False


def playback_source(studio: Studio | None, subject: Subject, proxy: bool | None, at: Fraction) -> PlaybackSource:
    """What is shown of a subject from `at` seconds on: the proxy, the original (False), or the proxy if there is one.

    Raises RequestError for a moment beyond the end or for what no player shows, EngineError where a wanted proxy is
    not there.
    """
    probe = subject.footage.probe
    if not 0 <= at < probe.duration:
        raise RequestError(
            f"{subject.label} is {float(probe.duration):.2f} s long; there is nothing at {float(at):g} s.",
            "Choose a moment within it.",
        )
    found = studio.proxy(subject.take) if studio and subject.take and proxy is not False else None
    if found:
        return PlaybackSource(subject.label, found, True, _PROXY)
    if proxy:
        raise EngineError(
            f"{subject.label} has no proxy.",
            "cwtui jobs says whether one is being made; --original shows the footage itself.",
        )
    if probe.picture and probe.picture.encoding is Encoding.EXR:
        raise RequestError(
            f"{subject.label} is a sequence of OpenEXR frames, which no player shows.",
            "cwtui sheet shows stills of it; cwtui deliver makes a movie.",
        )
    if not probe.picture:
        what = "the original: sound alone"
    elif probe.picture.encoding in _PLAIN:
        what = f"the original: {probe.picture.encoding_name}"
    else:
        what = f"the original: {probe.picture.encoding_name}, with the player's colours, not Cleanwater's view"
    return PlaybackSource(
        subject.label, subject.footage.path, False, what, proxy_missing=proxy is None and subject.take is not None
    )
