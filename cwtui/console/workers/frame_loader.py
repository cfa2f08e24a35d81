"""Frames for the screen, decoded and seen through the SDR view on a thread of their own; the newest wish counts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread, get_native_id
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.terminal.graphics import Drawn, Form, drawn
from cwtui.console.workers.error_report import in_words
from cwtui.console.workers.studio_worker import Said
from engine.catalog import Take
from engine.errors import EngineError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.picture import Viewer
    from engine.studio import Studio

# Takes whose files stay open.
_OPEN = 3
_BEHIND_KEYS = 10


@dataclass(frozen=True, slots=True)
class Wish:
    """A frame that somebody waits for: who, of which take, at which tick, how many pixels wide. Low `rank` first.

    With a `form` it also comes as what a terminal takes.
    """

    slot: str
    take: Take
    tick: int
    width: int
    rank: int = 0
    form: Form | None = None


class Framed(Message):
    """A frame is there: (height, width, 3) uint8, sRGB, upright, and drawn where that was wished; or why it is not."""

    def __init__(
        self, wish: Wish, picture: NDArray[np.uint8] | None, drawn: Drawn | None, error: EngineError | None
    ) -> None:
        super().__init__()
        self.wish = wish
        self.picture = picture
        self.drawn = drawn
        self.error = error


class GpuFound(Message):
    """Which GPU makes the pictures: its interface, as people name it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class Frames(Thread):
    """One decoder for all who look. A wish replaces the slot's last one; one that is not begun yet is never missed."""

    def __init__(self, folder: Path, tell: Callable[[Message], object]) -> None:
        super().__init__(name="frames", daemon=True)
        self._folder = folder
        self._tell = tell
        self._wishes: dict[str, Wish] = {}
        self._changed = Condition()
        self._busy: Wish | None = None
        self._leaving = self._told = False
        self._viewers: dict[str, Viewer] = {}

    def want(self, wish: Wish) -> None:
        """Asks for a frame instead of what this slot asked for before; the one that is just being made is as good."""
        with self._changed:
            if wish == self._busy:
                self._wishes.pop(wish.slot, None)
                return
            self._wishes[wish.slot] = wish
            self._changed.notify()

    def unwant(self, slots: str) -> None:
        """Takes back the wishes of slots that begin like this."""
        with self._changed:
            for slot in [slot for slot in self._wishes if slot.startswith(slots)]:
                del self._wishes[slot]

    def settled(self) -> bool:
        """Whether every wish has been granted."""
        with self._changed:
            return not self._wishes and self._busy is None

    def leave(self) -> None:
        """Ends the thread."""
        with self._changed:
            self._leaving = True
            self._changed.notify()

    def run(self) -> None:
        """Until it is told to leave."""
        if sys.platform == "linux":
            # Where a thread has a priority of its own, those that decode and draw take what keys leave.
            os.setpriority(os.PRIO_PROCESS, get_native_id(), _BEHIND_KEYS)
        wish = self._next()
        if wish is None:
            return
        try:
            from engine.studio import Studio

            studio = Studio(self._folder)
        except Exception as error:
            self._tell(Said("", in_words(error)))
            return
        while wish:
            picture, shown, trouble = None, None, None
            try:
                picture = self._viewer(studio, wish.take).at(wish.tick, wish.width)
                # Here, because it takes longer than a key may wait.
                shown = drawn(picture, wish.form) if wish.form else None
            except Exception as error:
                trouble = in_words(error)
                self._close(wish.take.id)
            with self._changed:
                # At once: who asks again meanwhile is given this one, or another.
                self._tell(Framed(wish, picture, shown, trouble))
                self._busy = None
            wish = self._next()
        for take in list(self._viewers):
            self._close(take)
        studio.close()

    def _next(self) -> Wish | None:
        with self._changed:
            self._changed.wait_for(lambda: self._wishes or self._leaving)
            if self._leaving:
                return None
            slot = min(self._wishes, key=lambda slot: self._wishes[slot].rank)
            self._busy = self._wishes.pop(slot)
            return self._busy

    def _viewer(self, studio: Studio, take: Take) -> Viewer:
        known = self._viewers.pop(take.id, None)
        if known is None:
            from engine.ingest import picture_transform
            from engine.picture import Viewer

            subject = studio.subject_of(take)
            footage = subject.footage
            if footage.probe.picture is None or footage.grid is None:
                raise EngineError(f"{take.label} has no picture.")
            transform = picture_transform(footage, subject.input_transform)
            assert transform is not None
            known = Viewer(footage.path, footage.probe.picture, transform, footage.grid)
            self._tell_gpu()
        self._viewers[take.id] = known
        while len(self._viewers) > _OPEN:
            self._close(next(iter(self._viewers)))
        return known

    def _close(self, take: str) -> None:
        """Lets go of a take's file, if it is open; it may be gone."""
        if viewer := self._viewers.pop(take, None):
            with suppress(Exception):
                viewer.close()

    def _tell_gpu(self) -> None:
        if not self._told:
            from engine.render import adapter_description

            self._told = True
            kind = adapter_description().rpartition("(")[2].rstrip(")")
            software, _, interface = kind.rpartition(", ")
            self._tell(GpuFound(f"{interface} ({software})" if software == "software" else interface))
