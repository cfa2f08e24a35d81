"""Selects the file of a take that a player opens, and describes it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from engine.catalog import refuse_observation
from engine.color_encoding import Encoding
from engine.errors import EngineError, RequestError
from engine.studio.studio import Studio
from engine.transfer import Subject

_PROXY = "the proxy: SDR, Rec.709"
_DRAFT = "the draft proxy: SDR, a quarter of the size"
_PLAIN = (Encoding.REC709, Encoding.SRGB)


@dataclass(frozen=True, slots=True)
class PlaybackSource:
    """A file to play. `proxy_missing`: the original is played because the take has no proxy.

    `draft`: it is the draft, because the exact proxy does not exist yet.
    """

    label: str
    path: Path
    proxy: bool
    description: str
    proxy_missing: bool = False
    draft: bool = False


def playback_source(studio: Studio | None, subject: Subject, proxy: bool | None, at: Fraction) -> PlaybackSource:
    """The file to play from `at` seconds: the proxy (True), the original (False), or the proxy if it exists (None).

    A draft is played in place of a proxy that does not exist yet. Raises RequestError for an observation, a time
    outside the recording or a format that no player shows, EngineError if neither a requested proxy nor its draft
    exists.
    """
    probe = subject.footage.probe
    refuse_observation(subject.label, probe.observation)
    if not 0 <= at < probe.duration:
        raise RequestError(
            f"{subject.label} is {float(probe.duration):.2f} s long; there is nothing at {float(at):g} s.",
            "Choose a time within it.",
        )
    if studio and subject.take and proxy is not False:
        if found := studio.proxy(subject.take):
            return PlaybackSource(subject.label, found, True, _PROXY)
        if found := studio.draft(subject.take):
            return PlaybackSource(subject.label, found, True, _DRAFT, draft=True)
    if proxy:
        raise EngineError(
            f"{subject.label} has no proxy.",
            "cwtui jobs shows whether one is being created; --original plays the footage itself.",
        )
    if probe.picture and probe.picture.encoding is Encoding.EXR:
        raise RequestError(
            f"{subject.label} is a sequence of OpenEXR frames, which no player shows.",
            "Use cwtui sheet for stills, or cwtui deliver for a movie.",
        )
    if not probe.picture:
        what = "the original: audio only"
    elif probe.picture.encoding in _PLAIN:
        what = f"the original: {probe.picture.encoding_name}"
    else:
        what = f"the original: {probe.picture.encoding_name}, with the player's colours, without Cleanwater's view"
    return PlaybackSource(
        subject.label, subject.footage.path, False, what, proxy_missing=proxy is None and subject.take is not None
    )
