"""What the source of a deliverable contains in the delivered stretch: its sound, its speech, its pictures."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import reduce
from pathlib import Path

from engine.atomic_files import write_atomic
from engine.deliver.content_checks import check_loudness, check_no_words, check_sound_kept, speech_seconds
from engine.deliver.receipt import Check, TrackChoice
from engine.deliver.request import DeliverableRequest
from engine.picture import PictureContent, Planes, content_of_planes, frames_between_samples
from engine.sound import Loudness, Master, measure_file

CONTENT = "content.json"
"""Below the work folder: what the source's frames show, of the chunks that are there."""


class SourceSound:
    """The sound of the footage in the stretch of an order; `track` is the one that is delivered, None without any."""

    def __init__(
        self, order: DeliverableRequest, track: TrackChoice | None, cancelled: Callable[[], bool] | None
    ) -> None:
        self._order, self._track, self._cancelled = order, track, cancelled
        self._measured: Loudness | None = None

    def check_words(self) -> Check | None:
        """The verdict on an order whose captions have no word; None where it has words, or needs none."""
        order, track = self._order, self._track
        if not order.recipe.needs_words or order.shifted_cues:
            return None
        if track is None:
            return check_no_words(None)
        path = order.footage.path
        return check_no_words(speech_seconds(path, track.index, order.begin, order.duration, self._cancelled))

    def check_result(self, master: Master, result: Loudness) -> list[Check]:
        """The verdicts on a finished file's sound."""
        recipe = self._order.recipe.sound
        assert recipe
        # Mastering measured the footage itself, unless it was given the cleaned dialog.
        source = self._loudness() if recipe.dialog else master.before
        return [
            check_sound_kept(source, result),
            *check_loudness(recipe, master.gain.held_by, source, result, self._order.duration),
        ]

    def _loudness(self) -> Loudness:
        if self._measured is None:
            order, index = self._order, self._track.index if self._track else None
            end = order.begin + order.duration
            path = order.footage.path
            self._measured = measure_file(path, index, start=order.begin, end=end, cancelled=self._cancelled)
        return self._measured


class SourcePictures:
    """What the frames of the source show, two a second, kept below `work` for an attempt that resumes."""

    def __init__(self, work: Path, order: DeliverableRequest) -> None:
        self._path = work / CONTENT
        grid = order.footage.grid
        self._first, self._every = order.ticks.start, frames_between_samples(grid.rate) if grid else 1
        self._looks: dict[str, PictureContent] = {}
        if self._path.is_file():
            found = json.loads(self._path.read_bytes())
            self._looks = {tick: PictureContent(**one) for tick, one in found.items()}

    def observe(self, tick: int, planes: Planes) -> Planes:
        """The same planes, once they have been looked at where it is their turn."""
        if (tick - self._first) % self._every == 0 and str(tick) not in self._looks:
            self._looks[str(tick)] = content_of_planes(planes)
        return planes

    def save(self) -> None:
        """Writes down what was seen so far."""
        write_atomic(self._path, json.dumps({tick: asdict(one) for tick, one in self._looks.items()}).encode())

    @property
    def content(self) -> PictureContent:
        """All of it together."""
        return reduce(PictureContent.joined, self._looks.values(), PictureContent())
