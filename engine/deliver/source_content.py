"""Measures the source of a deliverable in the delivered stretch: sound, speech and picture content."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from fractions import Fraction
from functools import reduce
from pathlib import Path

from engine.atomic_files import write_atomic
from engine.deliver.checks import check_no_words, speech_seconds
from engine.deliver.outputs import RecordedSound
from engine.deliver.receipt import Check, TrackChoice
from engine.deliver.request import DeliverableRequest
from engine.picture import PictureContent, Planes, content_of_planes, frames_between_samples
from engine.sound import Master, ProfileRecorder, measure_file

CONTENT = "content.json"
"""The file below the work folder with the picture content of the source's sampled frames."""


class SourceSound:
    """The sound of the footage in the stretch of a request; `track` is the delivered one, None without sound."""

    def __init__(
        self, order: DeliverableRequest, track: TrackChoice | None, cancelled: Callable[[], bool] | None
    ) -> None:
        self._order, self._track, self._cancelled = order, track, cancelled
        self._measured: RecordedSound | None = None

    def check_words(self) -> Check | None:
        """The verdict on captions without words; None if there are words or the recipe needs none."""
        order, track = self._order, self._track
        if not order.recipe.needs_words or order.shifted_cues:
            return None
        if track is None:
            return check_no_words(None)
        path = order.footage.path
        return check_no_words(speech_seconds(path, track.index, order.begin, order.duration, self._cancelled))

    def recorded(self, master: Master) -> RecordedSound:
        """The sound of the footage in the stretch, before its mastering."""
        recipe = self._order.recipe.sound
        assert recipe
        # Mastering measured the footage itself, unless its input was the cleaned dialog.
        if not recipe.dialog:
            return RecordedSound(master.before)
        if self._measured is None:
            order, index = self._order, self._track.index if self._track else None
            profile = ProfileRecorder(48_000)
            loudness = measure_file(
                order.footage.path,
                index,
                start=order.begin,
                end=order.begin + order.duration,
                profile=profile,
                cancelled=self._cancelled,
            )
            self._measured = RecordedSound(loudness, profile.profile())
        return self._measured


class SourcePictures:
    """The content of the source's frames, sampled twice per second and stored below `work` for a resumed attempt."""

    def __init__(self, work: Path, rate: Fraction, first: int = 0) -> None:
        """`rate` in frames per second; `first` is the tick of the first frame."""
        self._path = work / CONTENT
        self._first, self._every = first, frames_between_samples(rate)
        self._looks: dict[str, PictureContent] = {}
        if self._path.is_file():
            found = json.loads(self._path.read_bytes())
            self._looks = {tick: PictureContent(**one) for tick, one in found.items()}

    def observe(self, tick: int, planes: Planes) -> Planes:
        """Returns the planes unchanged, and measures the content of sampled frames."""
        if (tick - self._first) % self._every == 0 and str(tick) not in self._looks:
            self._looks[str(tick)] = content_of_planes(planes)
        return planes

    def save(self) -> None:
        """Stores the content measured so far."""
        write_atomic(self._path, json.dumps({tick: asdict(one) for tick, one in self._looks.items()}).encode())

    @property
    def content(self) -> PictureContent:
        """The combined content of all sampled frames."""
        return reduce(PictureContent.joined, self._looks.values(), PictureContent())


def merge_content(work: Path, other: Path) -> None:
    """Adds the sampled content in another work folder, in which a part of the same picture was decoded, to `work`."""
    path, theirs = work / CONTENT, other / CONTENT
    if theirs.is_file():
        found = json.loads(path.read_bytes()) if path.is_file() else {}
        write_atomic(path, json.dumps({**json.loads(theirs.read_bytes()), **found}).encode())
